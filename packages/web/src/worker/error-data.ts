import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { ErrorData, UserErrorData } from "./protocol.ts";

export function errorData(error: unknown): ErrorData {
  if (error instanceof UserError) return userErrorData(error);
  if (error instanceof Error) return { kind: "fault", message: error.message, stack: error.stack };
  return { kind: "fault", message: String(error), stack: undefined };
}

export function userErrorData({ kind: errorKind, reason, subject, remedies }: UserError): UserErrorData {
  return { kind: "user", errorKind, reason, subject, remedies };
}

/** The same error on the other side. */
export function errorOf(data: ErrorData): Error {
  if (data.kind === "user") return userErrorOf(data);
  const error = new Error(data.message);
  if (data.stack !== undefined) error.stack = data.stack;
  return error;
}

export function userErrorOf({ errorKind, reason, subject, remedies }: UserErrorData): UserError {
  return new UserError(errorKind, reason, { subject, remedies });
}
