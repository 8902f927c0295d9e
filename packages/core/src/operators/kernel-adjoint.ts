import { intValue as int, intsValue as ints } from "@onnx-lrp/onnx-loader";
import type { EmitContext } from "./operator.ts";
import type { Window } from "./window.ts";

/**
 * The adjoint of a convolution as a map of its kernel, for one picture: what a per-target value s gives each weight, per
 * target. It is a convolution too, of the picture's values with s as the kernel, in which strides and dilations change
 * places.
 *
 * @param s per target, [K, M, ...places]
 * @param x [1, C, ...sizes]
 * @param dims of the weight: [M, C/g, k...]
 * @returns [K*M, C/g, k...]
 */
export function kernelAdjoint(
  { tape }: EmitContext,
  s: string,
  x: string,
  dims: readonly number[],
  { kernel, strides, dilations, begin, end, large, small }: Window,
  group: number,
): string {
  const [outputs = 0, inputs = 0] = dims;
  const reshaped = (value: string, sizes: readonly number[]) =>
    tape.emit("Reshape", [value, tape.ints(sizes)]);
  const turned = (value: string, perm: readonly number[]) =>
    tape.emit("Transpose", [value], { perm: ints([...perm, ...kernel.map((_, i) => perm.length + i)]) });
  // Channels in place of pictures, groups in place of channels; targets and outputs of a group side by side.
  const channels = turned(reshaped(x, [group, inputs, ...large]), [1, 0]);
  const apart = turned(reshaped(s, [-1, group, outputs / group, ...small]), [1, 0, 2]);
  const correlated = tape.emit("Conv", [channels, reshaped(apart, [-1, 1, ...small])], {
    strides: ints(dilations),
    dilations: ints(strides),
    pads: ints([...begin, ...end]),
    group: int(group),
  });
  // Where strides leave out the last places of the picture, there are shifts beyond the kernel.
  const axes = kernel.map((_, i) => i + 2);
  const cut = tape.emit("Slice", [
    correlated,
    ...[kernel.map(() => 0), kernel, axes].map((values) => tape.ints(values)),
  ]);
  const parted = reshaped(cut, [inputs, group, -1, outputs / group, ...kernel]);
  return reshaped(turned(parted, [2, 1, 3, 0]), [-1, inputs, ...kernel]);
}
