/** Quantized networks in a few lines, and what all tests of their dequantization check. */
import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import * as ort from "onnxruntime-node";
import { expect } from "vitest";
import {
  type Attributes,
  floatTensor,
  inferShapes,
  intsValue as ints,
  type Model,
  type Node,
  type Tensor,
} from "../../src/index.ts";
import { dequantize, foldConstants } from "../../src/internal.ts";
import { difference, noise, run, runtime } from "../shared.ts";

const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
};
type Integer = keyof typeof arrays;

/** A constant of integers. */
export function integers(
  name: string,
  type: Integer,
  dims: readonly number[],
  values: readonly number[],
): Tensor {
  const view = arrays[type].from(values);
  return {
    name,
    type,
    dims,
    storage: { kind: "raw", bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength) },
  };
}

const count = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** Whole numbers between -most and most, always the same. */
export function whole(size: number, most: number, seed = 1): number[] {
  return Array.from(noise(size, seed), (one) => Math.round(one * most));
}

export function weights(name: string, type: Integer, dims: readonly number[], seed = 3): Tensor {
  const shift = type.startsWith("u") ? 5 : 0;
  return integers(
    name,
    type,
    dims,
    whole(count(dims), 5, seed).map((one) => one + shift),
  );
}

/** Scale and zero point of a tensor, under the names NAME/s and NAME/z. */
export function grid(name: string, scale: number, type: Integer, zero = 0): Tensor[] {
  return [floatTensor(`${name}/s`, [], [scale]), integers(`${name}/z`, type, [], [zero])];
}

export const sz = (...names: readonly string[]): string[] =>
  names.flatMap((name) => [name, `${name}/s`, `${name}/z`]);

export const quantize = (x: string, q: string): Node => node("QuantizeLinear", [x, `${q}/s`, `${q}/z`], [q]);
export const dequantized = (q: string, y: string, grid = q): Node =>
  node("DequantizeLinear", [q, `${grid}/s`, `${grid}/z`], [y]);

export function microsoft(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Attributes = {},
): Node {
  return { ...node(op, inputs, outputs, attributes), domain: "com.microsoft" };
}

export interface Case {
  readonly title: string;
  readonly dims: readonly number[];
  readonly nodes: readonly Node[];
  readonly constants: readonly Tensor[];
  readonly opset?: number;
  /** The largest whole number of steps that is fed. */
  readonly most?: number;
  /** How far apart both may be, where what comes out does not lie on the grid. */
  readonly within?: number;
}

/** Every scale is a power of two, so that on the grid nothing is rounded, and both networks give the same numbers. */
export const step = 1 / 8;

export function modelFor({ nodes, constants, dims, opset = 17 }: Case): Model {
  const model = modelOf({
    opset,
    nodes,
    inputs: [value("x", dims)],
    outputs: [output("y")],
    initializers: constants,
  });
  return { ...model, irVersion: 10, opsets: { "": opset, "com.microsoft": 1 } };
}

const quantizing = new Set(["uint8", "int8", "uint16", "int16", "int4", "uint4"]);

/** No integers but weights and shapes may be left on the way. */
export async function expectFloat(model: Model): Promise<void> {
  const shapes = await inferShapes(model, runtime, { sizes: {} });
  const folded = await foldConstants(model, shapes, runtime);
  const left = folded.model.graph.nodes.filter(
    ({ op, outputs }) =>
      /Quant|QLinear|QGemm|Integer/.test(op) || quantizing.has(shapes.get(outputs[0] ?? "")?.type ?? ""),
  );
  expect(left).toEqual([]);
}

export const conv = { kernel_shape: ints([3, 3]), pads: ints([1, 0, 1, 2]), strides: ints([1, 2]) };

/** The dequantized network gives what onnxruntime gives for the quantized one. */
export async function expectDequantized(one: Case): Promise<void> {
  const model = modelFor(one);
  const result = dequantize(model);
  expect(result.altered).toBe("dequantized");
  expect(result.changed.join()).toMatch(/^The quantization of \d+ activations? is taken out/);
  await expectFloat(result.model);
  const fed = whole(count(one.dims), one.most ?? 20, 11).map((steps) => steps * step);
  const feeds = { x: new ort.Tensor("float32", Float32Array.from(fed), one.dims) };
  const [before, after] = [(await run(model, feeds)).y, (await run(result.model, feeds)).y];
  expect(difference(before, after)).toBeLessThanOrEqual(one.within ?? 1e-6);
  expect(new Set(Array.from(after?.data ?? [], Number)).size).toBeGreaterThan(2);
}

export const picture = [1, 2, 5, 6];
export const kernel = weights("w", "int8", [3, 2, 3, 3]);
