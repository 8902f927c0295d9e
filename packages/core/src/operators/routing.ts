/** Operations that move elements or pick some of them: relevance goes back to where each element came from. */
import {
  inputOf,
  intValue as int,
  intAttribute,
  intsValue as ints,
  intsAttribute,
  outputOf,
} from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { sumTo } from "./broadcast.ts";
import {
  type EmitContext,
  type OperatorEntry,
  route,
  type Site,
  type Unsupported,
  unsupported,
} from "./operator.ts";
import { partDims } from "./part.ts";
import { type AxisIndices, pickedOrigin, reshapedOrigin, scatterBack } from "./picks.ts";
import { openAxis, positiveAxis, staticSize } from "./size.ts";

const reshaped: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const dims = site.shape(inputOf(site.node, 0));
    return route([0], ({ perTarget }, r) => [perTarget.reshape(r, dims)], {
      origin: (part) => reshapedOrigin(dims, site.shape(outputOf(site.node)), part),
    });
  },
};

export const Reshape = reshaped;
export const Flatten = reshaped;
export const Squeeze = reshaped;
export const Unsqueeze = reshaped;

export const Transpose: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const from = site.shape(inputOf(site.node, 0));
    const to = site.shape(outputOf(site.node));
    const perm = intsAttribute(site.node, "perm") ?? from.map((_, axis) => from.length - 1 - axis);
    const back = from.map((_, axis) => perm.indexOf(axis));
    const adjointOf =
      (fromDims: readonly Size[], toDims: readonly Size[]) =>
      ({ tape, perTarget }: EmitContext, r: string) => {
        if (perm[0] === 0) return tape.emit("Transpose", [r], { perm: ints(back) });
        const split = perTarget.split(r, toDims);
        const transposed = tape.emit("Transpose", [split], {
          perm: ints([0, ...back.map((axis) => axis + 1)]),
        });
        return perTarget.merge(transposed, fromDims);
      };
    const adjoint = adjointOf(from, to);
    return route([0], (emission, r) => [adjoint(emission, r)], {
      origin(part) {
        const moved = part
          .map((entry) => ({ ...entry, axis: perm[entry.axis] ?? 0 }))
          .sort((a, b) => a.axis - b.axis);
        return { part: moved, adjoint: adjointOf(partDims(from, moved), partDims(to, part)) };
      },
    });
  },
};

export const Concat: OperatorEntry = {
  // A constant among the parts may be negative.
  nonNegative: (site, isNonNegative) =>
    site.node.inputs.every((_, index) => site.isSignal(index) && isNonNegative(index)),
  describe(site) {
    const { node } = site;
    const output = site.shape(outputOf(node));
    const axis = positiveAxis(intAttribute(node, "axis", 0), output.length);
    if (axis === openAxis(output)) return unsupported("joins along the batch dimension");
    const dimsOf = (index: number) => site.shape(inputOf(node, index));
    const parts = ({ tape, perTarget }: EmitContext, r: string, wanted: readonly number[]) => {
      const sizes = node.inputs.map((_, index) => staticSize(dimsOf(index)[axis], site, "size"));
      const [value, along] = axis > 0 ? [r, axis] : [perTarget.split(r, output), 1];
      const all = tape.emitMany("Split", [value, tape.ints(sizes)], sizes.length, { axis: int(along) });
      return wanted.map((index) => {
        const part = all[index] ?? "";
        return axis > 0 ? part : perTarget.merge(part, dimsOf(index));
      });
    };
    const indices = [...node.inputs.keys()];
    const signals = indices.filter((index) => site.isSignal(index));
    const constants = indices.filter((index) => !site.isSignal(index));
    return route(signals, (emission, r) => parts(emission, r, signals), {
      constants: (emission, r) =>
        parts(emission, r, constants).map((relevance, i) => ({ relevance, dims: dimsOf(constants[i] ?? 0) })),
    });
  },
};

export const Slice: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const picks = slicePicks(site);
    if ("reason" in picks) return picks;
    const dims = site.shape(inputOf(site.node, 0));
    return route([0], (emission, r) => [scatterBack(emission, r, dims, picks)], {
      origin: (part) => pickedOrigin(dims, picks, part),
    });
  },
};

/** What a Slice picks along each axis that it does not take whole. */
function slicePicks(site: Site): AxisIndices[] | Unsupported {
  const { node } = site;
  const dims = site.shape(inputOf(node, 0));
  const [starts, ends] = [site.numbers(inputOf(node, 1)), site.numbers(inputOf(node, 2))];
  const axes = node.inputs[3] ? site.numbers(node.inputs[3]) : starts?.map((_, i) => i);
  const steps = node.inputs[4] ? site.numbers(node.inputs[4]) : starts?.map(() => 1);
  if (starts === undefined || ends === undefined || axes === undefined || steps === undefined) {
    return unsupported("slices at places that are unknown before the run");
  }
  const picks: AxisIndices[] = [];
  for (const [i, given] of axes.entries()) {
    const axis = positiveAxis(given, dims.length);
    const [start = 0, end = 0, step = 1] = [starts[i], ends[i], steps[i]];
    const size = dims[axis];
    if (typeof size !== "number") {
      if (start === 0 && step === 1 && end > 2 ** 31 - 2) continue;
      return unsupported("slices the batch");
    }
    const places = slicePlaces(start, end, step, size);
    const whole = places.length === size && step === 1;
    if (whole) continue;
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
  nonNegative: "preserved",
  describe(site) {
    const { node } = site;
    const input = site.shape(inputOf(node, 0));
    const output = site.shape(outputOf(node));
    const axis = positiveAxis(intAttribute(node, "axis", 0), input.length);
    const indices = site.numbers(inputOf(node, 1));
    if (site.isSignal(1) || indices === undefined)
      return unsupported("gathers at places that are unknown before the run");
    if (axis === openAxis(input)) return unsupported("gathers along the batch dimension");
    const size = staticSize(input[axis], site, "size");
    const places = indices.map((index) => positiveAxis(index, size));
    const indexRank = output.length - input.length + 1;
    const flat = [...output.slice(0, axis), places.length, ...output.slice(axis + indexRank)];
    const picks = [{ axis, places }];
    return route(
      [0],
      (emission, r) => [scatterBack(emission, emission.perTarget.reshape(r, flat), input, picks)],
      {
        origin(part) {
          const flattened = reshapedOrigin(flat, output, part);
          const picked = flattened && pickedOrigin(input, picks, flattened.part);
          return picked && { part: picked.part, adjoint: flattened.adjoint };
        },
      },
    );
  },
};

export const Expand: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const from = site.shape(outputOf(site.node));
    const to = site.shape(inputOf(site.node, 0));
    return route([0], (emission, r) => [sumTo(emission, r, from, to)]);
  },
};
