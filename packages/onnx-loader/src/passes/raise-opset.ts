/**
 * Raises ONNX's operators to opset 17, the oldest at which everything stands that the relevance pass is made of.
 * Nodes from there on are left as they are: what is emitted means the same at every later opset.
 *
 * Steps that change a node, by operator; all others kept their meaning from opset 11 on:
 * - 12 Dropout: the attribute `ratio` became an input
 * - 13 Squeeze, Unsqueeze, ReduceSum: the attribute `axes` became an input; Split: `split` likewise
 * - 13 Softmax, LogSoftmax, Hardmax: over one axis (default last), where all axes from `axis` (default 1) on were taken
 */
import { intAttribute, intsAttribute } from "../attributes.ts";
import { createTape, type Tape, valueNames } from "../emit.ts";
import { UserError } from "../error.ts";
import type { Attribute, Model, Node } from "../model.ts";
import type { PassResult } from "./pass.ts";

export const oldestOpset = 11;
export const newestOpset = 26;
const raised = 17;

type Step = (node: Node, tape: Tape) => readonly Node[];

interface OpsetStep {
  /** The opset with which the operator's meaning changed. */
  readonly since: number;
  readonly apply: Step;
}

const steps: Readonly<Record<string, OpsetStep>> = {
  Dropout: { since: 12, apply: (node) => [without(node, "ratio")] },
  Squeeze: { since: 13, apply: axesToInput("axes") },
  Unsqueeze: { since: 13, apply: axesToInput("axes") },
  ReduceSum: { since: 13, apply: axesToInput("axes") },
  Split: { since: 13, apply: axesToInput("split") },
  Softmax: { since: 13, apply: flatSoftmax },
  LogSoftmax: { since: 13, apply: flatSoftmax },
};

/** @throws UserError `model` for an opset that is too old or too new */
export function raiseOpset(model: Model): PassResult {
  const opset = model.opsets[""];
  if (opset === undefined)
    throw new UserError("model", "The model does not say which version of ONNX's operators it uses.");
  if (opset < oldestOpset || opset > newestOpset) {
    throw new UserError(
      "unsupported",
      `The model uses opset ${opset} of ONNX's operators; onnx-lrp reads ${oldestOpset} to ${newestOpset}. ` +
        (opset < oldestOpset
          ? "Export it again with opset_version=17, or raise it with onnx.version_converter in Python."
          : "Export it again with opset_version=17, or update onnx-lrp."),
    );
  }
  if (opset >= raised) return { model, changed: [] };
  const { graph } = model;
  const tape = createTape(valueNames(graph), "raised");
  let count = 0;
  const nodes = graph.nodes.flatMap((node) => {
    const step = node.domain === "" ? steps[node.op] : undefined;
    if (step === undefined || opset >= step.since) return [node];
    count += 1;
    tape.nodes.length = 0;
    return step.apply(node, tape);
  });
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  const note = `Opset ${opset} is raised to ${raised}${count === 0 ? "" : `, by changing ${count} node${count === 1 ? "" : "s"}`}.`;
  return {
    model: { ...model, opsets: { ...model.opsets, "": raised }, graph: { ...graph, nodes, initializers } },
    changed: [note],
  };
}

function without(node: Node, name: string): Node {
  return { ...node, attributes: new Map([...node.attributes].filter(([key]) => key !== name)) };
}

function axesToInput(name: string): Step {
  return (node, tape) => {
    const values = intsAttribute(node, name);
    if (values === undefined) return [node];
    return [{ ...without(node, name), inputs: [node.inputs[0] ?? "", tape.ints(values)] }];
  };
}

/** Takes all axes from `axis` on together: Flatten, softmax over the last axis, and back to the shape. */
function flatSoftmax(node: Node, tape: Tape): readonly Node[] {
  const [input = ""] = node.inputs;
  const axis: Attribute = { kind: "int", value: BigInt(intAttribute(node, "axis", 1)) };
  const shape = tape.emit("Shape", [input]);
  const flat = tape.emit("Flatten", [input], { axis });
  const inner = tape.emit(node.op, [flat], { axis: { kind: "int", value: -1n } });
  return [
    ...tape.nodes,
    {
      op: "Reshape",
      domain: "",
      name: node.name,
      inputs: [inner, shape],
      outputs: node.outputs,
      attributes: new Map(),
    },
  ];
}
