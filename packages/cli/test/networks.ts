/** Tiny networks, sound and unsound, written to files. */
import { writeFileSync } from "node:fs";
import {
  floatTensor,
  int64Tensor,
  type Model,
  type Node,
  type Tensor,
  type ValueInfo,
  writeModel,
} from "@onnx-lrp/onnx-loader";
import { type AttributeValues, modelOf, node as named, value } from "@onnx-lrp/test-kit/model";
import { example, writeArray } from "./arrays.ts";
import { enterFolder } from "./shared.ts";

export { value } from "@onnx-lrp/test-kit/model";

/** A node that is named by its first input. */
export function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: AttributeValues = {},
): Node {
  return named(op, inputs, outputs, attributes, `${op} of ${inputs[0] ?? ""}`);
}

function weights(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.sin(seed * 17 + i * 1.7));
}

export interface Parts {
  readonly inputs?: readonly ValueInfo[];
  readonly outputs?: readonly ValueInfo[];
  readonly opset?: number;
  /** What stands between the convolution's "c" and the pooled "r". */
  readonly between?: readonly Node[];
  /** Numbers of the convolution. */
  readonly kernel?: readonly number[];
  readonly initializers?: readonly Tensor[];
  readonly before?: readonly Node[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Conv, Relu, GlobalAveragePool, Gemm: x [N,3,8,8] to y [N,5]; parts of it may be put differently. */
export function tiny(parts: Parts = {}): Model {
  const initializers = [
    floatTensor("w", [4, 3, 3, 3], parts.kernel ?? weights(108, 1)),
    floatTensor("v", [4, 5], weights(20, 2)),
    floatTensor("b", [5], weights(5, 3)),
    int64Tensor("shape", [2], [-1, 4]),
    ...(parts.initializers ?? []),
  ];
  return modelOf({
    nodes: [
      ...(parts.before ?? []),
      node("Conv", ["x", "w"], ["c"], { pads: [1, 1, 1, 1] }),
      ...(parts.between ?? [node("Relu", ["c"], ["r"])]),
      node("GlobalAveragePool", ["r"], ["g"]),
      node("Reshape", ["g", "shape"], ["f"]),
      node("Gemm", ["f", "v", "b"], ["y"]),
    ],
    initializers,
    inputs: parts.inputs ?? [value("x", ["N", 3, 8, 8])],
    outputs: parts.outputs ?? [value("y", ["N", 5])],
    opset: parts.opset ?? 17,
    metadata: parts.metadata ?? {},
  });
}

/** A new folder with the network as `net.onnx` and an input as `x.npy`. */
export function enterWithTiny(): void {
  enterFolder();
  save("net.onnx", tiny());
  writeArray("x.npy", [1, 3, 8, 8], example());
}

export function save(path: string, model: Model): Uint8Array {
  const bytes = writeModel(model);
  writeFileSync(path, bytes);
  return bytes;
}

export interface Place {
  readonly location: string;
  readonly offset?: number;
  readonly length?: number;
}

/** The model with the given initializer's raw numbers said to lie in another file; returns those numbers. */
export function saveExternal(
  path: string,
  model: Model,
  name: string,
  { location, offset = 0, length }: Place,
): Uint8Array {
  const tensor = model.graph.initializers.get(name);
  if (tensor?.storage.kind !== "raw") throw new Error(`${name} is not raw`);
  const { bytes } = tensor.storage;
  const storage = { kind: "external", location, offset, length: length ?? bytes.length } as const;
  const initializers = new Map([...model.graph.initializers, [name, { ...tensor, storage }] as const]);
  save(path, { ...model, graph: { ...model.graph, initializers } });
  return bytes;
}
