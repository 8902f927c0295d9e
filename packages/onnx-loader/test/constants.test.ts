import { graphOf, node } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import {
  type Attributes,
  floatValue as float,
  floatTensor,
  intValue as int,
  int64Tensor,
  intsValue as ints,
  type Node,
  type Tensor,
} from "../src/index.ts";
import { constantReader, constantTensors } from "../src/internal.ts";

function readerOf(nodes: readonly Node[], initializers: readonly Tensor[] = [], largest?: number) {
  const graph = graphOf({ nodes, inputs: [], outputs: [], initializers });
  return constantReader(constantTensors(graph), largest);
}

test.each<[string, Attributes, readonly number[], readonly number[]]>([
  ["value", { value: { kind: "tensor", value: int64Tensor("", [2, 1], [7, -8]) } }, [2, 1], [7, -8]],
  ["value_float", { value_float: float(0.5) }, [], [0.5]],
  ["value_int", { value_int: int(-3) }, [], [-3]],
  ["value_floats", { value_floats: { kind: "floats", value: [1, 1, 2.5] } }, [3], [1, 1, 2.5]],
  ["value_floats of one number", { value_floats: { kind: "floats", value: [4] } }, [1], [4]],
  ["value_ints", { value_ints: ints([0, 9]) }, [2], [0, 9]],
])("a Constant node with %s", (_, attributes, dims, numbers) => {
  const constant = node("Constant", [], ["c"], attributes);
  const graph = graphOf({ nodes: [constant], inputs: [], outputs: [] });
  expect(constantTensors(graph).get("c")?.dims).toEqual(dims);
  expect(readerOf([constant])("c")).toEqual(numbers);
});

test("an Identity gives a constant another name", () => {
  const nodes = [
    node("Constant", [], ["c"], { value_int: int(6) }),
    node("Identity", ["c"], ["d"]),
    node("Identity", ["d"], ["e"]),
    node("Identity", ["w"], ["v"]),
  ];
  const numbers = readerOf(nodes, [floatTensor("w", [2], [1, 2])]);
  expect(numbers("e")).toEqual([6]);
  expect(numbers("v")).toEqual([1, 2]);
});

test("what is computed, a string, or of another domain is no constant", () => {
  const foreign = { ...node("Constant", [], ["f"], { value_int: int(1) }), domain: "own" };
  const numbers = readerOf([
    node("Constant", [], ["s"], { value_string: { kind: "string", value: "a" } }),
    node("Identity", ["x"], ["i"]),
    node("Neg", ["w"], ["n"]),
    foreign,
  ]);
  for (const name of ["s", "i", "n", "f", "x", ""]) expect(numbers(name), name).toBeUndefined();
});

test("large constants and those in other files are not read", () => {
  const external: Tensor = {
    name: "far",
    type: "float32",
    dims: [1],
    storage: { kind: "external", location: "far.bin", offset: 0, length: 4 },
  };
  const initializers = [
    floatTensor("three", [3], [1, 2, 3]),
    floatTensor("four", [4], [1, 2, 3, 4]),
    external,
  ];
  const numbers = readerOf([], initializers, 3);
  expect(numbers("three")).toEqual([1, 2, 3]);
  expect(numbers("four")).toBeUndefined();
  expect(numbers("far")).toBeUndefined();
  expect(readerOf([], [floatTensor("most", [65_536], new Float32Array(65_536))])("most")).toHaveLength(
    65_536,
  );
  expect(readerOf([], [floatTensor("more", [65_537], new Float32Array(65_537))])("more")).toBeUndefined();
});

test.each<[Tensor["type"], readonly number[], readonly number[]]>([
  ["int2", [0b11_10_01_00, 0b00_00_00_10], [0, 1, -2, -1, -2]],
  ["uint2", [0b11_10_01_00, 0b00_00_00_10], [0, 1, 2, 3, 2]],
  ["int4", [0xe1, 0x87, 0x0f], [1, -2, 7, -8, -1]],
  ["uint4", [0xe1, 0x87, 0x0f], [1, 14, 7, 8, 15]],
])("packed integers of type %s", (type, bytes, numbers) => {
  const packed: Tensor = {
    name: "p",
    type,
    dims: [5],
    storage: { kind: "raw", bytes: Uint8Array.from(bytes) },
  };
  expect(readerOf([], [packed])("p")).toEqual(numbers);
});
