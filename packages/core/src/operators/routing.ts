/** Operations that move elements or pick some of them: relevance goes back to where each element came from. */
import { int, intAttribute, ints, intsAttribute } from "@onnx-lrp/onnx-loader";
import {
  type Emission,
  type OperatorEntry,
  type Refusal,
  type Route,
  refuse,
  type Site,
} from "./operator.ts";
import { scatterAlong } from "./scatter.ts";
import { positiveAxis, staticSize } from "./size.ts";

function route(inputs: readonly number[], adjoint: Route["adjoint"]): Route {
  return { kind: "route", name: "route", inputs, adjoint };
}

const reshaped: OperatorEntry = {
  sign: "kept",
  describe: (site) =>
    route([0], ({ targets }, r) => [targets.reshape(r, site.shape(site.node.inputs[0] ?? ""))]),
};

export const Reshape = reshaped;
export const Flatten = reshaped;
export const Squeeze = reshaped;
export const Unsqueeze = reshaped;

export const Transpose: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const from = site.shape(site.node.inputs[0] ?? "");
    const to = site.shape(site.node.outputs[0] ?? "");
    const perm = intsAttribute(site.node, "perm") ?? from.map((_, axis) => from.length - 1 - axis);
    const back = from.map((_, axis) => perm.indexOf(axis));
    if (perm[0] !== 0 && from.some((size) => typeof size !== "number"))
      return refuse("moves the batch dimension");
    return route([0], ({ tape, targets }, r) => {
      if (perm[0] === 0) return [tape.emit("Transpose", [r], { perm: ints(back) })];
      const split = targets.split(r, to);
      const turned = tape.emit("Transpose", [split], { perm: ints([0, ...back.map((axis) => axis + 1)]) });
      return [targets.merge(turned, from)];
    });
  },
};

export const Concat: OperatorEntry = {
  // A constant among the parts may be negative.
  sign: (site, kept) => site.node.inputs.every((_, index) => site.isSignal(index) && kept(index)),
  describe(site) {
    const { node } = site;
    const output = site.shape(node.outputs[0] ?? "");
    const axis = positiveAxis(intAttribute(node, "axis", 0), output.length);
    if (axis === 0) return refuse("joins along the batch dimension");
    const signals = node.inputs.flatMap((_, index) => (site.isSignal(index) ? [index] : []));
    return route(signals, ({ tape }, r) => {
      const sizes = node.inputs.map((input) => staticSize(site.shape(input)[axis], site, "size"));
      const parts = tape.emitMany("Split", [r, tape.ints(sizes)], sizes.length, { axis: int(axis) });
      return signals.map((index) => parts[index] ?? "");
    });
  },
};

/** Elements picked along one axis: entry o is the input's place of output o. */
interface Picks {
  readonly axis: number;
  readonly places: readonly number[];
}

export const Slice: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const picks = slicePicks(site);
    if ("reason" in picks) return picks;
    const input = site.shape(site.node.inputs[0] ?? "");
    return route([0], (emission, r) => [
      picks.reduceRight((rest, { axis, places }) => {
        const size = staticSize(input[axis], site, "size");
        return scatterAlong(emission, rest, { axis, places, size, rank: input.length });
      }, r),
    ]);
  },
};

/** What a Slice picks along each axis that it does not take whole. */
function slicePicks(site: Site): Picks[] | Refusal {
  const { node } = site;
  const dims = site.shape(node.inputs[0] ?? "");
  const [starts, ends] = [site.numbers(node.inputs[1] ?? ""), site.numbers(node.inputs[2] ?? "")];
  const axes = node.inputs[3] ? site.numbers(node.inputs[3]) : starts?.map((_, i) => i);
  const steps = node.inputs[4] ? site.numbers(node.inputs[4]) : starts?.map(() => 1);
  if (starts === undefined || ends === undefined || axes === undefined || steps === undefined) {
    return refuse("slices at places that are not known before the run");
  }
  const picks: Picks[] = [];
  for (const [i, given] of axes.entries()) {
    const axis = positiveAxis(given, dims.length);
    const [start = 0, end = 0, step = 1] = [starts[i], ends[i], steps[i]];
    const size = dims[axis];
    if (typeof size !== "number") {
      if (start === 0 && step === 1 && end > 2 ** 31 - 2) continue;
      return refuse("slices the batch");
    }
    const places = slicePlaces(start, end, step, size);
    const whole = places.length === size && step === 1;
    if (whole) continue;
    if (axis === 0) return refuse("slices the batch");
    picks.push({ axis, places });
  }
  return picks;
}

/** ONNX's rule for negative and too large bounds. */
function slicePlaces(start: number, end: number, step: number, size: number): number[] {
  const fromEnd = (bound: number) => (bound < 0 ? bound + size : bound);
  const low = step > 0 ? 0 : -1;
  const high = step > 0 ? size : size - 1;
  const first = Math.min(Math.max(fromEnd(start), 0), step > 0 ? size : size - 1);
  const last = Math.min(Math.max(fromEnd(end), low), high);
  const places: number[] = [];
  for (let at = first; step > 0 ? at < last : at > last; at += step) places.push(at);
  return places;
}

export const Gather: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const { node } = site;
    const input = site.shape(node.inputs[0] ?? "");
    const output = site.shape(node.outputs[0] ?? "");
    const axis = positiveAxis(intAttribute(node, "axis", 0), input.length);
    const indices = site.numbers(node.inputs[1] ?? "");
    if (site.isSignal(1) || indices === undefined)
      return refuse("gathers at places that are not known before the run");
    if (axis === 0) return refuse("gathers along the batch dimension");
    const size = staticSize(input[axis], site, "size");
    const places = indices.map((index) => positiveAxis(index, size));
    const indexRank = output.length - input.length + 1;
    const flat = [...output.slice(0, axis), places.length, ...output.slice(axis + indexRank)];
    return route([0], (emission, r) => {
      const along = emission.targets.reshape(r, flat);
      return [scatterAlong(emission, along, { axis, places, size, rank: input.length })];
    });
  },
};

export const Split: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const { node } = site;
    const input = site.shape(node.inputs[0] ?? "");
    const axis = positiveAxis(intAttribute(node, "axis", 0), input.length);
    if (axis === 0) return refuse("splits the batch");
    return route([0], ({ tape }, r, outputs) => {
      // A part that nothing uses gets zeros, made from one that is used, for its size is a run-time matter.
      const known = outputs.findIndex((output) => output !== undefined);
      const zero = tape.emit("Mul", [r, tape.floats([0])]);
      const parts = node.outputs.map((name, i) => {
        const given = outputs[i];
        if (given !== undefined) return given;
        const size = staticSize(site.shape(name)[axis], site, "size");
        const knownSize = staticSize(site.shape(node.outputs[known] ?? "")[axis], site, "size");
        if (size <= knownSize) {
          return tape.emit("Slice", [zero, tape.ints([0]), tape.ints([size]), tape.ints([axis])]);
        }
        const before = new Array<number>(input.length).fill(0);
        const after = before.map((_, i) => (i === axis ? size - knownSize : 0));
        return tape.emit("Pad", [zero, tape.ints([...before, ...after])]);
      });
      return [tape.emit("Concat", parts, { axis: int(axis) })];
    });
  },
};

export const Pad: OperatorEntry = {
  sign: (site, kept) => kept(0) && (site.numbers(site.node.inputs[2] ?? "")?.[0] ?? 0) >= 0,
  describe(site) {
    const { node } = site;
    const mode = node.attributes.get("mode");
    if (mode?.kind === "string" && mode.value !== "constant") return refuse(`pads by ${mode.value}`);
    const dims = site.shape(node.inputs[0] ?? "");
    const pads = site.numbers(node.inputs[1] ?? "");
    if (pads === undefined || node.inputs[3])
      return refuse("pads by amounts that are not known before the run");
    if ((pads[0] ?? 0) !== 0 || (pads[dims.length] ?? 0) !== 0) return refuse("pads the batch");
    return route([0], (emission, r) => [unpad(emission, r, site, pads)]);
  },
};

/** Cuts off what was added; where a negative pad cut something off, puts zeros. */
function unpad({ tape }: Emission, r: string, site: Site, pads: readonly number[]): string {
  const dims = site.shape(site.node.inputs[0] ?? "");
  const axes = dims.flatMap((_, axis) => (pads[axis] || pads[axis + dims.length] ? [axis] : []));
  if (axes.length === 0) return r;
  if (pads.some((pad) => pad < 0)) return tape.emit("Pad", [r, tape.ints(pads.map((pad) => 0 - pad))]);
  const starts = axes.map((axis) => pads[axis] ?? 0);
  const ends = axes.map((axis) => (pads[axis] ?? 0) + staticSize(dims[axis], site, "size"));
  return tape.emit("Slice", [r, tape.ints(starts), tape.ints(ends), tape.ints(axes)]);
}

export const Expand: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const from = site.shape(site.node.outputs[0] ?? "");
    const to = site.shape(site.node.inputs[0] ?? "");
    return route([0], ({ targets }, r) => [targets.unbroadcast(r, from, to)]);
  },
};
