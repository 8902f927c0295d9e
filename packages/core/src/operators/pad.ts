import { inputOf, outputOf, stringAttribute } from "@onnx-lrp/onnx-loader";
import { lookUp } from "@onnx-lrp/onnx-loader/internal";
import {
  type ConstantShare,
  type EmitContext,
  type OperatorEntry,
  route,
  type Site,
  unsupported,
} from "./operator.ts";
import { type AxisIndices, scatterBack } from "./picks.ts";
import { expandSizes, openAxis, positiveAxis, staticSize } from "./size.ts";

export const Pad: OperatorEntry = {
  nonNegative(site, isNonNegative) {
    const constant = stringAttribute(site.node, "mode", "constant") === "constant";
    const filler = site.node.inputs[2] ? site.numbers(site.node.inputs[2])?.[0] : 0;
    return isNonNegative(0) && (!constant || (filler ?? -1) >= 0);
  },
  describe(site) {
    const { node } = site;
    const mode = stringAttribute(node, "mode", "constant");
    const dims = site.shape(inputOf(node, 0));
    const given = site.numbers(inputOf(node, 1));
    const axes = node.inputs[3] ? site.numbers(node.inputs[3]) : dims.map((_, axis) => axis);
    if (given === undefined || axes === undefined)
      return unsupported("pads by amounts that are unknown before the run");
    const pads = new Array<number>(2 * dims.length).fill(0);
    for (const [i, axis] of axes.entries()) {
      const at = positiveAxis(axis, dims.length);
      pads[at] = given[i] ?? 0;
      pads[at + dims.length] = given[i + axes.length] ?? 0;
    }
    const open = openAxis(dims);
    if (open >= 0 && ((pads[open] ?? 0) !== 0 || (pads[open + dims.length] ?? 0) !== 0))
      return unsupported("pads the batch");
    if (mode === "constant") {
      return route([0], (emission, r) => [unpad(emission, r, site, pads)], {
        constants: (emission, r) => [added(emission, r, site, pads)],
      });
    }
    const place = lookUp(repeating, mode);
    if (place === undefined) return unsupported(`pads by ${mode}`);
    const picks = dims.flatMap((size, axis): AxisIndices[] => {
      const [begin = 0, end = 0] = [pads[axis], pads[axis + dims.length]];
      if (begin === 0 && end === 0) return [];
      const extent = staticSize(size, site, "size");
      const places = Array.from({ length: extent + begin + end }, (_, i) => place(i - begin, extent));
      return [{ axis, places }];
    });
    return route([0], (emission, r) => [scatterBack(emission, r, dims, picks)]);
  },
};

/** Where the element at a place outside of an axis comes from. */
const repeating: Readonly<Record<string, (at: number, size: number) => number>> = {
  edge: (at, size) => Math.min(Math.max(at, 0), size - 1),
  wrap: (at, size) => ((at % size) + size) % size,
  reflect(at, size) {
    if (size === 1) return 0;
    const period = 2 * (size - 1);
    const within = ((at % period) + period) % period;
    return within < size ? within : period - within;
  },
};

/** The relevance of what was added; of the input's elements zeros. */
function added(
  { tape, perTarget }: EmitContext,
  r: string,
  site: Site,
  pads: readonly number[],
): ConstantShare {
  const sizes = expandSizes(site.shape(inputOf(site.node, 0)));
  const own = tape.emit("Expand", [tape.scalar(0), tape.ints(sizes)]);
  const mask = tape.emit("Pad", [own, tape.ints(pads), tape.scalar(1)]);
  const dims = site.shape(outputOf(site.node));
  return { relevance: perTarget.mul(r, mask, dims, expandSizes(dims)), dims };
}

/** Cuts off what was added; where a negative pad cut something off, puts zeros. */
function unpad(emission: EmitContext, r: string, site: Site, pads: readonly number[]): string {
  const dims = site.shape(inputOf(site.node, 0));
  const output = site.shape(outputOf(site.node));
  const axes = dims.flatMap((_, axis) => (pads[axis] || pads[axis + dims.length] ? [axis] : []));
  if (axes.length === 0) return r;
  const first = axes[0] === 0;
  const { tape, perTarget } = emission;
  const value = first ? perTarget.split(r, output) : r;
  const shift = first ? 1 : 0;
  const cut = (): string => {
    if (pads.some((pad) => pad < 0)) {
      const back = pads.map((pad) => 0 - pad);
      const all = first ? [0, ...back.slice(0, dims.length), 0, ...back.slice(dims.length)] : back;
      return tape.emit("Pad", [value, tape.ints(all)]);
    }
    const starts = axes.map((axis) => pads[axis] ?? 0);
    const ends = axes.map((axis) => (pads[axis] ?? 0) + staticSize(dims[axis], site, "size"));
    const along = tape.ints(axes.map((axis) => axis + shift));
    return tape.emit("Slice", [value, tape.ints(starts), tape.ints(ends), along]);
  };
  return first ? perTarget.merge(cut(), dims) : cut();
}
