/** One sentence for a file that could not be read: `what` is "picture", "label file" and so on. */
export function readFailure(what: string, path: string, cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return `There is no ${what} "${path}"; check the path.`;
    case "EISDIR":
      return `"${path}" is a folder, not a ${what}; give a file.`;
    case "EACCES":
    case "EPERM":
      return `The ${what} "${path}" may not be read; change its permissions.`;
    default:
      return `The ${what} "${path}" cannot be read (${cause instanceof Error ? cause.message : String(cause)}).`;
  }
}
