/**
 * What went wrong, as a program can ask for it. The command line turns each into its own exit code.
 *
 * - `usage`: an option or argument that cannot be meant (an unknown class, a bad preprocessing file)
 * - `model`: the file is not a readable ONNX model (damaged, unknown opset, missing external data)
 * - `unsupported`: a valid model that cannot be explained (an operation without a rule, no class scores)
 * - `input`: a picture or tensor that cannot be used
 * - `scores`: the class scores or the map of an input are not finite
 * - `run`: onnxruntime failed (no such provider, out of memory)
 * - `output`: a result could not be written
 */
export type ErrorKind = "usage" | "model" | "unsupported" | "input" | "scores" | "run" | "output";

/**
 * An error that a user can meet. Its message is a sentence: what is wrong, where, and what to do. Names in it come from
 * files, so that line breaks and other control characters become spaces.
 */
export class UserError extends Error {
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(message.replace(/\p{Cc}+/gu, " "), options);
    this.name = "UserError";
    this.kind = kind;
  }
}
