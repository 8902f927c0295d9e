/** A model that is read without its weights is the model that is read whole. */
import { modelOf, node, output } from "@onnx-lrp/test-kit/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readModel, type Tensor, writeModel } from "../src/index.ts";
import { allTensors, byteSize, elementCount, readWithoutWeights } from "../src/internal.ts";
import { runs, testModels } from "./shared.ts";
import { content, largest, restored, sourceOf, sparse } from "./skeleton-source.ts";
import { bytesField, intField, join } from "./wire.ts";

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

testModels("reads sparsely what is read whole", (buffer) => {
  const bytes = new Uint8Array(buffer);
  const { bytes: less } = sparse(bytes);
  expect(content(restored(readModel(less), bytes)) === content(readModel(bytes))).toBe(true);
});
