/** The texts of a node of a relevance graph, and of its tooltip. */
import type { RelevanceGraph } from "@onnx-lrp/core";
import type { GraphNode } from "@onnx-lrp/core/internal";

type Attribute = GraphNode["node"]["attributes"] extends ReadonlyMap<string, infer T> ? T : never;

/** The operation with its most distinctive attributes: `Conv 3x3 /2`, `MaxPool 2x2 /2`. */
export function operationTitle({ node, op }: GraphNode, { shapes }: RelevanceGraph): string {
  const weight = shapes.get(node.inputs[1] ?? "")?.dims;
  const kernel =
    whole(node.attributes.get("kernel_shape")) ?? (convolution.has(op) ? weight?.slice(2) : undefined);
  const strides = whole(node.attributes.get("strides"));
  const group = node.attributes.get("group");
  return [
    op,
    ...(kernel === undefined || kernel.length === 0 ? [] : [kernel.join("x")]),
    ...(strides?.some((stride) => stride !== 1) ? [`/${same(strides)}`] : []),
    ...(group?.kind === "int" && group.value > 1n ? [`in ${group.value} groups`] : []),
  ].join(" ");
}

const convolution: ReadonlySet<string> = new Set(["Conv", "ConvTranspose"]);

function whole(attribute: Attribute | undefined): number[] | undefined {
  return attribute?.kind === "ints" ? attribute.value.map(Number) : undefined;
}

function same(numbers: readonly number[]): string {
  return numbers.every((number) => number === numbers[0]) ? `${numbers[0]}` : numbers.join("x");
}

/** A shape without the batch: `64 x 28 x 28`. */
export function shapeText(shape: readonly (number | string)[] | undefined): string {
  return (shape ?? []).slice(1).join(" x ");
}

/** Everything about a node, in several lines. */
export function tooltip(at: GraphNode, { shapes, image }: RelevanceGraph): string {
  const { node, signals, relevance } = at;
  const whole = (value: string) =>
    value === image.name
      ? "the picture"
      : `${value} [${shapes.get(value)?.dims.map((size) => (typeof size === "number" ? size : "N")) ?? "?"}]`;
  const gates = signals.filter((signal) => !relevance.has(signal));
  return [
    `${at.op} ${at.name}`,
    at.reason ?? `rule: ${at.rule}${at.role === undefined ? "" : `, as ${at.role} layer`}`,
    ...(relevance.size > 0 ? [`sends relevance to: ${[...relevance].map(whole).join(", ")}`] : []),
    ...(gates.length > 0 ? [`sends none to: ${gates.map(whole).join(", ")}`] : []),
    `outputs: ${node.outputs
      .filter((output) => output !== "")
      .map(whole)
      .join(", ")}`,
    ...[...node.attributes].flatMap(([name, attribute]) => attributeLine(name, attribute)),
  ].join("\n");
}

function attributeLine(name: string, attribute: Attribute): string[] {
  switch (attribute.kind) {
    case "float":
    case "int":
    case "string":
      return [`${name}: ${attribute.value}`];
    case "floats":
    case "ints":
    case "strings":
      return attribute.value.length > 16 ? [] : [`${name}: ${attribute.value.join(", ")}`];
    default:
      return [];
  }
}
