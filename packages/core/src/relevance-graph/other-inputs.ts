/**
 * Where relevance leaves the way to the explained input for another input: at nodes that join values which depend on the
 * one with values that depend on the other alone (Concat, Where). Sums and products have such a value as a constant, which
 * takes no relevance, as biases and weights take none.
 */
import { type Graph, inputOf, type Node } from "@onnx-lrp/onnx-loader";
import { dependentValues } from "@onnx-lrp/onnx-loader/internal";
import type { Behaviour, Route, Site } from "../operators/operator.ts";
import { operatorOf } from "../operators/registry.ts";

/** For each other input that was given a value, every value that depends on it. */
export type FedValues = ReadonlyMap<string, ReadonlySet<string>>;

/** @param graph in which the fed inputs are still inputs */
export function fedValues(graph: Graph, fed: readonly string[]): FedValues {
  return new Map(fed.map((name) => [name, dependentValues(graph, [name])]));
}

/** An edge of a node along which relevance leaves. */
interface OtherEdge {
  /** The node's input. */
  readonly index: number;
  /** Position among the route's own inputs. */
  readonly slot: number;
  /** The other inputs that the value depends on. */
  readonly inputs: readonly string[];
}

/** What a node would be if the other inputs were explained as well. */
export interface OtherInputs {
  readonly route: Route;
  readonly edges: readonly OtherEdge[];
}

/** @returns undefined where all relevance of the node stays on the way to the explained input */
export function otherInputsAt(
  node: Node,
  site: Site,
  behaviour: Behaviour,
  fed: FedValues,
): OtherInputs | undefined {
  if (behaviour.kind !== "route" || fed.size === 0) return undefined;
  const owners = (index: number) =>
    site.isSignal(index)
      ? []
      : [...fed].flatMap(([name, values]) => (values.has(inputOf(node, index)) ? [name] : []));
  const route = operatorOf(node)?.describe({
    ...site,
    isSignal: (index) => site.isSignal(index) || owners(index).length > 0,
  });
  if (route?.kind !== "route") return undefined;
  const edges = route.inputs.flatMap((index, slot) => {
    const inputs = owners(index);
    return inputs.length === 0 ? [] : [{ index, slot, inputs }];
  });
  return edges.length === 0 ? undefined : { route, edges };
}
