import { UserError } from "@onnx-lrp/onnx-loader";

function asUserError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  throw error;
}

/**
 * The error for users that the action throws, or that its promise is rejected with.
 * @throws Any other error as it is, and one of its own if nothing was thrown.
 */
export function userErrorOf(action: () => Promise<unknown>): Promise<UserError>;
export function userErrorOf(action: () => unknown): UserError;
export function userErrorOf(action: () => unknown): UserError | Promise<UserError> {
  let result: unknown;
  try {
    result = action();
  } catch (error) {
    return asUserError(error);
  }
  const nothing = new Error("nothing was thrown");
  if (!(result instanceof Promise)) throw nothing;
  return result.then(() => {
    throw nothing;
  }, asUserError);
}
