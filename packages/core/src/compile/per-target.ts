/**
 * Arithmetic between relevance, which has one value for each of K targets, and activations, which have one an image.
 *
 * Relevance of a value [d0, d1, ...] is kept as [K*d0, d1, ...], which every operator takes as a larger batch
 * ("merged"). To meet an activation it is viewed as [K, d0, d1, ...] ("split"), against which [d0, d1, ...] broadcasts
 * with no copy. Reshape moves no data, and a value that was just merged is not split again. The batch may be any of the
 * dimensions, as where a network has its tokens first.
 */
import { intValue as int, type Tape } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { PerTarget } from "../operators/operator.ts";
import { openAxis, reshapeSizes } from "../operators/size.ts";

/** @param count int64 [1]: the number of targets K */
export function createPerTarget(tape: Tape, count: string): PerTarget {
  const splits = new Map<string, string>();
  const merges = new Map<string, string>();
  const shapes = new Map<string, string>();

  function split(r: string, dims: readonly Size[]): string {
    const known = splits.get(r);
    if (known !== undefined) return known;
    const name = tape.emit("Reshape", [r, shapeOf(dims)]);
    splits.set(r, name);
    merges.set(name, r);
    return name;
  }

  function merge(r: string, dims: readonly Size[]): string {
    const known = merges.get(r);
    if (known !== undefined) return known;
    const name = tape.emit("Reshape", [r, mergedShape(dims)]);
    merges.set(r, name);
    splits.set(name, r);
    return name;
  }

  function shapeOf(dims: readonly Size[]): string {
    if (openAxis(dims) < 0) return tape.ints([-1, ...reshapeSizes(dims)]);
    return joined(1, reshapeSizes(dims));
  }

  /** The shape of a merged value as Reshape takes it. */
  function mergedShape(dims: readonly Size[]): string {
    const [first = 1, ...rest] = dims;
    if (openAxis(rest) < 0) return tape.ints([-1, ...reshapeSizes(rest)]);
    return joined(Number(first), reshapeSizes(rest));
  }

  /** int64 [rank]: `times` K, and the rest. */
  function joined(times: number, rest: readonly number[]): string {
    const key = `${times} ${rest}`;
    let name = shapes.get(key);
    if (name === undefined) {
      const rows = times === 1 ? count : tape.emit("Mul", [count, tape.ints([times])]);
      name = tape.emit("Concat", [rows, tape.ints(rest)], { axis: int(0) });
      shapes.set(key, name);
    }
    return name;
  }

  /** A per-target and a per-image value in an elementwise operation. */
  function broadcastOp(
    op: string,
    r: string,
    x: string,
    dims: readonly Size[],
    xDims: readonly Size[],
  ): string {
    const aligned = xDims.length < dims.length || xDims[0] === 1;
    return aligned ? tape.emit(op, [r, x]) : merge(tape.emit(op, [split(r, dims), x]), dims);
  }

  return {
    split,
    merge,
    shapeOf,
    count: () => count,
    add: (a, b) => tape.emit("Add", [a, b]),
    reshape: (r, dims) => tape.emit("Reshape", [r, mergedShape(dims)]),
    mul: (r, x, dims, xDims) => broadcastOp("Mul", r, x, dims, xDims),
    div: (r, x, dims, xDims) => broadcastOp("Div", r, x, dims, xDims),
    unbroadcast(r, from, to) {
      const lead = from.length - to.length;
      const aligned: readonly Size[] = [...new Array<number>(lead).fill(1), ...to];
      const axes = from.flatMap((size, axis) =>
        axis > 0 && aligned[axis] === 1 && size !== 1 ? [axis] : [],
      );
      const sum = axes.length === 0 ? r : tape.emit("ReduceSum", [r, tape.ints(axes)], { keepdims: int(1) });
      return lead === 0 ? sum : tape.emit("Reshape", [sum, mergedShape(to)]);
    },
  };
}
