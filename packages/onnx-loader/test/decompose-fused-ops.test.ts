import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { expect, test } from "vitest";
import {
  type Attribute,
  type Attributes,
  floatValue as float,
  floatTensor,
  intValue as int,
  intsValue as ints,
  type Model,
  stringValue as string,
  type Tensor,
} from "../src/index.ts";
import { decomposeFusedOps } from "../src/internal.ts";
import { difference, floats, noise, run } from "./shared.ts";

const list = (...value: number[]): Attribute => ({ kind: "floats", value });
const tensor = (name: string, ...dims: number[]): Tensor =>
  floatTensor(
    name,
    dims,
    noise(
      dims.reduce((a, b) => a * b, 1),
      name.length,
    ),
  );

interface Case {
  readonly op: string;
  readonly dims: readonly number[];
  readonly more?: readonly string[];
  readonly attributes?: Attributes;
  readonly tensors?: readonly Tensor[];
}

function modelFor({ op, dims, more = [], attributes = {}, tensors = [] }: Case): Model {
  const model = modelOf({
    nodes: [{ ...node(op, ["x", ...more], ["y"], attributes, "fused"), domain: "com.microsoft" }],
    inputs: [value("x", dims)],
    outputs: [output("y")],
    initializers: tensors,
  });
  return { ...model, opsets: { "": 17, "com.microsoft": 1 } };
}

const conv = {
  op: "FusedConv",
  dims: [1, 2, 5, 5],
  more: ["w", "bi"],
  tensors: [tensor("w", 3, 2, 3, 3), tensor("bi", 3)],
};
const gemm = {
  op: "FusedGemm",
  dims: [4, 5],
  more: ["w", "bi"],
  tensors: [tensor("w", 5, 3), tensor("bi", 3)],
};
const activation = (name: string, ...parameters: number[]): Attributes => ({
  activation: string(name),
  ...(parameters.length === 0 ? {} : { activation_params: list(...parameters) }),
});

const cases: readonly Case[] = [
  { ...conv, attributes: activation("Relu") },
  { ...conv, attributes: { ...activation("Tanh"), pads: ints([1, 0, 1, 0]) } },
  { ...conv, attributes: activation("Sigmoid") },
  { ...conv, attributes: activation("LeakyRelu", 0.3) },
  { ...conv, attributes: activation("Clip", -0.1, 0.4) },
  { ...conv, attributes: activation("HardSigmoid", 0.3, 0.4) },
  { ...conv, more: ["w"], tensors: [tensor("w", 3, 2, 3, 3)], attributes: activation("Relu") },
  {
    ...conv,
    more: ["w", "bi", "sum"],
    tensors: [...conv.tensors, tensor("sum", 1, 3, 3, 3)],
    attributes: activation("Relu"),
  },
  { ...gemm, attributes: { activation: string("Relu"), alpha: float(0.5) } },
  { ...gemm, attributes: { activation: string("LeakyRelu"), activation_alpha: float(0.2) } },
  { ...gemm, attributes: { activation: string("Elu"), activation_alpha: float(0.7) } },
  {
    op: "FusedMatMul",
    dims: [4, 5],
    more: ["w"],
    tensors: [tensor("w", 3, 5)],
    attributes: { transB: int(1), alpha: float(0.5) },
  },
  { op: "FusedMatMul", dims: [2, 4, 5], more: ["w"], tensors: [tensor("w", 2, 5, 3)] },
  {
    op: "FusedMatMul",
    dims: [2, 4, 5],
    more: ["w"],
    tensors: [tensor("w", 2, 3, 5)],
    attributes: { transB: int(1) },
  },
  { op: "Gelu", dims: [3, 7] },
  { op: "BiasGelu", dims: [3, 7], more: ["bi"], tensors: [tensor("bi", 7)] },
  { op: "FastGelu", dims: [3, 7] },
  { op: "FastGelu", dims: [3, 7], more: ["bi"], tensors: [tensor("bi", 7)] },
  { op: "QuickGelu", dims: [3, 7] },
  { op: "QuickGelu", dims: [3, 7], attributes: { alpha: float(1) } },
];

const told = ({ op, more = [], attributes = {} }: Case) =>
  `${op} of ${["x", ...more]}${Object.entries(attributes).map(([name, { value }]) => `, ${name} ${value}`)}`;

test.each(cases.map((one) => [told(one), one] as const))("%s", async (_, one) => {
  const model = modelFor(one);
  const split = decomposeFusedOps(model);
  expect(split.changed).toEqual(["1 fused operation of onnxruntime's is written out."]);
  expect(split.model.graph.nodes.every(({ domain }) => domain === "")).toBe(true);
  expect(split.model.graph.nodes.at(-1)?.name).toBe("fused");
  const feeds = { x: floats(one.dims, 3) };
  expect(difference((await run(model, feeds)).y, (await run(split.model, feeds)).y)).toBeLessThan(1e-5);
});

test.each([
  [{ ...conv, attributes: activation("Mystery") }, /the activation Mystery/],
  [{ ...gemm, op: "FusedMatMul", attributes: { transA: int(1) } }, /transposes an activation/],
  [{ ...gemm, op: "FusedMatMul", attributes: { transBatchB: int(1) } }, /transposes an activation/],
])("what is not known is refused by name", (one, reason) => {
  const { kind, message } = userErrorOf(() => decomposeFusedOps(modelFor(one)));
  expect(kind).toBe("unsupported");
  expect(message).toMatch(reason);
  expect(message).toContain('"fused"');
});

test("ONNX's own Gelu is left alone", () => {
  const model = modelOf({
    opset: 20,
    nodes: [node("Gelu", ["x"], ["y"])],
    inputs: [value("x", [2])],
    outputs: [output("y")],
  });
  expect(decomposeFusedOps(model)).toEqual({ model, changed: [] });
});
