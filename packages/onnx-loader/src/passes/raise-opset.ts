/**
 * Raises ONNX's operators to opset 17, the oldest at which everything stands that the relevance pass is made of. Models
 * from there on are left as they are: what is emitted means the same at every later opset.
 */
import { subgraphs } from "../attributes.ts";
import { constantReader, constantTensors } from "../constants.ts";
import { createTape, valueNames } from "../emit.ts";
import { textRemedy, UserError } from "../error.ts";
import type { Model, Node } from "../model.ts";
import type { StepContext } from "./opset-step.ts";
import { opsetSteps } from "./opset-steps.ts";
import type { PassResult } from "./pass.ts";
import { mapGraphs } from "./rename.ts";

export const oldestOpset = 7;
export const newestOpset = 26;
const raised = 17;

/** @throws UserError `model` for an opset that is too old or too new */
export function raiseOpset(model: Model): PassResult {
  const opset = model.opsets[""];
  if (opset === undefined) {
    throw new UserError("model", "The model does not say which version of ONNX's operators it uses.");
  }
  if (opset < oldestOpset || opset > newestOpset) {
    throw new UserError(
      "model",
      `The model uses opset ${opset} of ONNX's operators; onnx-lrp reads ${oldestOpset} to ${newestOpset}.`,
      {
        remedies: [
          textRemedy("export it again with opset_version=17"),
          textRemedy(
            opset < oldestOpset ? "raise it with onnx.version_converter in Python" : "update onnx-lrp",
          ),
        ],
      },
    );
  }
  if (opset >= raised) return { model, changed: [] };
  const { graph } = model;
  const types = new Map([...graph.inputs, ...graph.valueInfo].map(({ name, type }) => [name, type?.type]));
  const tape = createTape(valueNames(graph), "raised");
  const context: StepContext = {
    tape,
    typeOf: (value) => types.get(value),
    numbers: constantReader(constantTensors(graph)),
  };
  let count = 0;
  const raiseNodes = (nodes: readonly Node[]): Node[] =>
    nodes.flatMap((node) => {
      const inside = withInnerGraphs(node, raiseNodes);
      const changed = raiseNode(inside, opset, context);
      const before = tape.take();
      if (changed === inside) return [inside];
      count += 1;
      return [...before, changed];
    });
  const nodes = raiseNodes(graph.nodes);
  // Constants made for nodes of inner graphs lie in the outer one, whose values they may use.
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  const changes = count === 0 ? "" : `, by changing ${count} node${count === 1 ? "" : "s"}`;
  return {
    model: { ...model, opsets: { ...model.opsets, "": raised }, graph: { ...graph, nodes, initializers } },
    changed: [`Opset ${opset} is raised to ${raised}${changes}.`],
  };
}

function withInnerGraphs(node: Node, change: (nodes: readonly Node[]) => Node[]): Node {
  if (subgraphs(node).length === 0) return node;
  const attributes = mapGraphs(node.attributes, (inner) => ({ ...inner, nodes: change(inner.nodes) }));
  return { ...node, attributes };
}

function raiseNode(node: Node, opset: number, context: StepContext): Node {
  if (node.domain !== "") return node;
  return opsetSteps
    .filter(({ since }) => since > opset)
    .reduce((now, step) => (step.op === now.op ? step.apply(now, context) : now), node);
}
