/** Windows along one axis, tap by tap: tap t of window i is element i stride + t dilation of the padded axis. */
import { intValue as int, type Tape } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { EmitContext } from "./operator.ts";
import type { Window } from "./window.ts";

export interface AxisWindow {
  readonly axis: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding before, and as much after as the last window reaches beyond the axis. */
  readonly begin: number;
  readonly end: number;
  /** The axis without padding, and the number of windows. */
  readonly large: number;
  readonly small: number;
}

/** Each axis along which the window does more than take every element. */
export function axisWindows(window: Window): AxisWindow[] {
  return window.kernel.flatMap((kernel, i) => {
    const [stride = 1, dilation = 1, begin = 0] = [window.strides[i], window.dilations[i], window.begin[i]];
    const [large = 0, small = 0] = [window.large[i], window.small[i]];
    if (kernel === 1 && stride === 1 && begin === 0 && large === small) return [];
    const reach = (small - 1) * stride + dilation * (kernel - 1) + 1;
    const end = Math.max(0, reach - large - begin);
    return [{ axis: i + 2, kernel, stride, dilation, begin, end, large, small }];
  });
}

interface Padding {
  readonly begin: number;
  readonly end: number;
  /** Default 0. */
  readonly value?: number;
}

export function padAlong(
  tape: Tape,
  x: string,
  axis: number,
  rank: number,
  { begin, end, value }: Padding,
): string {
  if (begin === 0 && end === 0) return x;
  const pads = new Array<number>(2 * rank).fill(0);
  pads[axis] = begin;
  pads[rank + axis] = end;
  return tape.emit("Pad", [x, tape.ints(pads), ...(value === undefined ? [] : [tape.scalar(value)])]);
}

export function sliceAlong(
  tape: Tape,
  x: string,
  axis: number,
  { start, end, step = 1 }: { readonly start: number; readonly end: number; readonly step?: number },
): string {
  const ranges = [[start], [end], [axis], ...(step === 1 ? [] : [[step]])];
  return tape.emit("Slice", [x, ...ranges.map((values) => tape.ints(values))]);
}

/**
 * Adds every tap's value to the element that it is of.
 *
 * @param taps per target, one for each tap, in the shape of the windows
 * @param dims of the windows without the targets
 * @param lead 1 where the taps have an axis of targets, 0 where they are merged
 * @returns per target, with `large` elements along the axis
 */
export function foldTaps(
  { tape, perTarget }: EmitContext,
  taps: readonly string[],
  { axis, stride, dilation, begin, large, small }: AxisWindow,
  dims: readonly Size[],
  lead: 0 | 1,
): string {
  const [at, rank] = [axis + lead, dims.length + lead];
  const turns = taps.map((_, tap) => Math.floor((tap * dilation) / stride));
  const most = Math.max(...turns);
  // Elements at the same offset from a multiple of the stride, one sum for each offset.
  const sums = new Array<string | undefined>(stride).fill(undefined);
  for (const [tap, value] of taps.entries()) {
    const [offset, turn = 0] = [(tap * dilation) % stride, turns[tap]];
    const moved = padAlong(tape, value, at, rank, { begin: turn, end: most - turn });
    const known = sums[offset];
    sums[offset] = known === undefined ? moved : tape.emit("Add", [known, moved]);
  }
  const [whole = ""] = sums;
  const length = (small + most) * stride;
  const sized = (size: number) => dims.map((other, i) => (i === axis ? size : other));
  const interleaved =
    stride > 1
      ? perTarget.reshape(interleave(tape, sums, whole, at), sized(length))
      : lead === 0
        ? whole
        : perTarget.merge(whole, sized(length));
  const filled = padAlong(tape, interleaved, axis, dims.length, {
    begin: 0,
    end: Math.max(0, begin + large - length),
  });
  return begin === 0 && length <= large
    ? filled
    : sliceAlong(tape, filled, axis, { start: begin, end: begin + large });
}

/** [..., n, s, ...] of s values [..., n, ...]. */
function interleave(tape: Tape, values: readonly (string | undefined)[], like: string, axis: number): string {
  let zeros: string | undefined;
  const apart = values.map((value) => {
    if (value === undefined) zeros ??= tape.emit("Mul", [like, tape.scalar(0)]);
    return tape.emit("Unsqueeze", [value ?? zeros ?? "", tape.ints([axis + 1])]);
  });
  return tape.emit("Concat", apart, { axis: int(axis + 1) });
}
