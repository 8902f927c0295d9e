/** Integer divisions that would end the process wrap around, and all others stay as they are. */
import { graphOf, modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Attribute, int64Tensor } from "../src/index.ts";
import { guardDivision } from "../src/internal.ts";
import { int32Tensor } from "../src/tensor.ts";
import { run, runs, runtime } from "./shared.ts";

const lowest = { int32: -(2n ** 31n), int64: -(2n ** 63n) };
const tensorOf = (type: "int32" | "int64", name: string, values: readonly bigint[]) =>
  type === "int32"
    ? int32Tensor(name, [values.length], values.map(Number))
    : int64Tensor(name, [values.length], values);

/** a op b, with b as a constant or computed in the run. */
async function divide(
  op: "Div" | "Mod",
  type: "int32" | "int64",
  [a, b]: readonly [readonly bigint[], readonly bigint[]],
  computed: boolean,
): Promise<bigint[]> {
  const model = modelOf({
    nodes: [
      ...(computed ? [node("Cast", ["x"], ["zero"], { to: type === "int32" ? 6 : 7 })] : []),
      ...(computed ? [node("Add", ["b", "zero"], ["divisor"])] : []),
      node(op, ["a", computed ? "divisor" : "b"], ["q"]),
      node("Cast", ["q"], ["y"], { to: 7 }),
    ],
    inputs: [value("x", [1])],
    outputs: [output("y")],
    initializers: [tensorOf(type, "a", a), tensorOf(type, "b", b)],
  });
  const { y } = await run(guardDivision(model).model, {
    x: new runtime.Tensor("float32", new Float32Array(1), [1]),
  });
  return Array.from(y?.data as BigInt64Array);
}

test.each(["int32", "int64"] as const)("the lowest %s by -1 wraps around", async (type) => {
  for (const computed of [false, true]) {
    const pair = [
      [lowest[type], 7n, lowest[type]],
      [-1n, -1n, 2n],
    ] as const;
    expect(await divide("Div", type, pair, computed)).toEqual([lowest[type], -7n, lowest[type] / 2n]);
    expect(await divide("Mod", type, pair, computed)).toEqual([0n, 0n, 0n]);
  }
});

test("other numbers are divided as before", async () => {
  const numbers = fc.array(
    fc.tuple(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.oneof(
        fc.constant(-1),
        fc.integer({ min: -100, max: 100 }).filter((n) => n !== 0),
      ),
    ),
    { minLength: 1, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(numbers, fc.boolean(), async (pairs, computed) => {
      const [a, b] = [pairs.map(([n]) => BigInt(n)), pairs.map(([, n]) => BigInt(n))];
      expect(await divide("Div", "int64", [a, b], computed)).toEqual(a.map((n, i) => n / (b[i] ?? 1n)));
      const modulo = (n: bigint, m: bigint) => ((n % m) + m) % m;
      expect(await divide("Mod", "int64", [a, b], computed)).toEqual(a.map((n, i) => modulo(n, b[i] ?? 1n)));
    }),
    runs(20),
  );
});

test("within a branch, too", async () => {
  const branch: Attribute = {
    kind: "graph",
    value: graphOf({ nodes: [node("Div", ["a", "b"], ["q"])], inputs: [], outputs: [output("q")] }),
  };
  const model = modelOf({
    nodes: [
      node("Cast", ["x"], ["c"], { to: 9 }),
      node("If", ["c"], ["k"], { then_branch: branch, else_branch: branch }),
      node("Cast", ["k"], ["y"], { to: 7 }),
    ],
    inputs: [value("x", [])],
    outputs: [output("y")],
    initializers: [tensorOf("int64", "a", [lowest.int64]), tensorOf("int64", "b", [-1n])],
  });
  const { y } = await run(guardDivision(model).model, {
    x: new runtime.Tensor("float32", new Float32Array(1), []),
  });
  expect(y?.data[0]).toBe(lowest.int64);
});

test("floats, and constants without -1, stay as they are", () => {
  const model = modelOf({
    nodes: [node("Div", ["x", "x"], ["d"]), node("Div", ["a", "b"], ["e"]), node("Add", ["d", "d"], ["y"])],
    inputs: [value("x", [1])],
    outputs: [output("y")],
    initializers: [int64Tensor("a", [1], [6]), int64Tensor("b", [1], [2])],
  });
  expect(guardDivision(model).model).toBe(model);
});
