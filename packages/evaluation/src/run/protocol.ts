/** What the processes of a run say to each other, over Node's own channel between a process and its child. */
import { type ErrorKind, UserError } from "@onnx-lrp/onnx-loader";

/** From the driver. */
export type ToWorker =
  /** First: where the run lies, and what the caller has to say to its own module. */
  | { readonly kind: "start"; readonly folder: string; readonly payload: unknown }
  /** The answer to `next`; null where nothing is left. */
  | { readonly kind: "unit"; readonly unit: number | null }
  /** End after the current picture. */
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

/** An error as messages can carry it; `user` for those that a user can meet. */
export interface PlainError {
  readonly user: ErrorKind | undefined;
  readonly message: string;
}

export function plainError(error: unknown): PlainError {
  if (error instanceof UserError) return { user: error.kind, message: error.message };
  return {
    user: undefined,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

export function thrownError({ user, message }: PlainError): Error {
  return user === undefined ? new Error(message) : new UserError(user, message);
}
