/**
 * A model as plain, read-only data. A pass makes new objects for what it changes and keeps the rest: what was
 * read and not changed is written back byte for byte (see origin.ts).
 */
import type { DataType } from "./data-type.ts";

/** What an .onnx file holds. */
export interface Model {
  readonly irVersion: number;
  /** Operator set version by domain; ONNX's own domain is "". */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly producerVersion: string;
  /** metadata_props. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly graph: Graph;
  /** Model-local functions, encoded as FunctionProto. */
  readonly functions: readonly Uint8Array[];
  /** Fields that onnx-lrp does not read, as they stood in the file. */
  readonly carried: readonly Uint8Array[];
  /** The bytes the model was read from: raw weights are views into them. */
  readonly source?: Uint8Array;
}

/** A graph: of the model, of a subgraph, or of a function. */
export interface Graph {
  readonly name: string;
  /** In an order in which every value is made before it is used. */
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  /** What a caller feeds. In old files initializers are listed among the inputs too; here they are not. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** value_info of the file, and the entries of inputs that are initializers. */
  readonly valueInfo: readonly ValueInfo[];
  /** Names of initializers that the file lists as inputs, so that a caller may override them (IR version 3). */
  readonly overridable: ReadonlySet<string>;
  readonly carried: readonly Uint8Array[];
}

/** One operation. */
export interface Node {
  readonly op: string;
  /** "" for ONNX's own operators. */
  readonly domain: string;
  readonly name: string;
  /** Value names; "" for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly overload?: string;
}

/** An attribute's value. Integers are bigint, since ONNX writes "to the end" as 2^63-1. */
export type Attribute =
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "int"; readonly value: bigint }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "ints"; readonly value: readonly bigint[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: Tensor }
  | { readonly kind: "graph"; readonly value: Graph }
  /** In a function body: refers to the attribute `value` of the calling node. */
  | { readonly kind: "reference"; readonly value: string }
  /** A kind that onnx-lrp does not read: sparse tensors, types, lists of tensors or graphs. */
  | { readonly kind: "opaque"; readonly value: Uint8Array };

/** A constant array: a weight, or the value of an attribute. */
export interface Tensor {
  readonly name: string;
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly storage: TensorStorage;
}

/** Where a tensor's numbers are. */
export type TensorStorage =
  /** Little-endian, row-major; often a view that is not aligned to its element size. */
  | { readonly kind: "raw"; readonly bytes: Uint8Array }
  /** Values in the typed fields (float_data, int64_data, ...) of an encoded TensorProto. */
  | { readonly kind: "fields"; readonly message: Uint8Array }
  | {
      readonly kind: "external";
      readonly location: string;
      readonly offset: number;
      readonly length: number;
    };

/** A dimension: a size, a symbol such as "N", or undefined where nothing is known. */
export type Dim = number | string | undefined;

/** Type of the elements, and sizes of the axes. */
export interface TensorType {
  readonly type: DataType;
  /** undefined where not even the rank is known. */
  readonly dims: readonly Dim[] | undefined;
}

/** What a graph says of a value: its name, and its type where that is known. */
export interface ValueInfo {
  readonly name: string;
  /** undefined for sequences, maps, optionals, or where the file says nothing. */
  readonly type: TensorType | undefined;
  /** What the tensor is about, such as IMAGE (docs/TypeDenotation.md of onnx), if the file says it. */
  readonly denotation?: string;
}
