/** Operations that only move elements. */
import { input, intOf, intsOf, type Operation, wordOf } from "./operation.ts";
import { axisOf, broadcastDims, broadcastTo, type Dense, elements, forEachIndex, pick } from "./tensor.ts";

const listOf = (value: Dense | undefined): number[] | undefined => value && Array.from(value.data);

const identity: Operation = (_, inputs) => input(inputs, 0);
export const Identity = identity;
export const Dropout = identity;
export const Cast = identity;

const reshaped = (x: Dense, dims: readonly number[]): Dense => ({ dims, data: x.data });

export const Shape: Operation = (_, inputs) => {
  const { dims } = input(inputs, 0);
  return { dims: [dims.length], data: Float64Array.from(dims) };
};

export const Reshape: Operation = (_, inputs) => {
  const x = input(inputs, 0);
  const wanted = (listOf(inputs[1]) ?? []).map((size, axis) => (size === 0 ? (x.dims[axis] ?? 0) : size));
  const rest = x.data.length / elements(wanted.filter((size) => size !== -1));
  return reshaped(
    x,
    wanted.map((size) => (size === -1 ? rest : size)),
  );
};

export const Flatten: Operation = (node, inputs) => {
  const x = input(inputs, 0);
  const axis = axisOf(intOf(node, "axis", 1), x.dims.length);
  return reshaped(x, [elements(x.dims.slice(0, axis)), elements(x.dims.slice(axis))]);
};

export const Squeeze: Operation = (_, inputs) => {
  const x = input(inputs, 0);
  const axes = listOf(inputs[1])?.map((axis) => axisOf(axis, x.dims.length));
  return reshaped(
    x,
    x.dims.filter((size, axis) => (axes === undefined ? size !== 1 : !axes.includes(axis))),
  );
};

export const Unsqueeze: Operation = (_, inputs) => {
  const x = input(inputs, 0);
  const given = listOf(inputs[1]) ?? [];
  const rank = x.dims.length + given.length;
  const axes = given.map((axis) => axisOf(axis, rank));
  const rest = [...x.dims];
  return reshaped(
    x,
    Array.from({ length: rank }, (_unused, axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? 0))),
  );
};

export const Transpose: Operation = (node, inputs) => {
  const x = input(inputs, 0);
  const perm = intsOf(node, "perm") ?? x.dims.map((_, axis) => x.dims.length - 1 - axis);
  return pick(
    x,
    perm.map((axis) => x.dims[axis] ?? 0),
    (index) => x.dims.map((_, axis) => index[perm.indexOf(axis)] ?? 0),
  );
};

export const Concat: Operation = (node, inputs) => {
  const parts = inputs.filter((part) => part !== undefined);
  const [first] = parts;
  const axis = axisOf(intOf(node, "axis", 0), first?.dims.length ?? 0);
  return parts.reduce((left, right) => {
    const edge = left.dims[axis] ?? 0;
    const dims = left.dims.map((size, i) => (i === axis ? size + (right.dims[axis] ?? 0) : size));
    const from = pick(left, dims, (index) => ((index[axis] ?? 0) < edge ? index : undefined));
    const more = pick(right, dims, (index) =>
      (index[axis] ?? 0) < edge ? undefined : index.map((i, at) => (at === axis ? i - edge : i)),
    );
    return { dims, data: from.data.map((value, at) => value + (more.data[at] ?? 0)) };
  });
};

export const Slice: Operation = (_, inputs) => {
  const x = input(inputs, 0);
  const [starts = [], ends = []] = [listOf(inputs[1]), listOf(inputs[2])];
  const axes = listOf(inputs[3]) ?? starts.map((__, i) => i);
  const steps = listOf(inputs[4]) ?? starts.map(() => 1);
  const places = x.dims.map((size) => Array.from({ length: size }, (__, i) => i));
  for (const [i, given] of axes.entries()) {
    const axis = axisOf(given, x.dims.length);
    const size = x.dims[axis] ?? 0;
    const [start = 0, end = 0, step = 1] = [starts[i], ends[i], steps[i]];
    const from = start < 0 ? start + size : start;
    const to = end < 0 ? end + size : end;
    const all = Array.from({ length: size }, (__, at) => at);
    // Every |step|-th of those in between, in the order the step's sign says.
    const between =
      step > 0
        ? all.filter((at) => at >= from && at < to)
        : all.filter((at) => at <= from && at > to).reverse();
    places[axis] = between.filter((__, at) => at % Math.abs(step) === 0);
  }
  return pick(
    x,
    places.map((list) => list.length),
    (index) => index.map((at, axis) => places[axis]?.[at] ?? 0),
  );
};

export const Gather: Operation = (node, inputs) => {
  const [x, indices] = [input(inputs, 0), input(inputs, 1)];
  const axis = axisOf(intOf(node, "axis", 0), x.dims.length);
  const size = x.dims[axis] ?? 0;
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  return pick(x, dims, (index) => {
    const inner = index.slice(axis, axis + indices.dims.length);
    const at = indices.dims.reduce((sum, extent, i) => sum * extent + (inner[i] ?? 0), 0);
    return [
      ...index.slice(0, axis),
      axisOf(indices.data[at] ?? 0, size),
      ...index.slice(axis + indices.dims.length),
    ];
  });
};

/** The element of an axis that stands at a place outside of it; undefined for a constant. */
const outside: Readonly<Record<string, (at: number, size: number) => number | undefined>> = {
  constant: (at, size) => (at >= 0 && at < size ? at : undefined),
  edge: (at, size) => (at < 0 ? 0 : at >= size ? size - 1 : at),
  wrap(at, size) {
    if (at < 0) return outside.wrap?.(at + size, size);
    return at >= size ? outside.wrap?.(at - size, size) : at;
  },
  reflect(at, size) {
    if (at < 0) return outside.reflect?.(-at, size);
    return at >= size ? outside.reflect?.(2 * (size - 1) - at, size) : at;
  },
};

export const Pad: Operation = (node, inputs) => {
  const x = input(inputs, 0);
  const given = listOf(inputs[1]) ?? [];
  const axes = (listOf(inputs[3]) ?? x.dims.map((_, axis) => axis)).map((axis) =>
    axisOf(axis, x.dims.length),
  );
  const begin = x.dims.map((_, axis) => given[axes.indexOf(axis)] ?? 0);
  const end = x.dims.map((_, axis) =>
    axes.includes(axis) ? (given[axes.indexOf(axis) + axes.length] ?? 0) : 0,
  );
  const place = outside[wordOf(node, "mode", "constant")];
  const dims = x.dims.map((size, axis) => size + (begin[axis] ?? 0) + (end[axis] ?? 0));
  return pick(
    x,
    dims,
    (index) => {
      const from = index.map((at, axis) => place?.(at - (begin[axis] ?? 0), x.dims[axis] ?? 0));
      const known = from.filter((at) => at !== undefined);
      return known.length === from.length ? known : undefined;
    },
    inputs[2]?.data[0] ?? 0,
  );
};

export const Split: Operation = (node, inputs, output = 0) => {
  const x = input(inputs, 0);
  const axis = axisOf(intOf(node, "axis", 0), x.dims.length);
  const size = x.dims[axis] ?? 0;
  const even = Math.ceil(size / node.outputs.length);
  const sizes = listOf(inputs[1]) ?? node.outputs.map((_, i) => Math.min(even, size - i * even));
  const start = sizes.slice(0, output).reduce((a, b) => a + b, 0);
  const dims = x.dims.map((extent, i) => (i === axis ? (sizes[output] ?? 0) : extent));
  return pick(x, dims, (index) => index.map((at, i) => (i === axis ? at + start : at)));
};

export const Tile: Operation = (_, inputs) => {
  const x = input(inputs, 0);
  const repeats = listOf(inputs[1]) ?? [];
  return pick(
    x,
    x.dims.map((size, axis) => size * (repeats[axis] ?? 1)),
    (index) => index.map((at, axis) => at % (x.dims[axis] ?? 1)),
  );
};

export const Expand: Operation = (_, inputs) => {
  const x = input(inputs, 0);
  return broadcastTo(x, broadcastDims(x.dims, listOf(inputs[1]) ?? []));
};

/** Blocks of places as channels, in the order (row, column, channel); the inverse of DepthToSpace in mode DCR. */
export const SpaceToDepth: Operation = (node, inputs) => {
  const x = input(inputs, 0);
  const [n = 0, c = 0, h = 0, w = 0] = x.dims;
  const b = intOf(node, "blocksize", 1);
  const dims = [n, c * b * b, h / b, w / b];
  return { dims, data: moved(dims, x.data, (at) => blockIndex(at, b, x.dims)) };
};

export const DepthToSpace: Operation = (node, inputs) => {
  const x = input(inputs, 0);
  const [n = 0, c = 0, h = 0, w = 0] = x.dims;
  const b = intOf(node, "blocksize", 1);
  const dims = [n, c / (b * b), h * b, w * b];
  const data = new Float64Array(x.data.length);
  forEachIndex(x.dims, (index, at) => {
    data[blockIndex(index, b, dims)] = x.data[at] ?? 0;
  });
  return { dims, data };
};

function moved(
  dims: readonly number[],
  from: Float64Array,
  place: (index: readonly number[]) => number,
): Float64Array {
  const data = new Float64Array(elements(dims));
  forEachIndex(dims, (index, at) => {
    data[at] = from[place(index)] ?? 0;
  });
  return data;
}

/** Where an element of the deep tensor lies in the wide one, whose shape is `wide`. */
function blockIndex(
  [n = 0, deep = 0, y = 0, x = 0]: readonly number[],
  b: number,
  wide: readonly number[],
): number {
  const [, channels = 0, height = 0, width = 0] = wide;
  const [block, c] = [Math.floor(deep / channels), deep % channels];
  const row = y * b + Math.floor(block / b);
  const column = x * b + (block % b);
  return ((n * channels + c) * height + row) * width + column;
}
