import { elementsOf } from "../output-port/output-port.ts";
import type { PreparedExplanation } from "../prepare.ts";
import type { Target } from "../targets/target.ts";

/** Targets for a picture of which only the scores are wanted. */
export function anyTargets({ analysis, compiled }: PreparedExplanation): Target[] {
  const { targetCount = 1, targetForm } = compiled;
  const weights = new Float32Array(elementsOf(analysis.graph.head));
  weights[0] = 1;
  return new Array<Target>(targetCount).fill(targetForm === "classes" ? 0 : { weights });
}
