/**
 * Operations that move, repeat, pick, mix or choose elements.
 * checkRule and checkGradient expect what the oracle computes.
 */
import { floatValue as float } from "@onnx-lrp/onnx-loader";
import type { Network } from "@onnx-lrp/test-kit/network";
import { test } from "vitest";
import { zplus } from "../src/rules/index.ts";
import { checkGradient, checkRule, type OperatorCase } from "./operator-check.ts";

type Attributes = Parameters<Network["add"]>[2];

const pad = (mode: string, pads: readonly number[], axes?: readonly number[], opset = 18): OperatorCase => ({
  name: `Pad ${mode} by ${pads}${axes === undefined ? "" : ` of the axes ${axes}`}`,
  opset,
  build: (g, x) =>
    g.add("Pad", [x, g.ints(pads), ...(axes === undefined ? [] : ["", g.ints(axes)])], { mode }),
});

const byScales = (
  name: string,
  scales: readonly number[],
  attributes: Attributes,
  opset = 17,
): OperatorCase => ({
  name: `Resize ${name} by ${scales}`,
  opset,
  build: (g, x) => g.add("Resize", [x, "", g.floats([1, 1, ...scales])], attributes),
});

const toSizes = (
  name: string,
  sizes: readonly number[],
  attributes: Attributes,
  opset = 17,
): OperatorCase => ({
  name: `Resize ${name} to ${sizes}`,
  opset,
  // A fixed batch, for sizes are given for all axes.
  batch: 1,
  build: (g, x) => g.add("Resize", [x, "", "", g.ints([1, 3, ...sizes])], attributes),
});

const pool = (name: string, attributes: Attributes, size = [3, 5, 6]): OperatorCase => ({
  name: `MaxPool ${name}`,
  size,
  build: (g, x) => g.add("MaxPool", [x], attributes),
});

/** A MaxPool whose Indices the file names itself, counted column by column. */
const columnsFirst = (name: string, attributes: Attributes, size?: readonly number[]): OperatorCase => ({
  name: `MaxPool ${name}, Indices of storage_order 1`,
  ...(size === undefined ? {} : { size }),
  build: (g, x) => g.addMany("MaxPool", [x], 2, { ...attributes, storage_order: 1 })[0] ?? "",
});

const reduced = (op: string, axes: readonly number[], keepdims: number): OperatorCase => ({
  name: `${op} over ${axes}${keepdims === 1 ? ", kept" : ""}`,
  build: (g, x) => g.add(op, [x], { axes, keepdims }),
});

/** [1, 3, 4, 6] as [3, 4, 6], worked on, and back as a batch of one. */
const unbatched = (name: string, build: (g: Network, x: string) => string): OperatorCase => ({
  name: `${name}, along the first axis`,
  batch: 1,
  build: (g, x) => g.add("Unsqueeze", [build(g, g.add("Squeeze", [x, g.ints([0])])), g.ints([0])]),
});

const split = (
  name: string,
  sizes: readonly number[] | undefined,
  parts: number,
  used: readonly number[],
  attributes: Attributes,
  opset = 17,
): OperatorCase => ({
  name: `Split ${name}`,
  opset,
  build(g, x) {
    const outputs = g.addMany(
      "Split",
      [x, ...(sizes === undefined ? [] : [g.ints(sizes)])],
      parts,
      attributes,
    );
    return g.add(
      "Concat",
      used.map((part) => g.add("Flatten", [outputs[part] ?? ""])),
      { axis: 1 },
    );
  },
});

const cases: readonly OperatorCase[] = [
  pad("reflect", [0, 0, 1, 2, 0, 0, 3, 1]),
  pad("edge", [0, 1, 0, 2, 0, 0, 3, 1]),
  pad("wrap", [0, 0, 1, 2, 0, 2, 0, 3], undefined, 19),
  pad("reflect", [2, 1, 0, 3], [-1, 2]),
  pad("constant", [1, 2, 0, -1], [3, -2]),
  pad("edge", [-1, 2, 2, -1], [2, 3]),
  byScales("linear", [2, 2], { mode: "linear" }),
  byScales("linear, align_corners", [2, 1.5], {
    mode: "linear",
    coordinate_transformation_mode: "align_corners",
  }),
  byScales("linear, asymmetric", [1.5, 0.5], {
    mode: "linear",
    coordinate_transformation_mode: "asymmetric",
  }),
  byScales("cubic", [2, 1.5], { mode: "cubic", cubic_coeff_a: float(-0.5) }),
  byScales("cubic without what lies outside", [2, 2], { mode: "cubic", exclude_outside: 1 }),
  byScales("linear, antialiased", [0.5, 0.5], { mode: "linear", antialias: 1 }, 18),
  byScales(
    "cubic, antialiased, without what lies outside",
    [0.5, 0.5],
    { mode: "cubic", antialias: 1, exclude_outside: 1 },
    18,
  ),
  byScales("nearest, ceil", [2, 3], {
    mode: "nearest",
    nearest_mode: "ceil",
    coordinate_transformation_mode: "asymmetric",
  }),
  byScales("nearest, align_corners", [3, 1.5], {
    mode: "nearest",
    coordinate_transformation_mode: "align_corners",
  }),
  byScales("nearest, half_pixel and floor", [2, 2], { mode: "nearest", nearest_mode: "floor" }),
  byScales("nearest, smaller", [0.5, 0.5], {
    mode: "nearest",
    nearest_mode: "floor",
    coordinate_transformation_mode: "asymmetric",
  }),
  toSizes("linear", [7, 5], { mode: "linear" }),
  toSizes("linear, pytorch_half_pixel", [1, 9], {
    mode: "linear",
    coordinate_transformation_mode: "pytorch_half_pixel",
  }),
  toSizes("nearest", [7, 9], { mode: "nearest" }),
  {
    name: "Resize with axes",
    opset: 18,
    build: (g, x) => {
      const listed = { kind: "ints", value: [3n, 2n] } as const;
      return g.add("Resize", [x, "", g.floats([1.5, 2])], { mode: "linear", axes: listed });
    },
  },
  {
    name: "Resize of N, H, W, C",
    build(g, x) {
      const last = g.add("Transpose", [x], { perm: [0, 2, 3, 1] });
      return g.add("Resize", [last, "", g.floats([1, 2, 1.5, 1])], { mode: "linear" });
    },
  },
  pool("ceil_mode, dilated, asymmetric pads", {
    kernel_shape: [2, 3],
    strides: [2, 2],
    dilations: [2, 1],
    pads: [0, 1, 1, 0],
    ceil_mode: 1,
  }),
  pool("SAME_UPPER, stride 2", { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" }),
  pool("of single elements, stride 2", { kernel_shape: [1, 1], strides: [2, 3] }),
  pool(
    "dilated as far as it strides",
    { kernel_shape: [2, 2], strides: [3, 2], dilations: [3, 2] },
    [3, 7, 5],
  ),
  pool("of windows larger than what is left of them", {
    kernel_shape: [5, 4],
    strides: [1, 3],
    pads: [4, 3, 4, 3],
  }),
  {
    name: "MaxPool of equals in rows and columns",
    size: [3, 5, 6],
    build: (g, x) => {
      const many = g.add("Clip", [x, g.floats([-0.1], []), g.floats([0.1], [])]);
      return g.add("Add", [
        g.add("MaxPool", [many], { kernel_shape: [3, 3], strides: [2, 1] }),
        g.floats([1], []),
      ]);
    },
  },
  pool("over a line, ceil_mode", { kernel_shape: [3], strides: [2], ceil_mode: 1 }, [3, 8]),
  pool(
    "over a volume, padded",
    { kernel_shape: [2, 2, 2], strides: [1, 2, 1], pads: [1, 0, 1, 0, 0, 1] },
    [2, 3, 4, 3],
  ),
  columnsFirst("over a line", { kernel_shape: [3], strides: [2] }, [3, 8]),
  columnsFirst("2x3, overlapping", { kernel_shape: [2, 3], pads: [1, 0, 0, 1] }),
  columnsFirst("over a volume", { kernel_shape: [2, 1, 2], strides: [1, 2, 1] }, [2, 3, 4, 3]),
  { name: "GlobalMaxPool", build: (g, x) => g.add("GlobalMaxPool", [x]) },
  reduced("ReduceMax", [2, 3], 1),
  reduced("ReduceMax", [1], 0),
  reduced("ReduceMax", [1, 3], 1),
  reduced("ReduceMax", [-2], 0),
  reduced("ReduceMin", [1, 2], 0),
  {
    name: "ReduceMax of everything in a batch of one",
    batch: 1,
    build: (g, x) => g.add("Concat", [g.flatten(g.add("ReduceMax", [x])), g.flatten(x)], { axis: 1 }),
  },
  unbatched("ReduceMax", (g, x) => g.add("ReduceMax", [x], { axes: [0], keepdims: 1 })),
  unbatched("Gather", (g, x) => g.add("Gather", [x, g.ints([2, 0, 0])], { axis: 0 })),
  unbatched("Slice", (g, x) => g.add("Slice", [x, g.ints([2]), g.ints([0]), g.ints([0]), g.ints([-1])])),
  unbatched("Concat", (g, x) =>
    g.add("Concat", [x, g.add("Sigmoid", [x]), g.weights([1, 4, 6])], { axis: 0 }),
  ),
  unbatched("Pad", (g, x) => g.add("Pad", [x, g.ints([1, 0, 0, 2, 0, 0])])),
  unbatched("Pad that cuts off", (g, x) => g.add("Pad", [x, g.ints([-1, 0, 2, 1, 0, 0])])),
  unbatched("Pad by reflection", (g, x) =>
    g.add("Pad", [x, g.ints([1, 0, 0, 2, 0, 0])], { mode: "reflect" }),
  ),
  unbatched("Tile", (g, x) => g.add("Tile", [x, g.ints([2, 1, 3])])),
  unbatched("Expand", (g, x) => {
    const mean = g.add("ReduceMax", [x], { axes: [0], keepdims: 1 });
    return g.add("Expand", [mean, g.ints([4, 1, 1])]);
  }),
  unbatched("Split", (g, x) => {
    const [, last = ""] = g.addMany("Split", [x, g.ints([2, 1])], 2, { axis: 0 });
    return last;
  }),
  unbatched("Transpose", (g, x) => g.add("Transpose", [x], { perm: [2, 0, 1] })),
  split("of channels", [1, 2], 2, [0, 1], { axis: 1 }),
  split("of which a part is not used", [3, 1, 2], 3, [1], { axis: 3 }),
  split("in even parts", undefined, 3, [2, 0], { axis: -1 }),
  {
    ...split("by num_outputs, the last part smaller", undefined, 3, [2, 1], { axis: 3, num_outputs: 3 }, 18),
    size: [3, 4, 7],
  },
  { name: "Tile", build: (g, x) => g.add("Tile", [x, g.ints([1, 2, 1, 3])]) },
  {
    name: "Where with a constant mask",
    build(g, x) {
      const mask = g.add("Greater", [g.weights([4, 6]), g.floats([0], [])]);
      return g.add("Where", [mask, x, g.add("Sigmoid", [x])]);
    },
  },
  {
    name: "Where by what the picture shows, with a constant",
    build(g, x) {
      const mask = g.add("Less", [x, g.floats([0.2], [])]);
      return g.add("Where", [mask, g.weights([3, 1, 1]), x]);
    },
  },
  {
    name: "Where that repeats what it chooses from",
    build(g, x) {
      const mask = g.add("Greater", [x, g.floats([0], [])]);
      return g.add("Where", [mask, g.add("GlobalMaxPool", [x]), x]);
    },
  },
  {
    name: "Max of three",
    build: (g, x) => g.add("Max", [x, g.conv(x, [3, 3, 1, 1]), g.add("GlobalMaxPool", [g.add("Neg", [x])])]),
  },
  { name: "Min of two", build: (g, x) => g.add("Min", [g.conv(x, [3, 3, 1, 1]), x]) },
  { name: "Max of equals", build: (g, x) => g.add("Max", [x, g.add("Identity", [x])]) },
  { name: "Max with a constant", build: (g, x) => g.add("Max", [g.weights([3, 1, 1]), x]) },
  { name: "Min with a constant", build: (g, x) => g.add("Min", [x, g.floats([0.3], []), g.weights([6])]) },
];

test.each(cases)("$name: rules", async (at) => {
  await checkRule(at, zplus, "zplus");
  await checkRule(at, zplus, "zplus", "Softplus");
});

// Where two are equal there is no gradient.
test.each(cases.filter(({ name }) => name !== "Max of equals"))("$name: gradient", (at) => checkGradient(at));
