/** Means and sums over axes: linear maps whose weights are all equal and positive. */
import { inputOf, type Node, type Tape } from "@onnx-lrp/onnx-loader";
import { broadcastBack, type Reduced, reducedAxes, reducedOver } from "./axes.ts";
import type { Linear, OperatorEntry, Site, Unsupported } from "./operator.ts";

export function unweighted(parts: Pick<Linear, "inputs" | "apply" | "adjoint" | "inner">): Linear {
  return { kind: "linear", role: "other", weight: undefined, bias: undefined, biasDims: [], ...parts };
}

/** The very node of the forward pass, on another first input. */
export function cloneNodeOn(tape: Tape, node: Node, x: string): string {
  const name = tape.fresh(`${node.name || node.op}/part`);
  tape.push({ ...node, name, inputs: [x, ...node.inputs.slice(1)], outputs: [name] });
  return name;
}

function reduction(site: Site, reduced: Reduced | Unsupported, mean: boolean): Linear | Unsupported {
  if ("reason" in reduced) return reduced;
  return unweighted({
    inputs: [0],
    apply: ({ tape }, [x = ""]) => cloneNodeOn(tape, site.node, x),
    adjoint(emission, s, weights) {
      const { tape } = emission;
      const share = mean ? tape.emit("Mul", [s, tape.scalar(1 / reduced.count)]) : s;
      return weights.map(() => [broadcastBack(emission, share, site, reduced)]);
    },
  });
}

export const GlobalAveragePool: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const space = site.shape(inputOf(site.node, 0)).flatMap((_, axis) => (axis < 2 ? [] : [axis]));
    return reduction(site, reducedOver(site, space), true);
  },
};

export const ReduceMean: OperatorEntry = {
  nonNegative: "preserved",
  describe: (site) => reduction(site, reducedAxes(site), true),
};

export const ReduceSum: OperatorEntry = {
  nonNegative: "preserved",
  describe: (site) => reduction(site, reducedAxes(site), false),
};
