/** Arithmetic between values in the shape of the input and maps of one channel, wherever the input has its channels. */
import { intValue as int, type Tape } from "@onnx-lrp/onnx-loader";
import { channelAxis, placesOf } from "../../grid/axes.ts";
import { placeCount } from "../../grid/grid.ts";
import { placeAxes } from "../../grid/place-axes.ts";
import type { InputPort } from "../../input-port/input-port.ts";

/** A value [K, N, ...input] as one that has an axis of channels. */
interface ChannelView {
  /** Sizes behind K and N; undefined where the input's own do. */
  readonly sizes: readonly number[] | undefined;
  /** The axis of channels, counted from K. */
  readonly axis: number;
  /** Sizes of one channel in this form, with its axis. */
  readonly oneChannel: readonly number[];
}

function channelView(image: InputPort): ChannelView {
  const own = placeAxes(image).map((axis) => image[axis]);
  const at = channelAxis(image.axes);
  if (at !== undefined) {
    const oneChannel = at === 1 ? [1, ...own] : [...own, 1];
    return { sizes: undefined, axis: at + 1, oneChannel };
  }
  if (!placesOf(image.axes).includes("F")) return { sizes: [1, ...own], axis: 2, oneChannel: [1, ...own] };
  const [places, channels] = [placeCount(image), image.channels];
  return image.layout === "nchw"
    ? { sizes: [channels, places], axis: 2, oneChannel: [1, places] }
    : { sizes: [places, channels], axis: 3, oneChannel: [places, 1] };
}

/**
 * @param value [K, N, ...input]
 * @param map [K, N, 1, ...places]
 * @returns their product, [K, N, ...input]
 */
export function timesMap(tape: Tape, value: string, map: string, image: InputPort): string {
  const { sizes, oneChannel } = channelView(image);
  const reshaped = (name: string, to: readonly number[]) =>
    tape.emit("Reshape", [name, tape.ints([0, 0, ...to])]);
  const same = sameSizes(oneChannel, mapSizes(image));
  const factor = same ? map : reshaped(map, oneChannel);
  if (sizes === undefined) return tape.emit("Mul", [value, factor]);
  const product = tape.emit("Mul", [reshaped(value, sizes), factor]);
  return reshaped(product, image.dims.slice(1).map(Number));
}

/**
 * @param value [K, N, ...input]
 * @returns its sum over channels, [K, N, 1, ...places]
 */
export function sumOverChannels(tape: Tape, value: string, image: InputPort): string {
  const { sizes, axis, oneChannel } = channelView(image);
  const viewed = sizes === undefined ? value : tape.emit("Reshape", [value, tape.ints([0, 0, ...sizes])]);
  const sum = tape.emit("ReduceSum", [viewed, tape.ints([axis])], { keepdims: int(1) });
  const wanted = mapSizes(image);
  return sameSizes(oneChannel, wanted) ? sum : tape.emit("Reshape", [sum, tape.ints([0, 0, ...wanted])]);
}

function mapSizes(image: InputPort): number[] {
  return [1, ...placeAxes(image).map((axis) => image[axis])];
}

function sameSizes(a: readonly number[], b: readonly number[]): boolean {
  return a.join() === b.join();
}
