export { difference } from "@onnx-lrp/test-kit/near";

export function total(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0);
}
