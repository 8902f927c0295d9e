import { limit } from "@onnx-lrp/onnx-loader";
import { beyondLimit, elementCount } from "@onnx-lrp/onnx-loader/internal";

/**
 * @param sizes of the input's axes, as far as they are known; the batch too, if the file fixes it
 * @throws UserError `unsupported` for an input that is larger than the limit
 */
export function checkInputSize(name: string, sizes: readonly number[]): void {
  if (elementCount(sizes) <= limit("inputElements")) return;
  throw beyondLimit(
    "inputElements",
    "unsupported",
    `The input "${name}" has ${sizes.join(" x ")} numbers, and the limit is ${limit("inputElements")} numbers.`,
    { subject: { value: name } },
  );
}
