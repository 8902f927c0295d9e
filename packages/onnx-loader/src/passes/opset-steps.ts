/**
 * How a node written for an older opset is written for the next at which its operator changed. Operators that are not
 * listed kept their meaning from opset 7 on (they gained element types, negative axes and the like).
 */
import { describeNode, floatAttribute, intAttribute, intsAttribute, stringAttribute } from "../attributes.ts";
import { type DataType, isFloat } from "../data-type.ts";
import type { Tape } from "../emit.ts";
import { UserError } from "../error.ts";
import type { Attribute, Node } from "../model.ts";

/** What a step may use: the tape takes nodes that come before the changed one. */
export interface StepContext {
  readonly tape: Tape;
  /** The element type of a value, where the file tells it. */
  typeOf(value: string): DataType | undefined;
}

export interface OpsetStep {
  readonly op: string;
  /** The opset with which the operator changed. */
  readonly since: number;
  apply(node: Node, context: StepContext): Node;
}

/** In the order of the opsets. */
export const opsetSteps: readonly OpsetStep[] = [
  { op: "BatchNormalization", since: 9, apply: dropSpatial },
  { op: "Upsample", since: 9, apply: scalesToInput },
  { op: "Slice", since: 10, apply: sliceBoundsToInputs },
  { op: "TopK", since: 10, apply: countToInput },
  { op: "Upsample", since: 10, apply: upsampleToResize },
  { op: "Clip", since: 11, apply: clipBoundsToInputs },
  { op: "Pad", since: 11, apply: padsToInputs },
  { op: "Dropout", since: 12, apply: (node) => without(node, "ratio") },
  { op: "Squeeze", since: 13, apply: listToInput("axes") },
  { op: "Unsqueeze", since: 13, apply: listToInput("axes") },
  { op: "ReduceSum", since: 13, apply: listToInput("axes") },
  { op: "Split", since: 13, apply: listToInput("split") },
  { op: "Softmax", since: 13, apply: flatSoftmax },
  { op: "LogSoftmax", since: 13, apply: flatSoftmax },
  { op: "Hardmax", since: 13, apply: flatSoftmax },
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
    `${describeNode(node)} normalizes every position by itself (spatial = 0), which newer opsets of ONNX cannot say.`,
  );
}

function scalesToInput(node: Node, { tape }: StepContext): Node {
  const scales = node.attributes.get("scales");
  const values = scales?.kind === "floats" ? scales.value : [];
  return withInputs(without(node, "scales"), [node.inputs[0] ?? "", tape.floats(values, [values.length])]);
}

function upsampleToResize(node: Node): Node {
  const [input = "", scales = ""] = node.inputs;
  const text = (value: string): Attribute => ({ kind: "string", value });
  const mode = stringAttribute(node, "mode", "nearest");
  const attributes = new Map<string, Attribute>([
    ["mode", text(mode)],
    ["coordinate_transformation_mode", text("asymmetric")],
    ["nearest_mode", text("floor")],
  ]);
  return { ...node, op: "Resize", inputs: [input, "", scales], attributes };
}

function sliceBoundsToInputs(node: Node, { tape }: StepContext): Node {
  const starts = intsAttribute(node, "starts") ?? [];
  const ends = intsAttribute(node, "ends") ?? [];
  const axes = intsAttribute(node, "axes") ?? starts.map((_, axis) => axis);
  // Beyond 2^53 a bound only means "to the end".
  const safe = (bounds: readonly number[]) =>
    bounds.map((b) => Math.max(Math.min(b, 2 ** 53 - 1), -(2 ** 53)));
  const inputs = [node.inputs[0] ?? "", tape.ints(safe(starts)), tape.ints(safe(ends)), tape.ints(axes)];
  return withInputs(without(node, "starts", "ends", "axes"), inputs);
}

function countToInput(node: Node, { tape }: StepContext): Node {
  const count = tape.ints([intAttribute(node, "k", 1)]);
  return withInputs(without(node, "k"), [node.inputs[0] ?? "", count]);
}

function clipBoundsToInputs(node: Node, context: StepContext): Node {
  const bound = (name: string): string =>
    node.attributes.has(name) ? scalar(context, node, floatAttribute(node, name, 0)) : "";
  const inputs = [node.inputs[0] ?? "", bound("min"), bound("max")];
  return withInputs(without(node, "min", "max"), inputs);
}

function padsToInputs(node: Node, context: StepContext): Node {
  const pads = context.tape.ints(intsAttribute(node, "pads") ?? []);
  const value = floatAttribute(node, "value", 0);
  const inputs = [node.inputs[0] ?? "", pads, ...(value === 0 ? [] : [scalar(context, node, value)])];
  return withInputs(without(node, "pads", "value"), inputs);
}

/** A number as a tensor of the type that the node's input has. */
function scalar({ tape, typeOf }: StepContext, node: Node, value: number): string {
  const number = tape.floats([value]);
  const type = typeOf(node.inputs[0] ?? "");
  if (type === undefined || type === "float32" || !isFloat(type)) return number;
  return tape.emit("CastLike", [number, node.inputs[0] ?? ""]);
}

function listToInput(name: string): OpsetStep["apply"] {
  return (node, { tape }) => {
    const values = intsAttribute(node, name);
    if (values === undefined) return node;
    return withInputs(without(node, name), [node.inputs[0] ?? "", tape.ints(values)]);
  };
}

/** All axes from `axis` on were taken together: Flatten, softmax over the last axis, and back to the shape. */
function flatSoftmax(node: Node, { tape }: StepContext): Node {
  const [input = ""] = node.inputs;
  const axis: Attribute = { kind: "int", value: BigInt(intAttribute(node, "axis", 1)) };
  const shape = tape.emit("Shape", [input]);
  const flat = tape.emit("Flatten", [input], { axis });
  const inner = tape.emit(node.op, [flat], { axis: { kind: "int", value: -1n } });
  return { ...node, op: "Reshape", inputs: [inner, shape], attributes: new Map() };
}
