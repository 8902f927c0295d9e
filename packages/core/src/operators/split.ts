import { inputOf, intValue as int, intAttribute } from "@onnx-lrp/onnx-loader";
import { type OperatorEntry, type Route, route, type Site, unsupported } from "./operator.ts";
import { pickedOrigin } from "./picks.ts";
import { openAxis, positiveAxis, staticSize } from "./size.ts";

export const Split: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const { node } = site;
    const input = site.shape(inputOf(node, 0));
    const axis = positiveAxis(intAttribute(node, "axis", 0), input.length);
    if (axis === openAxis(input)) return unsupported("splits the batch");
    const origin: Route["origin"] = (part, output) => {
      const sizes = partSizes(site, axis);
      const start = sizes.slice(0, output).reduce((a, b) => a + b, 0);
      const places = Array.from({ length: sizes[output] ?? 0 }, (_, i) => start + i);
      return pickedOrigin(input, [{ axis, places }], part);
    };
    const adjoint: Route["adjoint"] = (emission, r, outputs) => {
      const { tape, perTarget } = emission;
      const known = Math.max(
        0,
        outputs.findIndex((output) => output !== undefined),
      );
      const sizes = partSizes(site, axis);
      const partDims = (part: number) => input.map((size, i) => (i === axis ? (sizes[part] ?? 0) : size));
      const unmerged = (value: string, part: number) =>
        axis > 0 ? value : perTarget.split(value, partDims(part));
      const at = Math.max(axis, 1);
      const first = unmerged(r, known);
      // A part that nothing uses gets zeros, made from one that is used, for its batch is a run-time matter.
      const zero = tape.emit("Mul", [first, tape.scalar(0)]);
      const parts = node.outputs.map((_, i) => {
        const given = outputs[i];
        if (given !== undefined) return unmerged(given, i);
        const [size = 0, knownSize = 0] = [sizes[i], sizes[known]];
        if (size <= knownSize) {
          return tape.emit("Slice", [zero, tape.ints([0]), tape.ints([size]), tape.ints([at])]);
        }
        const before = new Array<number>(input.length + at - axis).fill(0);
        const after = before.map((__, i) => (i === at ? size - knownSize : 0));
        return tape.emit("Pad", [zero, tape.ints([...before, ...after])]);
      });
      const whole = tape.emit("Concat", parts, { axis: int(at) });
      return [axis > 0 ? whole : perTarget.merge(whole, input)];
    };
    return route([0], adjoint, { origin });
  },
};

/** The size of each part, also of those that have no name since nothing uses them. */
function partSizes(site: Site, axis: number): readonly number[] {
  const { node } = site;
  const given = node.inputs[1] ? site.numbers(node.inputs[1]) : undefined;
  if (given !== undefined) return given;
  const named = node.outputs.map((name) =>
    name === "" ? undefined : staticSize(site.shape(name)[axis], site, "size"),
  );
  // Without given sizes all parts but the last have the same.
  const [usual = 0] = named.filter((size) => size !== undefined);
  const total = staticSize(site.shape(inputOf(node, 0))[axis], site, "size");
  return named.map((size, i) => size ?? (i < named.length - 1 ? usual : total - usual * (named.length - 1)));
}
