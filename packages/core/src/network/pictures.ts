/** Pictures as numbers, as the network takes them. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { InputPort } from "../input-port/input-port.ts";
import { pictureElements, pictureSizes } from "../relevance-graph/picture-sizes.ts";

/** @throws UserError `input` for a picture of another size */
export function checkPicture(image: Pick<InputPort, "dims">, { length }: Float32Array): void {
  const elements = pictureElements(image);
  if (length === elements) return;
  throw new UserError(
    "input",
    `The network takes pictures of ${pictureSizes(image).join(" x ")} = ${elements} numbers; this one has ${length}.`,
  );
}

/** Pictures one after another. */
export function joined(pictures: readonly Float32Array[]): Float32Array {
  const elements = pictures[0]?.length ?? 0;
  const data = new Float32Array(pictures.length * elements);
  for (const [i, picture] of pictures.entries()) data.set(picture, i * elements);
  return data;
}
