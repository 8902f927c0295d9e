/** RotaryEmbedding, ONNX's (opset 23) and com.microsoft's. */
import { int, intAttribute } from "../../attributes.ts";
import { concat, type ShapedContext, type ShapedSplit, slice } from "./context.ts";
import { apart, together } from "./heads.ts";

/** RotaryEmbedding turns pairs of features of each token by angles, whose cosines and sines are inputs. */
export const rotaryEmbedding: ShapedSplit = (node, context) => {
  const own = node.domain === "";
  const [x = "", second = "", third = "", fourth = ""] = node.inputs;
  const [cosines, sines, positions] = own ? [second, third, fourth] : [third, fourth, second];
  const dims = context.dims(x);
  const halfWidth = Number(context.dims(cosines)?.at(-1));
  if (dims === undefined || !(halfWidth > 0)) return undefined;
  const isFlat = dims.length === 3;
  const turnedWidth = 2 * halfWidth;
  const width = Number(dims.at(-1));
  const given = intAttribute(node, "num_heads", 0);
  const heads = isFlat ? (given === 0 ? width / turnedWidth : given) : Number(dims[1]);
  const headSize = isFlat ? width / heads : width;
  if (!Number.isInteger(headSize) || intAttribute(node, "is_packed_batching", 0) === 1) return undefined;
  // One position, from which tokens count, is what decoders give.
  if (!own && context.dims(positions)?.length !== 2) return undefined;
  const { tape, op } = context;
  const perToken = (cache: string) => {
    const rows = positions === "" ? cache : tape.emit("Gather", [cache, positions], { axis: int(0) });
    return tape.emit("Unsqueeze", [rows, tape.ints([1])]);
  };
  const [cos, sin] = [perToken(cosines), perToken(sines)];
  const whole = isFlat ? apart(context, x, heads, headSize) : x;
  const turned = turnedWidth === headSize ? whole : slice(context, whole, 3, 0, turnedWidth);
  const isInterleaved = intAttribute(node, "interleaved", 0) === 1;
  const part = (i: 0 | 1) =>
    isInterleaved
      ? tape.emit("Slice", [turned, tape.ints([i]), tape.ints([turnedWidth]), tape.ints([3]), tape.ints([2])])
      : slice(context, turned, 3, i * halfWidth, (i + 1) * halfWidth);
  const [a, b] = [part(0), part(1)];
  const real = op.sub(op.mul(a, cos), op.mul(b, sin));
  const imaginary = op.add(op.mul(a, sin), op.mul(b, cos));
  const joined = isInterleaved
    ? interleaved(context, real, imaginary, turnedWidth)
    : concat(context, [real, imaginary], 3);
  const all =
    turnedWidth === headSize
      ? joined
      : concat(context, [joined, slice(context, whole, 3, turnedWidth, headSize)], 3);
  return isFlat ? together(context, all, width) : all;
};

function interleaved(context: ShapedContext, a: string, b: string, width: number): string {
  const { tape } = context;
  const pairs = concat(
    context,
    [a, b].map((part) => tape.emit("Unsqueeze", [part, tape.ints([4])])),
    4,
  );
  return tape.emit("Reshape", [pairs, tape.ints([0, 0, 0, width])]);
}
