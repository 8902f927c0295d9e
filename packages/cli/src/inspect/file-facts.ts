/** What a model's file says of itself, before anyone asks how it would be explained. */
import type { ModelFile } from "@onnx-lrp/node";
import type { DataType, Dim, Graph, Node, ValueInfo } from "@onnx-lrp/onnx-loader";
import { allTensors, byteSize, elementCount, operationName } from "@onnx-lrp/onnx-loader/internal";

export interface FileFacts {
  /** Program and version that wrote the file; "" where it does not say. */
  readonly producer: string;
  /** Of ONNX's own operators; null where the file has none. */
  readonly opset: number | null;
  readonly opsets: Readonly<Record<string, number>>;
  readonly irVersion: number;
  /** Of the file itself, and of the weights in files beside it. */
  readonly bytes: number;
  readonly externalBytes: number;
  /** The largest first. */
  readonly weights: readonly WeightFormat[];
  readonly inputs: readonly ValueFacts[];
  readonly outputs: readonly ValueFacts[];
  /** All nodes of the file, counted by operation, the most frequent first. */
  readonly operations: OperationCounts;
}

/** The tensors of one number type. */
interface WeightFormat {
  readonly type: DataType;
  readonly tensors: number;
  readonly numbers: number;
  readonly bytes: number;
}

export interface ValueFacts {
  readonly name: string;
  /** null for what is no tensor. */
  readonly type: DataType | null;
  /** Numbers, symbols, and null for what is not known; null where not even the rank is. */
  readonly dims: readonly (number | string | null)[] | null;
}

export type OperationCounts = Readonly<Record<string, number>>;

export function fileFacts({ model, size, bytesBeside }: ModelFile): FileFacts {
  const { graph, opsets } = model;
  return {
    producer: `${model.producer} ${model.producerVersion}`.trim(),
    opset: opsets[""] ?? null,
    opsets,
    irVersion: model.irVersion,
    bytes: size,
    externalBytes: bytesBeside,
    weights: weightFormats(graph),
    inputs: graph.inputs.map(valueFacts),
    outputs: graph.outputs.map(valueFacts),
    operations: countOperations(graph.nodes),
  };
}

function weightFormats(graph: Graph): WeightFormat[] {
  const formats = new Map<DataType, WeightFormat>();
  for (const { type, dims } of allTensors(graph)) {
    const { tensors = 0, numbers = 0, bytes = 0 } = formats.get(type) ?? {};
    const count = elementCount(dims);
    formats.set(type, {
      type,
      tensors: tensors + 1,
      numbers: numbers + count,
      bytes: bytes + byteSize(type, count),
    });
  }
  return [...formats.values()].sort((a, b) => b.bytes - a.bytes);
}

function valueFacts({ name, type }: ValueInfo): ValueFacts {
  return { name, type: type?.type ?? null, dims: type?.dims?.map(plainDim) ?? null };
}

function plainDim(dim: Dim): number | string | null {
  return dim ?? null;
}

export function countOperations(nodes: readonly Pick<Node, "op" | "domain">[]): OperationCounts {
  return countNames(nodes.map(operationName));
}

/** How often each name is there, the most frequent first. */
export function countNames(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
