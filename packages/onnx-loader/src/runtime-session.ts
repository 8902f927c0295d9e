/** Sessions of onnxruntime, whose failures become sentences. */
import type { InferenceSession } from "onnxruntime-common";
import { type ErrorDetails, type ErrorKind, UserError } from "./error.ts";
import { limit } from "./limits.ts";
import { runtimeMessage } from "./runtime-message.ts";

/** What of onnxruntime is needed here: onnxruntime-node and onnxruntime-web both fit. */
export interface SessionFactory {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
}

/** Options of sessions that come before the run: onnxruntime computes no constant that is larger than the limit. */
export function sparing() {
  const bytes = 4 * limit("constantElements");
  return {
    logSeverityLevel: 4,
    extra: { optimization: { constant_folding_max_output_size_in_bytes: `${bytes}` } },
  } as const satisfies InferenceSession.SessionOptions;
}

/** What is said of a failure. */
export interface Failure extends ErrorDetails {
  readonly kind: ErrorKind;
  /** What onnxruntime does not do, a clause that its own words follow: `onnxruntime refuses the model`. */
  readonly what: string;
}

/** @throws UserError as `failure` says */
export async function createSession(
  ort: SessionFactory,
  bytes: Uint8Array,
  options: InferenceSession.SessionOptions,
  failure: Failure,
): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(bytes, options);
  } catch (error) {
    throw failed(error, failure);
  }
}

/**
 * @param wanted default: all outputs
 * @throws UserError as `failure` says, and `run` where memory did not suffice
 */
export async function runSession(
  session: InferenceSession,
  feeds: InferenceSession.OnnxValueMapType,
  wanted: readonly string[] | undefined,
  failure: Failure,
): Promise<InferenceSession.OnnxValueMapType> {
  try {
    return wanted === undefined ? await session.run(feeds) : await session.run(feeds, wanted);
  } catch (error) {
    throw failed(error, failure);
  }
}

function failed(cause: unknown, { kind, what, ...details }: Failure): UserError {
  const message = runtimeMessage(cause);
  const outOfMemory = /failed to allocate|bad_alloc|out of memory|array buffer allocation/i.test(message);
  return new UserError(outOfMemory ? "run" : kind, `${what}: ${message}`, { ...details, cause });
}
