/** Messages between the processes of a run, over Node's own channel between a process and its child. */
import { type ErrorKind, type ErrorSubject, type Remedy, UserError } from "@onnx-lrp/onnx-loader";

/** From the driver. */
export type ToWorker =
  /** First: the run's folder, and the caller's payload for its own module. */
  | { readonly kind: "start"; readonly folder: string; readonly payload: unknown }
  /** The answer to `next`; null if nothing is left. */
  | { readonly kind: "unit"; readonly unit: number | null }
  /** End before the next run of the network. */
  | { readonly kind: "stop" };

/** From a worker. */
export type FromWorker =
  | { readonly kind: "next" }
  | { readonly kind: "picture"; readonly unit: number; readonly failed: boolean }
  /** The unit's files are written. */
  | { readonly kind: "unit-done"; readonly unit: number }
  /** Last, before the process ends with code 1: what stops the whole run. */
  | { readonly kind: "error"; readonly error: PlainError }
  /** Last, before the process ends with code 0. */
  | { readonly kind: "finished" };

/** An error as messages can carry it: as data where a user can meet it. */
export type PlainError =
  | {
      readonly user: ErrorKind;
      readonly reason: string;
      readonly subject: ErrorSubject;
      readonly remedies: readonly Remedy[];
    }
  | { readonly user: undefined; readonly message: string };

export function plainError(error: unknown): PlainError {
  if (error instanceof UserError) {
    const { kind: user, reason, subject, remedies } = error;
    return { user, reason, subject, remedies };
  }
  return {
    user: undefined,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

export function thrownError(error: PlainError): Error {
  if (error.user === undefined) return new Error(error.message);
  const { user, reason, subject, remedies } = error;
  return new UserError(user, reason, { subject, remedies });
}
