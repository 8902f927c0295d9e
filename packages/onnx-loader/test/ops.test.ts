/** The tape: its functions write the nodes that their expressions say, and its nodes can be taken away. */
import { createTape, ops } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";

test("an expression becomes nodes from the inside out, and numbers become shared constants", () => {
  const tape = createTape(["a", "b"], "test");
  const op = ops(tape);
  const result = op.mul(op.sub("a", 2), op.where(op.greater("b", 2), 0.5, "b"));
  const nodes = tape.take();
  expect(nodes.map((node) => node.op)).toEqual(["Sub", "Greater", "Where", "Mul"]);
  expect(nodes.at(-1)?.outputs).toEqual([result]);
  expect(nodes[0]?.inputs[1]).toBe(nodes[1]?.inputs[1]);
  expect(tape.initializers.size).toBe(2);
});

test("what is taken is gone, and names are not made again", () => {
  const tape = createTape([], "test");
  const [first] = [tape.emit("Relu", ["x"]), tape.take()];
  tape.alias(first, "y");
  const second = tape.emit("Relu", ["x"]);
  expect(second).not.toBe(first);
  expect(tape.take().map(({ op, inputs, outputs }) => ({ op, inputs, outputs }))).toEqual([
    { op: "Identity", inputs: [first], outputs: ["y"] },
    { op: "Relu", inputs: ["x"], outputs: [second] },
  ]);
  expect(tape.take()).toEqual([]);
});
