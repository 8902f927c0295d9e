/** Runs a network in float64, node by node. */
import { type Model, type Node, tensorNumbers } from "@onnx-lrp/onnx-loader";
import { Conv, ConvTranspose } from "./convolution.ts";
import * as denseLayers from "./dense.ts";
import * as elementwise from "./elementwise.ts";
import * as normalization from "./normalization.ts";
import type { Operation } from "./operation.ts";
import * as pooling from "./pooling.ts";
import { Resize } from "./resize.ts";
import * as routing from "./routing.ts";
import { type Dense, dense } from "./tensor.ts";

const operations: Readonly<Record<string, Operation>> = {
  ...elementwise,
  ...normalization,
  ...routing,
  ...denseLayers,
  ...pooling.operations,
  Conv,
  ConvTranspose,
  Resize,
};

export type Values = ReadonlyMap<string, Dense>;

export function inputsOf(node: Node, values: Values): (Dense | undefined)[] {
  return node.inputs.map((name) => (name === "" ? undefined : values.get(name)));
}

export function runNode(node: Node, inputs: readonly (Dense | undefined)[], output = 0): Dense {
  const operation = operations[node.op];
  if (operation === undefined) throw new Error(`the oracle does not know ${node.op}`);
  return operation(node, inputs, output);
}

const constants = new WeakMap<Model, Values>();

function constantsOf(model: Model): Values {
  const known = constants.get(model);
  if (known !== undefined) return known;
  const values = new Map<string, Dense>();
  for (const [name, tensor] of model.graph.initializers)
    values.set(name, dense(tensor.dims, tensorNumbers(tensor)));
  constants.set(model, values);
  return values;
}

/** Every value of the network for this picture or batch. */
export function runForward(model: Model, image: Dense): Values {
  const values = new Map(constantsOf(model));
  values.set(model.graph.inputs[0]?.name ?? "", image);
  for (const node of model.graph.nodes) {
    // Of other operations nothing asks for more than the first output.
    const outputs = node.op === "Split" ? node.outputs : node.outputs.slice(0, 1);
    for (const [i, name] of outputs.entries()) values.set(name, runNode(node, inputsOf(node, values), i));
  }
  return values;
}
