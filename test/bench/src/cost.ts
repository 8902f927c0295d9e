/**
 * What a model costs as its shapes tell, on any machine alike: nodes, and the multiply-adds of its convolutions and
 * matrix products. What depends on no input is computed once, when the session is made, and does not count.
 */
import type { PreparedExplanation } from "@onnx-lrp/core/internal";
import { inferShapes, type Model, type Node, type SessionFactory, UserError } from "@onnx-lrp/onnx-loader";
import type { Shapes } from "@onnx-lrp/onnx-loader/internal";

export interface Cost {
  readonly nodes: number;
  readonly multiplyAdds: number;
}

/** @param sizes numbers for the symbolic dimensions, such as N and K */
async function costOf(
  model: Model,
  runtime: SessionFactory,
  sizes: Readonly<Record<string, number>>,
): Promise<Cost> {
  const shapes = await inferShapes(model, runtime, { sizes });
  const live = dependentOnInputs(model);
  const nodes = model.graph.nodes.filter(({ outputs }) => outputs.some((name) => live.has(name)));
  const multiplyAdds = nodes.reduce((sum, node) => sum + multiplyAddsOf(node, shapes), 0);
  return { nodes: nodes.length, multiplyAdds };
}

function dependentOnInputs({ graph }: Model): Set<string> {
  const live = new Set(graph.inputs.map(({ name }) => name));
  for (const { inputs, outputs } of graph.nodes) {
    if (inputs.some((name) => live.has(name))) for (const name of outputs) live.add(name);
  }
  return live;
}

function multiplyAddsOf(node: Node, shapes: Shapes): number {
  const [x = "", w = ""] = node.inputs;
  const [y = ""] = node.outputs;
  switch (node.op) {
    case "Conv":
      // Every output element is a sum over the kernel and the channels of its group: weight [M, C/g, k...].
      return elements(node, shapes, y) * product(dims(node, shapes, w).slice(1));
    case "ConvTranspose":
      // Every input element is spread over the kernel and the channels of its group: weight [C, M/g, k...].
      return elements(node, shapes, x) * product(dims(node, shapes, w).slice(1));
    case "Gemm":
    case "MatMul": {
      const inner = node.attributes.get("transA")?.kind === "int" ? dims(node, shapes, x) : undefined;
      const transposed = node.attributes.get("transA")?.value === 1n;
      const depth = transposed ? inner?.at(-2) : dims(node, shapes, x).at(-1);
      return elements(node, shapes, y) * (depth ?? 0);
    }
    default:
      return 0;
  }
}

function dims(node: Node, shapes: Shapes, value: string): number[] {
  const shape = shapes.get(value);
  if (shape === undefined) {
    throw new UserError(
      "model",
      `The shape of "${value}" at the ${node.op} node "${node.name}" cannot be inferred.`,
    );
  }
  return shape.dims.map(Number);
}

function elements(node: Node, shapes: Shapes, value: string): number {
  return product(dims(node, shapes, value));
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

/** The network's own cost for one picture, and its explanation's for one target and for five. */
export async function explanationCost(
  { plan, compiled }: PreparedExplanation,
  network: Model,
  runtime: SessionFactory,
): Promise<{ readonly forward: Cost; readonly one: Cost; readonly five: Cost }> {
  const { batch } = plan.modelInput;
  const pictures = typeof batch === "string" ? { [batch]: 1 } : {};
  return {
    forward: await costOf(network, runtime, pictures),
    one: await costOf(compiled.model, runtime, { ...pictures, K: 1 }),
    five: await costOf(compiled.model, runtime, { ...pictures, K: 5 }),
  };
}
