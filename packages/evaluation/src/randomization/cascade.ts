/**
 * Cascading model randomization: Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018, section 3. Weights are
 * re-initialized from the logits down, one more layer at each step. A map that explains the network changes with it; its similarity
 * to the map of the trained network (`spearman`, `ssim`) must fall.
 *
 * The paper draws from the layers' initial distributions, which are not in the file; here each tensor is drawn from the normal
 * distribution with its own mean and standard deviation, so that activations keep their size. Weights and biases of
 * convolutions, Gemm and MatMul are drawn; batch normalization's are not, whose variances must stay positive.
 */
import { createRandom } from "@onnx-lrp/core/internal";
import { type Model, type Node, type Tensor, UserError } from "@onnx-lrp/onnx-loader";
import { constantTensor, type ExternalData, inlineFunctions } from "@onnx-lrp/onnx-loader/internal";
import { charCodes } from "../char-codes.ts";
import { redrawn } from "./redraw.ts";
import { weightLayers } from "./weight-layers.ts";

export interface CascadeOptions {
  readonly seed: number;
  /** The output whose layers are randomized, if the model has several. */
  readonly output?: string | undefined;
  /** Reads the values of tensors stored in another file. */
  readonly read?: ExternalData | undefined;
}

/** A step of the cascade. */
export interface CascadeStep {
  /** The layer that was drawn last. */
  readonly layer: string;
  /** The network with that layer and all above it re-initialized. */
  readonly model: Model;
}

/** Names of the layers that `cascade` goes through, from the logits down. */
export function cascadeLayers(model: Model, { output }: Pick<CascadeOptions, "output"> = {}): string[] {
  return weightLayers(inlineFunctions(model).model, output).map(({ name }) => name);
}

/**
 * The network with its layers re-initialized, one more at each step, from the logits down. Models are made on demand.
 * The values of a tensor depend on the seed and the tensor's name alone.
 *
 * @throws UserError `unsupported` for a network without weights, `usage` for an unknown output, `model` where weights lie in
 * another file and `read` is missing
 */
export function* cascade(model: Model, { seed, output, read }: CascadeOptions): Generator<CascadeStep> {
  let now = inlineFunctions(model).model;
  const layers = weightLayers(now, output);
  if (layers.length === 0) {
    throw new UserError(
      "unsupported",
      "The model has no convolution, Gemm or MatMul with weights of its own, so there is nothing to randomize.",
    );
  }
  for (const { name, tensors } of layers) {
    const drawn = new Map<string, Tensor>();
    for (const [value, tensor] of tensors) {
      drawn.set(value, redrawn(tensor, createRandom(seed, ...charCodes(value)), read));
    }
    now = replaced(now, drawn);
    yield { layer: name, model: now };
  }
}

function replaced(model: Model, tensors: ReadonlyMap<string, Tensor>): Model {
  const { graph } = model;
  const initializers = new Map(graph.initializers);
  for (const [name, tensor] of tensors) if (initializers.has(name)) initializers.set(name, tensor);
  const nodes = graph.nodes.map((node) => {
    const tensor = tensors.get(node.outputs[0] ?? "");
    return tensor === undefined || constantTensor(node) === undefined ? node : withValue(node, tensor);
  });
  return { ...model, graph: { ...graph, initializers, nodes } };
}

/** A Constant node has exactly one attribute. */
function withValue(node: Node, value: Tensor): Node {
  return { ...node, attributes: new Map([["value", { kind: "tensor", value }]]) };
}
