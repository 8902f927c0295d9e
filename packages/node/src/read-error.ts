import { type ErrorKind, textRemedy, UserError } from "@onnx-lrp/onnx-loader";

/** The error for a file that could not be read: `what` is "picture", "label file" and so on. */
export function readError(kind: ErrorKind, what: string, path: string, cause: unknown): UserError {
  const { reason, remedy } = failure(what, path, cause);
  const remedies = remedy === undefined ? [] : [textRemedy(remedy)];
  return new UserError(kind, reason, { subject: { file: path }, remedies, cause });
}

function failure(what: string, path: string, cause: unknown): { reason: string; remedy?: string } {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  if (path.includes("\0")) return { reason: `The name of the ${what} "${path}" has a null character in it.` };
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return { reason: `There is no ${what} "${path}".`, remedy: "check the path" };
    case "EISDIR":
      return { reason: `"${path}" is a folder, not a ${what}.`, remedy: "give a file" };
    case "EACCES":
    case "EPERM":
      return {
        reason: `The permissions of the ${what} "${path}" do not allow reading it.`,
        remedy: "change its permissions",
      };
    default: {
      const message = cause instanceof Error ? cause.message : String(cause);
      return { reason: `The ${what} "${path}" cannot be read (${message}).` };
    }
  }
}
