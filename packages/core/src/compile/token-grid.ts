/** Values of layers of tokens in the form that maps are made of: N x C x places. */
import { intsValue as ints, type Tape } from "@onnx-lrp/onnx-loader";
import type { SpatialLayer } from "../relevance-graph/layers.ts";

/**
 * @param value of the layer, of its gradient or the like; with `lead` axes before the layer's own, such as K
 * @returns [lead, N, C, ...sizes]; the very value, where the layer has that form
 */
export function asGrid(
  tape: Tape,
  value: string,
  { tokens, channels, sizes }: SpatialLayer,
  lead: 0 | 1,
): string {
  if (tokens === undefined) return value;
  const count = sizes.reduce((a, b) => a * b, 1);
  const [first = 0] = tokens.places;
  const grid =
    tokens.before === 0
      ? value
      : tape.emit("Slice", [
          value,
          tape.ints([tokens.before]),
          tape.ints([tokens.before + count]),
          tape.ints([first + lead]),
        ]);
  const axes = [tokens.batch, tokens.channels, ...tokens.places].map((axis) => axis + lead);
  const perm = lead === 0 ? axes : [0, ...axes];
  const turned = tape.emit("Transpose", [grid], { perm: ints(perm) });
  if (tokens.places.length === sizes.length) return turned;
  return tape.emit("Reshape", [
    turned,
    tape.ints([...perm.slice(0, lead + 1).map(() => 0), channels, ...sizes]),
  ]);
}
