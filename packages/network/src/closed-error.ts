import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";

/** What a call of a network meets that was closed. */
export function closedError(path: string): UserError {
  return new UserError("usage", `The network "${path}" is closed.`, {
    subject: { file: path },
    remedies: [textRemedy("open it again")],
  });
}
