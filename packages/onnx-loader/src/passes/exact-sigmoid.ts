/**
 * Writes Sigmoid as 1 / (1 + exp(-x)). onnxruntime's own kernel on CPU is a rational function with a small absolute
 * error, which for x = -15 is 17 % of the value and below -18 all of it. A SiLU (x * Sigmoid(x)) then comes out wrong where
 * it is almost zero; rules that share relevance in proportion to such values (z+, alpha-beta) need them right.
 *
 * exp overflows to infinity below x = -88, and the quotient is then 0, as it should be.
 */

import { createTape, valueNames } from "../emit.ts";
import type { Model } from "../model.ts";
import { inputOf, outputOf } from "../node.ts";
import { ops } from "../ops.ts";
import type { PassResult } from "./pass.ts";

/** @param keep values that are to stay as onnxruntime computes them: the class scores */
export function exactSigmoid(model: Model, keep: ReadonlySet<string>): PassResult {
  const { graph } = model;
  const tape = createTape(valueNames(graph), "sigmoid");
  const op = ops(tape);
  let count = 0;
  const nodes = graph.nodes.flatMap((node) => {
    const output = outputOf(node);
    if (node.op !== "Sigmoid" || node.domain !== "" || keep.has(output)) return [node];
    count += 1;
    const sum = op.add(op.exp(op.neg(inputOf(node, 0))), 1);
    return [...tape.take(), { ...node, op: "Reciprocal", inputs: [sum] }];
  });
  if (count === 0) return { model, changed: [] };
  const initializers = new Map([...graph.initializers, ...tape.initializers]);
  const changed = [
    `${count} Sigmoid node${count === 1 ? " is" : "s are"} written out, for more digits near zero.`,
  ];
  return { model: { ...model, graph: { ...graph, nodes, initializers } }, changed };
}
