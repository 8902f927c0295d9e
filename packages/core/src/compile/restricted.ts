/**
 * A node as if it made only that part of its output which relevance comes back to: the same operation of parts of its inputs
 * and weights. What is left out propagates zeros, in products as large as all others.
 */
import { type Node, outputOf } from "@onnx-lrp/onnx-loader";
import { axesAlong } from "../operators/along.ts";
import type { Behaviour, Site } from "../operators/operator.ts";
import { type Part, partDims, shareOf, whole } from "../operators/part.ts";
import { operatorOf } from "../operators/registry.ts";
import { sameSize } from "../operators/size.ts";
import type { RelevanceNode } from "../relevance-graph/node.ts";
import type { BaselinePass } from "./baseline-pass.ts";
import type { TakePart } from "./parts.ts";
import type { NodeContext } from "./propagate-node.ts";

/** Of more than this, taking the parts costs what is saved. */
const largestShare = 0.75;

export interface Restricted {
  readonly at: RelevanceNode;
  readonly context: NodeContext;
  /** The part of each of the node's inputs that it takes. */
  readonly inputParts: readonly Part[];
}

/**
 * @param part of the node's first output
 * @returns undefined where the node mixes the places of the part, or is no smaller for it
 */
export function restricted(
  context: NodeContext,
  at: RelevanceNode,
  part: Part,
  take: TakePart,
): Restricted | undefined {
  const { node, site, behaviour } = at;
  if (part.length === 0 || at.unknown !== undefined || behaviour.kind === "route") return undefined;
  const output = outputOf(node);
  if (shareOf(site.shape(output), part) > largestShare) return undefined;
  const inputParts = partsOfInputs(site, part);
  if (inputParts === undefined) return undefined;

  const taken = new Map<string, { readonly value: string; readonly part: Part }>();
  const partOf = (value: string, own: Part): string => {
    if (value === "" || own.length === 0) return value;
    const name = take(value, site.shape(value), own);
    taken.set(name, { value, part: own });
    return name;
  };
  const small: Node = {
    ...node,
    inputs: node.inputs.map((input, index) => partOf(input, inputParts[index] ?? whole)),
    outputs: [partOf(output, part), ...node.outputs.slice(1)],
  };
  const original = (name: string) => taken.get(name)?.value ?? name;
  const smallSite: Site = {
    node: small,
    isSignal: site.isSignal,
    dependsOnImage: (name) => site.dependsOnImage(original(name)),
    shape: (name) => partDims(site.shape(original(name)), taken.get(name)?.part ?? whole),
    numbers: (name) => (taken.has(name) ? undefined : site.numbers(name)),
    producer: (name) => site.producer(original(name)),
  };
  const own = behaviourAt(behaviour, smallSite);
  if (own === undefined) return undefined;

  const { inputs, baseline } = context;
  const smallContext: NodeContext = {
    ...context,
    inputs: {
      part(value, dims, wanted) {
        const place = taken.get(value);
        if (place === undefined) return inputs.part(value, dims, wanted);
        const all = site.shape(place.value);
        const found = inputs.part(place.value, all, wanted);
        if (found === undefined) return undefined;
        if (found.isForwardValue) return { value, dims, isForwardValue: true };
        // What serves every place has a size of 1 there.
        const there = place.part.filter(({ axis }) => sameSize(found.dims[axis], all[axis]));
        const name = take(found.value, found.dims, there);
        return { value: name, dims: partDims(found.dims, there), isForwardValue: false };
      },
    },
    ...(baseline === undefined ? {} : { baseline: baselineOf(baseline, taken, site, take) }),
  };
  return {
    at: { ...at, node: small, site: smallSite, behaviour: own },
    context: smallContext,
    inputParts,
  };
}

function partsOfInputs(site: Site, part: Part): Part[] | undefined {
  const inputs: Part[] = site.node.inputs.map(() => whole);
  for (const entry of part) {
    const axes = axesAlong(site, entry.axis);
    if (axes === undefined) return undefined;
    for (const [index, axis] of axes.entries()) {
      if (axis === undefined) continue;
      inputs[index] = [...(inputs[index] ?? whole), { ...entry, axis }].sort((a, b) => a.axis - b.axis);
    }
  }
  return inputs;
}

/** What the operation is there, if that is of the same kind. */
function behaviourAt(before: Behaviour, site: Site): Behaviour | undefined {
  const found = operatorOf(site.node)?.describe(site);
  if (found === undefined || found.kind === "unsupported") return undefined;
  if (before.kind !== "linear") return found.kind === before.kind ? found : undefined;
  if (found.kind === "pass") return found.linear?.();
  if (found.kind === "bilinear") return found.linear(before.inputs[0] === found.inputs[0] ? 0 : 1);
  return found.kind === "linear" ? found : undefined;
}

function baselineOf(
  baseline: BaselinePass,
  taken: ReadonlyMap<string, { readonly value: string; readonly part: Part }>,
  site: Site,
  take: TakePart,
): BaselinePass {
  return {
    ...baseline,
    value(name) {
      const place = taken.get(name);
      if (place === undefined) return baseline.value(name);
      return take(baseline.value(place.value), site.shape(place.value), place.part);
    },
  };
}
