/** Resize by ONNX's text: for each output along an axis, the weights of the inputs. */
import type { Node } from "@onnx-lrp/onnx-loader";
import { floatOf, input, intOf, type Operation, wordOf } from "./operation.ts";
import { type Dense, forEachIndex, placeOf, stridesOf, zeros } from "./tensor.ts";

type Weights = ReadonlyMap<number, number>;

/** Where an output lies among the inputs. */
function original(node: Node, i: number, scale: number, size: number, out: number): number {
  switch (wordOf(node, "coordinate_transformation_mode", "half_pixel")) {
    case "asymmetric":
      return i / scale;
    case "align_corners":
      return out === 1 ? 0 : (i * (size - 1)) / (out - 1);
    case "pytorch_half_pixel":
      return out > 1 ? (i + 0.5) / scale - 0.5 : 0;
    default:
      return (i + 0.5) / scale - 0.5;
  }
}

function nearest(node: Node, at: number): number {
  switch (wordOf(node, "nearest_mode", "round_prefer_floor")) {
    case "floor":
      return Math.floor(at);
    case "ceil":
      return Math.ceil(at);
    case "round_prefer_ceil":
      return Math.floor(at + 0.5);
    default:
      return Math.ceil(at - 0.5);
  }
}

/** The cubic convolution kernel. */
function cubic(a: number, distance: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * d ** 3 - 5 * a * d ** 2 + 8 * a * d - 4 * a : 0;
}

/** Weights by the distance of an input from the place, spread over `width` times as many inputs where it shrinks. */
function kernelOf(node: Node, mode: string): { reach: number; weight: (distance: number) => number } {
  if (mode === "linear") return { reach: 1, weight: (d) => Math.max(0, 1 - Math.abs(d)) };
  const a = floatOf(node, "cubic_coeff_a", -0.75);
  return { reach: 2, weight: (d) => cubic(a, d) };
}

function weightsOf(node: Node, i: number, scale: number, size: number, out: number): Weights {
  const mode = wordOf(node, "mode", "nearest");
  const at = original(node, i, scale, size, out);
  const inside = (place: number) => Math.min(Math.max(place, 0), size - 1);
  if (mode === "nearest") return new Map([[inside(nearest(node, at)), 1]]);
  const { reach, weight } = kernelOf(node, mode);
  const antialias = intOf(node, "antialias", 0) === 1;
  const width = antialias ? Math.max(1, 1 / scale) : 1;
  const excluding = intOf(node, "exclude_outside", 0) === 1;
  const found = new Map<number, number>();
  let total = 0;
  for (let place = Math.floor(at - reach * width); place <= Math.ceil(at + reach * width); place += 1) {
    if (excluding && (place < 0 || place >= size)) continue;
    const share = weight((place - at) / width);
    found.set(inside(place), (found.get(inside(place)) ?? 0) + share);
    total += share;
  }
  return new Map([...found].map(([place, share]) => [place, share / total]));
}

export const Resize: Operation = (node, inputs) => {
  const x = input(inputs, 0);
  const listed = node.attributes.get("axes");
  const axes = listed?.kind === "ints" ? listed.value.map(Number) : x.dims.map((_, axis) => axis);
  const [scales, sizes] = [inputs[2]?.data ?? [], inputs[3]?.data];
  return axes.reduce<Dense>((result, axis, i) => {
    const size = x.dims[axis] ?? 1;
    const out = sizes === undefined ? Math.floor(size * (scales[i] ?? 1)) : (sizes[i] ?? size);
    return alongAxis(node, result, axis, out, sizes === undefined ? (scales[i] ?? 1) : out / size);
  }, x);
};

function alongAxis(node: Node, x: Dense, axis: number, out: number, scale: number): Dense {
  const size = x.dims[axis] ?? 1;
  if (out === size && scale === 1) return x;
  const result = zeros(x.dims.map((extent, i) => (i === axis ? out : extent)));
  const strides = stridesOf(x.dims);
  const weights = Array.from({ length: out }, (_, i) => weightsOf(node, i, scale, size, out));
  forEachIndex(result.dims, (index, at) => {
    for (const [place, weight] of weights[index[axis] ?? 0] ?? []) {
      const from = index.map((position, i) => (i === axis ? place : position));
      result.data[at] = (result.data[at] ?? 0) + weight * (x.data[placeOf(strides, from)] ?? 0);
    }
  });
  return result;
}
