/**
 * Integers of nodes that must be in a range before onnxruntime sees them: it divides by some and takes others for lengths
 * without a look, and a division by zero ends the process.
 */
import { describeNode, nodeSubject, subgraphs } from "./attributes.ts";
import { obtainAgain, UserError } from "./error.ts";
import { lookUp } from "./look-up.ts";
import type { Graph, Node } from "./model.ts";

interface Range {
  readonly low: number;
  readonly high: number;
}

/** Longer than any axis, and far from where sums and products of several would overflow. */
const longest = 2 ** 31 - 1;

const positive: Range = { low: 1, high: longest };

/** ONNX has no tensors of more axes than this. */
const mostAxes = 64;

/** By the attribute's name, whichever operation has it: onnxruntime's own operations use the same. */
const ranges: Readonly<Record<string, Range>> = {
  batch_dims: { low: 0, high: mostAxes },
  blocksize: positive,
  dilations: positive,
  group: positive,
  groups: positive,
  kernel_shape: positive,
  kv_num_heads: positive,
  num_groups: positive,
  num_heads: positive,
  num_outputs: positive,
  output_height: positive,
  output_width: positive,
  pads: { low: -longest, high: longest },
  pooled_shape: positive,
  sampling_ratio: { low: 0, high: longest },
  strides: positive,
};

/** @throws UserError `model` naming a node and its attribute */
export function checkAttributes({ nodes }: Pick<Graph, "nodes">): void {
  for (const node of nodes) {
    for (const [name, attribute] of node.attributes) {
      const range = lookUp(ranges, name);
      if (range === undefined) continue;
      const numbers =
        attribute.kind === "int" ? [attribute.value] : attribute.kind === "ints" ? attribute.value : [];
      const wrong = numbers.find((number) => number < range.low || number > range.high);
      if (wrong !== undefined) throw outOfRange(node, name, wrong, range);
    }
    for (const inner of subgraphs(node)) checkAttributes(inner);
  }
}

function outOfRange(node: Node, name: string, found: bigint, { low, high }: Range): UserError {
  return new UserError(
    "model",
    `The attribute "${name}" of ${describeNode(node)} is ${found}, and must be from ${low} to ${high}: the model file is damaged.`,
    { subject: nodeSubject(node), remedies: [obtainAgain] },
  );
}
