/**
 * How a node written for an older opset is written for the next at which its operator changed. Operators that are not
 * listed kept their meaning from opset 7 on (they gained element types, negative axes and the like).
 */

import {
  describeNode,
  floatAttribute,
  int,
  intAttribute,
  ints,
  intsAttribute,
  nodeSubject,
  string,
  stringAttribute,
} from "../attributes.ts";
import { dataTypeCode, isFloat } from "../data-type.ts";
import { capitalize, textRemedy, UserError } from "../error.ts";
import type { Attribute, Node } from "../model.ts";
import { inputOf } from "../node.ts";
import { experimentalSteps } from "./experimental-steps.ts";
import type { OpsetStep, StepContext } from "./opset-step.ts";

/** In the order of the opsets. */
export const opsetSteps: readonly OpsetStep[] = [
  { op: "BatchNormalization", since: 9, apply: dropSpatial },
  { op: "Upsample", since: 9, apply: scalesToInput },
  { op: "Scan", since: 9, apply: refuseOldScan },
  { op: "MeanVarianceNormalization", since: 9, apply: acrossToAxes },
  { op: "Dropout", since: 10, apply: plainDropout("float32") },
  { op: "Slice", since: 10, apply: sliceBoundsToInputs },
  { op: "TopK", since: 10, apply: countToInput },
  { op: "Upsample", since: 10, apply: (node) => resized(node, inputOf(node, 1), "floor") },
  ...experimentalSteps,
  { op: "Clip", since: 11, apply: clipBoundsToInputs },
  { op: "Pad", since: 11, apply: padsToInputs },
  { op: "Resize", since: 11, apply: sayCoordinates },
  { op: "Scatter", since: 11, apply: (node) => ({ ...node, op: "ScatterElements" }) },
  { op: "Dropout", since: 12, apply: plainDropout("bool") },
  { op: "Squeeze", since: 13, apply: listToInput("axes") },
  { op: "Unsqueeze", since: 13, apply: listToInput("axes") },
  { op: "ReduceSum", since: 13, apply: listToInput("axes") },
  { op: "Split", since: 13, apply: listToInput("split") },
  { op: "Softmax", since: 13, apply: flatSoftmax },
  { op: "LogSoftmax", since: 13, apply: flatSoftmax },
  { op: "Hardmax", since: 13, apply: flatSoftmax },
  { op: "BatchNormalization", since: 14, apply: sayTraining },
];

function without(node: Node, ...names: readonly string[]): Node {
  return { ...node, attributes: new Map([...node.attributes].filter(([key]) => !names.includes(key))) };
}

function withInputs(node: Node, inputs: readonly string[]): Node {
  return { ...node, inputs };
}

/** Statistics for each channel (spatial = 1) became the only kind. */
function dropSpatial(node: Node): Node {
  if (intAttribute(node, "spatial", 1) === 1) return without(node, "spatial");
  throw new UserError(
    "unsupported",
    `${capitalize(describeNode(node))} normalizes each position separately (spatial = 0), which newer opsets of ONNX cannot express.`,
    { subject: nodeSubject(node) },
  );
}

function scalesToInput(node: Node, { tape }: StepContext): Node {
  const scales = node.attributes.get("scales");
  const values = scales?.kind === "floats" ? scales.value : [];
  return withInputs(without(node, "scales"), [inputOf(node, 0), tape.floats(values, [values.length])]);
}

function resized(node: Node, scales: string, nearest: "floor" | "ceil"): Node {
  const attributes = new Map([
    ["mode", string(stringAttribute(node, "mode", "nearest"))],
    ["coordinate_transformation_mode", string("asymmetric")],
    ["nearest_mode", string(nearest)],
  ]);
  return { ...node, op: "Resize", inputs: [inputOf(node, 0), "", scales], attributes };
}

/**
 * Until opset 10 a pixel's place was its index over the scale, and the nearest pixel was the one before it where an axis
 * grew (Upsample did nothing else) and, so does onnxruntime, the one after it where it shrank. Where axes do both, or that
 * is not known yet, two nodes say it. (onnxruntime copies where no size changes, whatever the scales; so a factor that adds
 * less than a pixel beside another that shrinks comes out otherwise.)
 */
function sayCoordinates(node: Node, { tape, numbers }: StepContext): Node {
  if (node.attributes.has("coordinate_transformation_mode")) return node;
  const scales = inputOf(node, 1);
  const known = numbers(scales);
  const linear = stringAttribute(node, "mode", "nearest") !== "nearest";
  if (linear || known?.every((scale) => scale >= 1)) return resized(node, scales, "floor");
  if (known?.every((scale) => scale <= 1)) return resized(node, scales, "ceil");
  const one = tape.scalar(1);
  const { inputs, attributes } = resized(node, tape.emit("Max", [scales, one]), "floor");
  const grown = tape.emit("Resize", inputs, Object.fromEntries(attributes));
  return resized({ ...node, inputs: [grown] }, tape.emit("Min", [scales, one]), "ceil");
}

function refuseOldScan(node: Node): Node {
  throw new UserError(
    "unsupported",
    `${capitalize(describeNode(node))} is a Scan of opset 8, which newer opsets of ONNX cannot express.`,
    { subject: nodeSubject(node), remedies: [textRemedy("export the network again without it")] },
  );
}

/** Statistics over the whole picture or over each channel's; that the variance is not 1 could be switched off. */
function acrossToAxes(node: Node): Node {
  if (intAttribute(node, "normalize_variance", 1) !== 1) {
    throw new UserError(
      "unsupported",
      `${capitalize(describeNode(node))} subtracts the mean only (normalize_variance = 0), which newer opsets of ONNX cannot express.`,
      { subject: nodeSubject(node) },
    );
  }
  const axes = intAttribute(node, "across_channels", 0) === 1 ? [1, 2, 3] : [2, 3];
  return { ...node, attributes: new Map([["axes", ints([0, ...axes])]]) };
}

/**
 * Dropout at inference hands its input on. A mask, which nothing should ask for, but files list among their outputs, is
 * full of zeros there, in a type that changed.
 */
function plainDropout(type: "float32" | "bool"): OpsetStep["apply"] {
  return (node, { tape }) => {
    const input = inputOf(node, 0);
    const [output = "", mask = ""] = node.outputs;
    if (mask !== "") {
      const zeros = tape.emit("ConstantOfShape", [tape.emit("Shape", [input])]);
      const to = int(dataTypeCode(type));
      tape.push({
        op: "Cast",
        domain: "",
        name: mask,
        inputs: [zeros],
        outputs: [mask],
        attributes: new Map([["to", to]]),
      });
    }
    return { ...without(node, "ratio", "is_test"), outputs: [output] };
  };
}

/** Until opset 13 a node that also had statistics as outputs took the batch's own; there were four, and two are left. */
function sayTraining(node: Node): Node {
  const [output = "", ...statistics] = node.outputs;
  const plain = without(node, "is_test");
  if (statistics.every((name) => name === "")) return { ...plain, outputs: [output] };
  const attributes = new Map(plain.attributes).set("training_mode", int(1));
  return { ...plain, outputs: [output, ...statistics.slice(0, 2)], attributes };
}

function sliceBoundsToInputs(node: Node, { tape }: StepContext): Node {
  const starts = intsAttribute(node, "starts") ?? [];
  const ends = intsAttribute(node, "ends") ?? [];
  const axes = intsAttribute(node, "axes") ?? starts.map((_, axis) => axis);
  // Beyond 2^53 a bound only means "to the end".
  const safe = (bounds: readonly number[]) =>
    bounds.map((b) => Math.max(Math.min(b, 2 ** 53 - 1), -(2 ** 53)));
  const inputs = [inputOf(node, 0), tape.ints(safe(starts)), tape.ints(safe(ends)), tape.ints(axes)];
  return withInputs(without(node, "starts", "ends", "axes"), inputs);
}

function countToInput(node: Node, { tape }: StepContext): Node {
  const count = tape.ints([intAttribute(node, "k", 1)]);
  return withInputs(without(node, "k"), [inputOf(node, 0), count]);
}

function clipBoundsToInputs(node: Node, context: StepContext): Node {
  const bound = (name: string): string =>
    node.attributes.has(name) ? scalar(context, node, floatAttribute(node, name, 0)) : "";
  const inputs = [inputOf(node, 0), bound("min"), bound("max")];
  return withInputs(without(node, "min", "max"), inputs);
}

function padsToInputs(node: Node, context: StepContext): Node {
  const pads = context.tape.ints(intsAttribute(node, "pads") ?? []);
  const value = floatAttribute(node, "value", 0);
  const inputs = [inputOf(node, 0), pads, ...(value === 0 ? [] : [scalar(context, node, value)])];
  return withInputs(without(node, "pads", "value"), inputs);
}

/** A number as a tensor of the type that the node's input has. */
function scalar({ tape, typeOf }: StepContext, node: Node, value: number): string {
  const number = tape.scalar(value);
  const type = typeOf(inputOf(node, 0));
  if (type === undefined || type === "float32" || !isFloat(type)) return number;
  return tape.emit("Cast", [number], { to: int(dataTypeCode(type)) });
}

function listToInput(name: string): OpsetStep["apply"] {
  return (node, { tape }) => {
    const values = intsAttribute(node, name);
    if (values === undefined) return node;
    // An empty list always meant what leaving it out means.
    if (values.length === 0) return without(node, name);
    return withInputs(without(node, name), [inputOf(node, 0), tape.ints(values)]);
  };
}

/** All axes from `axis` on were taken together: Flatten, softmax over the last axis, and back to the shape. */
function flatSoftmax(node: Node, { tape }: StepContext): Node {
  const input = inputOf(node, 0);
  const axis: Attribute = { kind: "int", value: BigInt(intAttribute(node, "axis", 1)) };
  const shape = tape.emit("Shape", [input]);
  const flat = tape.emit("Flatten", [input], { axis });
  const inner = tape.emit(node.op, [flat], { axis: { kind: "int", value: -1n } });
  return { ...node, op: "Reshape", inputs: [inner, shape], attributes: new Map() };
}
