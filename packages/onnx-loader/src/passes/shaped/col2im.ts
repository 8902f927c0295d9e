/** Col2Im with known sizes: a transposed convolution of each channel, whose kernels put every element of a block to its place. */
import { int, ints, intsAttribute } from "../../attributes.ts";
import { inputOf } from "../../node.ts";
import type { ShapedSplit } from "./context.ts";

export const col2Im: ShapedSplit = (node, { tape, dims, numbers }) => {
  const columns = inputOf(node, 0);
  const [, rows, blocks] = dims(columns) ?? [];
  const [image, kernel] = [numbers(inputOf(node, 1)), numbers(inputOf(node, 2))];
  if (typeof rows !== "number" || typeof blocks !== "number") return undefined;
  if (image === undefined || kernel === undefined || kernel.length > 3) return undefined;
  const axes = kernel.map((_, axis) => axis);
  const ones = axes.map(() => 1);
  const strides = intsAttribute(node, "strides") ?? ones;
  const dilations = intsAttribute(node, "dilations") ?? ones;
  const pads = intsAttribute(node, "pads") ?? [...ones, ...ones].map(() => 0);
  const along = axes.map((axis) => {
    const [size = 0, stride = 1, dilation = 1] = [image[axis], strides[axis], dilations[axis]];
    const padded = size + (pads[axis] ?? 0) + (pads[axis + axes.length] ?? 0);
    const free = padded - dilation * ((kernel[axis] ?? 1) - 1) - 1;
    return { places: Math.floor(free / stride) + 1, rest: free % stride };
  });
  const places = along.map((each) => each.places);
  const block = kernel.reduce((a, b) => a * b, 1);
  if (rows % block !== 0 || places.reduce((a, b) => a * b, 1) !== blocks) return undefined;
  const kernels = new Float32Array(rows * block);
  for (let row = 0; row < rows; row += 1) kernels[row * block + (row % block)] = 1;
  const weights = tape.floats([...kernels], [rows, 1, ...kernel]);
  return tape.emit(
    "ConvTranspose",
    [tape.emit("Reshape", [columns, tape.ints([0, rows, ...places])]), weights],
    {
      group: int(rows / block),
      strides: ints(strides),
      dilations: ints(dilations),
      pads: ints(pads),
      output_padding: ints(along.map(({ rest }) => rest)),
    },
  );
};
