import { textRemedy, UserError } from "@onnx-lrp/onnx-loader";

/**
 * An error about an input file.
 *
 * @param reason what is wrong, a sentence with the file's name
 * @param remedy what to do, as a command without a full stop: "save it again"
 */
export function inputError(path: string, reason: string, remedy: string, cause?: unknown): UserError {
  return new UserError("input", reason, {
    subject: { file: path },
    remedies: [textRemedy(remedy)],
    ...(cause === undefined ? {} : { cause }),
  });
}
