/** Shapes that the loader tells by itself, against onnxruntime's own inference. */
import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { expect, test } from "vitest";
import { evidentOperations } from "../src/evident-shapes.ts";
import { floatTensor, inferShapes, int64Tensor, type Model, writeModel } from "../src/index.ts";
import { runtime } from "./shared.ts";

/** What an operation takes besides the signal; what is broadcast, another signal of more axes. */
const others: Readonly<Record<string, readonly string[]>> = {
  ...{ BatchNormalization: ["c", "c", "c", "c"], InstanceNormalization: ["c", "c"], PRelu: ["slope"] },
  CumSum: ["axis"],
  ...Object.fromEntries(["Add", "Div", "Max", "Mean", "Min", "Mul", "Sub", "Sum"].map((op) => [op, ["row"]])),
};

const initializers = [
  floatTensor("c", [3], [1, 2, 3]),
  floatTensor("slope", [3, 1, 1], [0.1, 0.2, 0.3]),
  floatTensor("row", [7, 1, 3, 1, 5], new Array(105).fill(1)),
  int64Tensor("axis", [], [1]),
];

function networkOf(op: string, outputs: readonly string[]): Model {
  const signal = op === "Not" ? "yes" : "x";
  return modelOf({
    opset: 20,
    nodes: [
      node("Cast", ["x"], ["yes"], { to: 9 }),
      node(op, [signal, ...(others[op] ?? [])], ["y"], op === "LRN" ? { size: 3 } : {}),
      node("Shape", ["y"], ["s"]),
    ],
    inputs: [value("x", [2, 3, 4, 5])],
    outputs: outputs.map(output),
    initializers,
  });
}

test.each(evidentOperations)("%s", async (op) => {
  const shapes = await inferShapes(networkOf(op, ["s"]), runtime, { sizes: {} });
  const session = await runtime.InferenceSession.create(writeModel(networkOf(op, ["y"])), {
    logSeverityLevel: 3,
  });
  const [told] = session.outputMetadata;
  expect(told?.isTensor && { type: told.type, dims: told.shape }).toEqual(shapes.get("y"));
  await session.release();
});

test("what cannot be broadcast has no evident shape, and is refused by onnxruntime", async () => {
  const nodes = [node("Add", ["x", "y"], ["z"]), node("Shape", ["z"], ["s"])];
  const inputs = [value("x", [2, 3]), value("y", [2, 4])];
  const model = modelOf({ nodes, inputs, outputs: [output("s")] });
  await expect(inferShapes(model, runtime, { sizes: {} })).rejects.toThrow(/onnxruntime refuses the model/);
});

test("an open size stays unknown", async () => {
  const nodes = [node("Add", ["x", "x"], ["y"]), node("Relu", ["y"], ["z"]), node("Shape", ["z"], ["s"])];
  const model = modelOf({ nodes, inputs: [value("x", ["n", 3])], outputs: [output("s")] });
  const open = await inferShapes(model, runtime, { sizes: {} });
  expect(open.has("z")).toBe(false);
  const closed = await inferShapes(model, runtime, { sizes: {}, batch: "n" });
  expect(closed.get("z")?.dims).toEqual([{ times: 1 }, 3]);
});
