/**
 * Folds constants and branches until neither leaves anything to the other: a branch is taken once its condition is a
 * constant, conditions are computed from shapes, and shapes after an If are known once its branch is taken. So with lists of tensors:
 * they are split by shapes, and the parts then have known shapes.
 *
 * While there are Ifs, shapes are inferred of what lies before them alone: onnxruntime looks into both branches and
 * refuses one that does not fit the shapes, even where it would never be taken.
 */
import type { Graph, Model } from "../model.ts";
import type { SessionFactory } from "../runtime-session.ts";
import { inferShapes, type ShapeRequest, type Shapes } from "../shapes.ts";
import { usedValues } from "../topology.ts";
import { foldConstants } from "./fold-constants.ts";
import { foldIf, isIf } from "./fold-if.ts";
import { lowerCasts } from "./lower-casts.ts";
import { lowerSequences } from "./lower-sequences.ts";
import type { PassResult } from "./pass.ts";

/** @throws UserError `model` when onnxruntime refuses the model */
export async function foldToFixpoint(
  model: Model,
  ort: SessionFactory,
  request: ShapeRequest,
): Promise<PassResult & { readonly shapes: Shapes }> {
  const changed: string[] = [];
  let now = model;
  let branching = true;
  for (;;) {
    branching &&= now.graph.nodes.some(isIf);
    const known = branching ? { ...now, graph: beforeBranches(now.graph) } : now;
    // onnxruntime makes no session of nothing, which is what lies before an If that holds the whole network.
    const empty = known.graph.nodes.length === 0;
    const shapes: Shapes = empty ? new Map() : await inferShapes(known, ort, request);
    const plain = lowerSequences(lowerCasts(now, shapes), shapes);
    if (plain !== now) {
      now = plain;
      continue;
    }
    const constants = await foldConstants(now, shapes, ort);
    if (!branching) return { model: constants.model, changed: [...changed, ...constants.changed], shapes };
    const branches = foldIf(constants.model);
    branching = branches.changed.length > 0;
    if (branching) {
      changed.push(...constants.changed, ...branches.changed);
      now = branches.model;
    }
  }
}

/** The graph without its Ifs and all that depends on them. */
function beforeBranches(graph: Graph): Graph {
  const unknown = new Set<string>();
  const nodes = graph.nodes.filter((node) => {
    if (!isIf(node) && ![...usedValues(node)].some((name) => unknown.has(name))) return true;
    for (const output of node.outputs) if (output !== "") unknown.add(output);
    return false;
  });
  return { ...graph, nodes };
}
