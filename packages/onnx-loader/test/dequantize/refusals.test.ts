/** Nodes that cannot be dequantized are refused by name. */
import { modelOf, node, output } from "@onnx-lrp/test-kit/model";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { expect, test } from "vitest";
import {
  type Attribute,
  floatTensor,
  intValue as int,
  int64Tensor,
  intsValue as ints,
} from "../../src/index.ts";
import { dequantize } from "../../src/internal.ts";
import { noise } from "../shared.ts";
import { dequantized, grid, integers, microsoft, modelFor, quantize, step, weights } from "./quantized.ts";

test.each([
  [
    "each channel of an activation with a separate scale",
    [
      node("QuantizeLinear", ["x", "s6", "z6"], ["q"], {}, "culprit"),
      node("DequantizeLinear", ["q", "s6", "z6"], ["y"]),
    ],
  ],
  ["computes with quantized values", [quantize("x", "q"), node("Sign", ["q"], ["y"], {}, "culprit")]],
  [
    "computes with quantized values",
    [quantize("x", "q"), { ...microsoft("Other", ["q"], ["y"]), name: "culprit" }],
  ],
  [
    "has a second output",
    [quantize("x", "q"), node("MaxPool", ["q"], ["r", "y"], { kernel_shape: ints([1]) }, "culprit")],
  ],
  ["quantizes to bool", [node("QuantizeLinear", ["x", "q/s", "flag"], ["y"], {}, "culprit")]],
] as const)("a node that %s is refused by name", (reason, nodes) => {
  const model = modelFor({
    title: "",
    dims: [2, 6],
    nodes,
    constants: [
      ...grid("q", step, "uint8"),
      floatTensor("s6", [6], noise(6)),
      integers("z6", "int8", [6], [0, 0, 0, 0, 0, 0]),
      { name: "flag", type: "bool", dims: [], storage: { kind: "raw", bytes: Uint8Array.of(0) } },
    ],
  });
  const { kind, message } = userErrorOf(() => dequantize(model));
  expect(kind).toBe("unsupported");
  expect(message).toContain('"culprit"');
  expect(message).toContain(reason);
});

const dynamicQuantize = node("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"]);

test.each([
  ["clips values", [node("Relu", ["q"], ["y"], {}, "culprit")]],
  ["combines a constant with values", [node("Add", ["q", "w"], ["y"], {}, "culprit")]],
  ["combines a constant with values", [node("Concat", ["q", "w"], ["y"], { axis: int(0) }, "culprit")]],
  ["combines a constant with values", [node("Pad", ["q", "pads"], ["y"], {}, "culprit")]],
  [
    "combines a constant with values",
    [node("MatMulInteger", ["q", "v", "qz"], ["m"]), node("Add", ["m", "b"], ["y"], {}, "culprit")],
  ],
] as const)("of numbers with a scale from the picture, a node that %s is refused", (reason, nodes) => {
  const model = modelFor({
    title: "",
    dims: [2, 6],
    nodes: [dynamicQuantize, ...nodes],
    constants: [
      weights("w", "uint8", [2, 6]),
      weights("v", "int8", [6, 6]),
      integers("b", "int32", [6], [1, 2, 3, 4, 5, 6]),
      int64Tensor("pads", [4], [0, 1, 0, 1]),
    ],
  });
  const { message } = userErrorOf(() => dequantize(model));
  expect(message).toContain('"culprit"');
  expect(message).toContain(reason);
});

test("a branch that takes quantized numbers is refused by name", () => {
  const branch: Attribute = {
    kind: "graph",
    value: { ...modelOf({ nodes: [dequantized("q", "d")], inputs: [], outputs: [output("d")] }).graph },
  };
  const model = modelFor({
    title: "",
    dims: [2, 6],
    nodes: [
      quantize("x", "q"),
      node("If", ["flag"], ["y"], { then_branch: branch, else_branch: branch }, "culprit"),
    ],
    constants: grid("q", step, "uint8"),
  });
  expect(userErrorOf(() => dequantize(model)).message).toMatch(
    /"culprit" uses quantized values in a subgraph/,
  );
});
