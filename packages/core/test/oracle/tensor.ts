/** Float64 arrays with a shape, and the loops over them. */
export interface Dense {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

export function elements(dims: readonly number[]): number {
  return dims.reduce((a, b) => a * b, 1);
}

export function zeros(dims: readonly number[]): Dense {
  return { dims, data: new Float64Array(elements(dims)) };
}

export function dense(dims: readonly number[], values: ArrayLike<number>): Dense {
  if (values.length !== elements(dims)) throw new Error(`${values.length} values for the shape ${dims}`);
  return { dims, data: Float64Array.from(values) };
}

export function map({ dims, data }: Dense, f: (value: number) => number): Dense {
  return { dims, data: data.map(f) };
}

/** How far apart neighbours along each axis lie. */
export function stridesOf(dims: readonly number[]): number[] {
  return dims.map((_, axis) => elements(dims.slice(axis + 1)));
}

/** Every index of a shape, in row-major order. The array is the same one each time. */
export function forEachIndex(
  dims: readonly number[],
  visit: (index: readonly number[], at: number) => void,
): void {
  const index = dims.map(() => 0);
  const count = elements(dims);
  for (let at = 0; at < count; at += 1) {
    visit(index, at);
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next;
      if (next < (dims[axis] ?? 0)) break;
      index[axis] = 0;
    }
  }
}

export function placeOf(strides: readonly number[], index: readonly number[]): number {
  let at = 0;
  for (const [axis, stride] of strides.entries()) at += stride * (index[axis] ?? 0);
  return at;
}

/** A result whose every element is one of the source's (`from` gives its place), or else a filler. */
export function pick(
  source: Dense,
  dims: readonly number[],
  from: (index: readonly number[]) => readonly number[] | undefined,
  filler = 0,
): Dense {
  const result = zeros(dims);
  const strides = stridesOf(source.dims);
  forEachIndex(dims, (index, at) => {
    const place = from(index);
    result.data[at] = place === undefined ? filler : (source.data[placeOf(strides, place)] ?? Number.NaN);
  });
  return result;
}

export function broadcastDims(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (left !== right && left !== 1 && right !== 1)
      throw new Error(`the shapes ${a} and ${b} do not broadcast`);
    return left === 1 ? right : left;
  });
}

export function broadcastTo(source: Dense, dims: readonly number[]): Dense {
  const lead = dims.length - source.dims.length;
  return pick(source, dims, (index) =>
    source.dims.map((size, axis) => (size === 1 ? 0 : (index[axis + lead] ?? 0))),
  );
}

export function combine(a: Dense, b: Dense, f: (left: number, right: number) => number): Dense {
  const dims = broadcastDims(a.dims, b.dims);
  const [left, right] = [broadcastTo(a, dims), broadcastTo(b, dims)];
  return { dims, data: left.data.map((value, at) => f(value, right.data[at] ?? Number.NaN)) };
}

export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
