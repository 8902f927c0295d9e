import { graphOf, modelOf, node, output } from "@onnx-lrp/test-kit/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  allTensors,
  type ByteSource,
  byteSize,
  type DataType,
  elementCount,
  floatTensor,
  type Model,
  type ModelSkeleton,
  mapTensors,
  readModel,
  readWithoutWeights,
  type Tensor,
  writeModel,
} from "../src/index.ts";
import { runs, testModels } from "./shared.ts";
import { bytesField, intField, join } from "./wire.ts";

/** The longest payload that is read. */
const largest = 512 * 1024;

function sourceOf(bytes: Uint8Array): ByteSource & { readonly read_: { bytes: number; calls: number } } {
  const read_ = { bytes: 0, calls: 0 };
  return {
    size: bytes.length,
    read_,
    read(into, at) {
      if (at < 0 || at + into.length > bytes.length) throw new Error(`read of ${into.length} at ${at}`);
      read_.bytes += into.length;
      read_.calls += 1;
      into.set(bytes.subarray(at, at + into.length));
    },
  };
}

function sparse(bytes: Uint8Array): ModelSkeleton {
  const made = readWithoutWeights(sourceOf(bytes), "the file.onnx");
  if (made === undefined) throw new Error("the file was not read");
  return made;
}

/** The model with its payloads taken from the file. */
function restored(model: Model, bytes: Uint8Array): Model {
  return mapTensors(model, (tensor) => {
    if (tensor.storage.kind !== "external" || tensor.storage.location !== "the file.onnx") return tensor;
    const { offset, length } = tensor.storage;
    return { ...tensor, storage: { kind: "raw", bytes: bytes.subarray(offset, offset + length) } };
  });
}

/** All that a model holds, with its bytes as text that tests can compare fast. */
function content(model: Model): string {
  const { source: _, ...rest } = model;
  return JSON.stringify(rest, (_key, part) => {
    if (part instanceof Map) return [...part];
    if (part instanceof Set) return [...part];
    if (ArrayBuffer.isView(part))
      return Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("latin1");
    return typeof part === "bigint" ? String(part) : part;
  });
}

/** A TensorProto with its fields in any order, and some that readers do not know. */
interface MadeTensor {
  readonly bytes: Uint8Array;
  readonly name: string;
}

function tensorBytes(
  name: string,
  code: number,
  payload: Uint8Array,
  elements: number,
  order: readonly number[] = [0, 1, 2, 3, 4],
): Uint8Array {
  const fields = [
    intField(1, elements),
    intField(2, code),
    bytesField(8, name),
    bytesField(9, payload),
    bytesField(12, "what it is for"),
  ];
  return join(order.map((i) => fields[i] ?? new Uint8Array()));
}

const kinds: readonly (readonly [code: number, size: number])[] = [
  [1, 4],
  [2, 1],
  [3, 1],
  [6, 4],
  [7, 8],
  [10, 2],
  [11, 8],
  [16, 2],
];

const tensors = fc
  .tuple(
    fc.constantFrom(...kinds),
    // Far below the limit, at it, and beyond.
    fc.oneof(
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: largest / 8 - 2, max: largest / 8 + 2 }),
      fc.integer({ min: largest - 2, max: largest + 2 }),
    ),
    fc.integer({ min: 0, max: 255 }),
    fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
  )
  .map(([[code, size], elements, seed, order]): ((name: string) => MadeTensor) => {
    const payload = new Uint8Array(elements * size).map((_, i) => (i * 7 + seed) % 251);
    return (name) => ({ name, bytes: tensorBytes(name, code, payload, elements, order) });
  });

const attributeOf = (tensor: Uint8Array) =>
  join([bytesField(1, "value"), bytesField(5, tensor), intField(20, 4)]);

function constant(tensor: Uint8Array, name: string, opFirst: boolean): Uint8Array {
  const op = bytesField(4, "Constant");
  const attribute = bytesField(5, attributeOf(tensor));
  return bytesField(1, join([bytesField(2, name), ...(opFirst ? [op, attribute] : [attribute, op])]));
}

/** Files of initializers and Constant nodes, among fields of tomorrow. */
const files = fc
  .tuple(
    fc.array(fc.tuple(tensors, fc.constantFrom("weight", "constant", "constant, its operation last")), {
      minLength: 1,
      maxLength: 5,
    }),
    fc.boolean(),
  )
  .map(([list, graphFirst]) => {
    const parts = list.map(([make, place], i) => {
      const { bytes, name } = make(`t${i}`);
      return place === "weight" ? bytesField(5, bytes) : constant(bytes, name, place === "constant");
    });
    const graph = bytesField(
      7,
      join([bytesField(2, "g"), ...parts, bytesField(77, "new"), bytesField(12, bytesField(1, "y"))]),
    );
    const rest = join([
      bytesField(8, intField(2, 17)),
      bytesField(14, join([bytesField(1, "k"), bytesField(2, "v")])),
      intField(99, 5),
    ]);
    return join([intField(1, 8), ...(graphFirst ? [graph, rest] : [rest, graph])]);
  });

test("what is read sparsely, with its payloads brought back, is what is read whole", () => {
  let found = 0;
  fc.assert(
    fc.property(files, (bytes) => {
      const { bytes: less, placeOf } = sparse(bytes);
      const [plain, model] = [readModel(bytes), readModel(less)];
      found += bytes.length - less.length > largest / 2 ? 1 : 0;
      expect(content(restored(model, bytes)) === content(plain)).toBe(true);
      // Written whole it is read as the same again.
      expect(content(readModel(writeModel(restored(model, bytes)))) === content(plain)).toBe(true);
      for (const { storage, name } of model.graph.initializers.values()) {
        if (storage.kind !== "raw") continue;
        expect(storage.bytes.length, name).toBeLessThanOrEqual(largest);
        const at = placeOf(storage.bytes.byteOffset - less.byteOffset);
        expect(Buffer.compare(bytes.subarray(at, at + storage.bytes.length), storage.bytes)).toBe(0);
      }
    }),
    runs(40),
  );
  expect(found).toBeGreaterThan(10);
});

test("a damaged file is not read sparsely, or as it is read whole", () => {
  let [equal, refused] = [0, 0];
  const headers = files.chain((bytes) => {
    const { bytes: less, placeOf } = sparse(bytes);
    const change = fc.tuple(fc.nat(less.length - 1), fc.integer({ min: 1, max: 255 }));
    // Mostly near the ends of what was read, where lengths and types stand.
    return fc.tuple(
      fc.constant(bytes),
      fc.constant(placeOf),
      fc.oneof(change, fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 255 }))),
    );
  });
  fc.assert(
    fc.property(headers, ([bytes, placeOf, [index, mask]]) => {
      const damaged = bytes.slice();
      const at = Math.min(placeOf(index), bytes.length - 1);
      damaged[at] = (damaged[at] ?? 0) ^ mask;
      const made = readWithoutWeights(sourceOf(damaged), "the file.onnx");
      const read = made && attempt(() => readModel(made.bytes));
      // The sizes of what is left out are its reader's to compare.
      const model = read && allTensors(read.graph).every(hasSize) ? read : undefined;
      if (model === undefined) {
        refused += 1;
        return;
      }
      const plain = attempt(() => readModel(damaged));
      expect(plain !== undefined && content(restored(model, damaged)) === content(plain)).toBe(true);
      equal += 1;
    }),
    runs(100),
  );
  expect(Math.min(equal, refused)).toBeGreaterThan(5);
});

function hasSize({ type, dims, storage }: Tensor): boolean {
  return storage.kind !== "external" || storage.length === byteSize(type, elementCount(dims));
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

test("a file cut off anywhere is not read sparsely", () => {
  const graph = join([
    bytesField(5, tensorBytes("w", 2, new Uint8Array(largest + 1), largest + 1)),
    bytesField(12, bytesField(1, "y")),
  ]);
  const bytes = join([intField(1, 8), bytesField(7, graph)]);
  expect(sparse(bytes).bytes.length).toBeLessThan(150);
  for (const length of [
    2,
    3,
    5,
    8,
    20,
    40,
    1000,
    largest,
    bytes.length - 60,
    bytes.length - 2,
    bytes.length - 1,
  ]) {
    expect(readWithoutWeights(sourceOf(bytes.subarray(0, length)), "f") === undefined, String(length)).toBe(
      length !== 2,
    );
  }
});

const big = new Uint8Array(largest + 8).fill(3);
const count = big.length / 4;
const weight = tensorBytes("w", 1, big, count);
const inGraph = (...fields: readonly Uint8Array[]) =>
  join([intField(1, 8), bytesField(7, join([...fields, bytesField(12, bytesField(1, "y"))]))]);
const nodeOf = (op: string, attribute: Uint8Array) =>
  bytesField(1, join([bytesField(4, op), bytesField(5, attribute)]));

test.each<[string, Uint8Array]>([
  ["of exactly the limit", bytesField(5, tensorBytes("w", 1, new Uint8Array(largest), largest / 4))],
  ["of four-bit integers, which passes widen", bytesField(5, tensorBytes("w", 22, big, big.length * 2))],
  ["of an unknown type", bytesField(5, tensorBytes("w", 222, big, count))],
  ["without a type", bytesField(5, join([intField(1, count), bytesField(8, "w"), bytesField(9, big)]))],
  ["whose payload is there twice", bytesField(5, join([weight, bytesField(9, big)]))],
  ["with values in fields too", bytesField(5, join([weight, bytesField(4, big)]))],
  ["with external data already", bytesField(5, join([weight, intField(14, 1)]))],
  [
    "in a graph inside a node",
    nodeOf("If", join([bytesField(1, "then_branch"), bytesField(6, bytesField(5, weight)), intField(20, 5)])),
  ],
  [
    "of a Constant of someone else's",
    bytesField(
      1,
      join([bytesField(4, "Constant"), bytesField(7, "own"), bytesField(5, attributeOf(weight))]),
    ),
  ],
  ["of a node that is no Constant", nodeOf("Own", attributeOf(weight))],
])("a tensor %s stays as it is", (_, field) => {
  const bytes = inGraph(field);
  expect(Buffer.compare(sparse(bytes).bytes, bytes)).toBe(0);
});

test("small files, empty ones and others than models give what they are or nothing", () => {
  expect(sparse(new Uint8Array()).bytes).toEqual(new Uint8Array());
  const small = writeModel(
    modelOf({ nodes: [node("Neg", ["x"], ["y"])], inputs: [], outputs: [output("y")] }),
  );
  expect(sparse(small).bytes).toEqual(small);
  for (const other of ["version https://git-lfs", "PK\x03\x04 and so on", "<!doctype html><html>"]) {
    expect(readWithoutWeights(sourceOf(new TextEncoder().encode(other)), "f")).toBeUndefined();
  }
});

test("errors of the reader are passed on", () => {
  const failing = {
    size: 100,
    read: () => {
      throw new Error("the disk is gone");
    },
  };
  expect(() => readWithoutWeights(failing, "f")).toThrow("the disk is gone");
});

/** A file that is made while it is read: what is given, and zeros of any length. */
function fileOf(parts: readonly (Uint8Array | number)[]): ByteSource & { readonly read_: { bytes: number } } {
  const starts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  let size = 0;
  for (const part of parts) {
    if (typeof part !== "number") starts.push({ at: size, bytes: part });
    size += typeof part === "number" ? part : part.length;
  }
  const read_ = { bytes: 0 };
  return {
    size,
    read_,
    read(into, from) {
      read_.bytes += into.length;
      into.fill(0);
      for (const { at, bytes } of starts) {
        const [start, end] = [Math.max(at, from), Math.min(at + bytes.length, from + into.length)];
        if (start < end) into.set(bytes.subarray(start - at, end - at), start - from);
      }
    },
  };
}

/** A field's tag and the length of what follows. */
function headOf(field: number, length: number): Uint8Array {
  const bytes: number[] = [field * 8 + 2];
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

test("weights of many gibibytes are passed over", () => {
  const gib = 2 ** 30;
  const sizes = [3 * gib, gib - 4, 40 * gib];
  const weights = sizes.map((length, i) => {
    const front = join([intField(1, length / 4), intField(2, 1), bytesField(8, `w${i}`), headOf(9, length)]);
    return [headOf(5, front.length + length), front, length] as const;
  });
  const end = bytesField(12, bytesField(1, "y"));
  const inside = weights
    .flat()
    .reduce<number>((sum, part) => sum + (typeof part === "number" ? part : part.length), end.length);
  const file = fileOf([intField(1, 8), headOf(7, inside), ...weights.flat(), end]);
  expect(file.size).toBeGreaterThan(44 * gib - 100);
  const made = readWithoutWeights(file, "huge.onnx");
  expect(file.read_.bytes).toBeLessThan(200_000);
  const { graph } = readModel(made?.bytes ?? new Uint8Array());
  let offset = 2 + headOf(7, inside).length;
  for (const [i, [head, front, length]] of weights.entries()) {
    offset += head.length + front.length;
    expect(graph.initializers.get(`w${i}`)).toEqual({
      name: `w${i}`,
      type: "float32",
      dims: [length / 4],
      storage: { kind: "external", location: "huge.onnx", offset, length },
    });
    offset += length;
  }
  // One byte less, and the last weight would go beyond the end.
  const cut = { ...file, size: file.size - 1 };
  expect(readWithoutWeights(cut, "huge.onnx")).toBeUndefined();
});

test("what is left of a model may not exceed a message's limit", () => {
  const length = 3 * 2 ** 30;
  const front = join([intField(1, length / 4), intField(2, 1), bytesField(8, "w"), headOf(4, length)]);
  const graph = front.length + length + headOf(5, front.length + length).length;
  const file = fileOf([headOf(7, graph), headOf(5, front.length + length), front, length]);
  expect(readWithoutWeights(file, "f")).toBeUndefined();
  expect(file.read_.bytes).toBeLessThan(200_000);
});

test("many small fields take few reads, and the values of weights none", () => {
  const nodes = Array.from({ length: 5000 }, (_, i) => node("Neg", [`v${i}`], [`v${i + 1}`]));
  const initializers = Array.from({ length: 8 }, (_, i) =>
    floatTensor(`w${i}`, [500_000], new Float32Array(500_000)),
  );
  const bytes = writeModel(modelOf({ nodes, inputs: [], outputs: [output("v5000")], initializers }));
  const source = sourceOf(bytes);
  const made = readWithoutWeights(source, "f");
  expect(made?.bytes.length).toBeLessThan(bytes.length - 8 * 2_000_000 + 1000);
  expect(source.read_.calls).toBeLessThan(60);
  expect(source.read_.bytes).toBeLessThan(2 * (made?.bytes.length ?? 0) + 8 * 2 * 16_384);
});

test("weights that are read stand in memory of their own, less what was passed over", () => {
  const tensor = (name: string, length: number, type: DataType = "float32"): Tensor => ({
    name,
    type,
    dims: [length],
    storage: { kind: "raw", bytes: new Uint8Array(4 * length) },
  });
  const graph = graphOf({
    nodes: [],
    inputs: [],
    outputs: [output("y")],
    initializers: [tensor("large", 5_000_000), tensor("small", 10)],
  });
  const bytes = writeModel({ ...modelOf({ nodes: [], inputs: [], outputs: [] }), graph });
  const model = readModel(sparse(bytes).bytes);
  const { storage } = model.graph.initializers.get("small") ?? {};
  expect(storage?.kind === "raw" && storage.bytes.buffer.byteLength).toBeLessThan(500);
});

testModels("reads sparsely what is read whole", (buffer) => {
  const bytes = new Uint8Array(buffer);
  const { bytes: less } = sparse(bytes);
  expect(content(restored(readModel(less), bytes)) === content(readModel(bytes))).toBe(true);
});
