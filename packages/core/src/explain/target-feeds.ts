/** Targets as the inputs of an explanation model. */
import type { Tensor } from "onnxruntime-common";
import type { Runtime } from "../network/runtime.ts";
import { sizesOf } from "../output-port/output-port.ts";
import type { PreparedExplanation } from "../prepare.ts";
import { contrasted, type Target, weightsOf } from "../targets/target.ts";

interface TargetFeeds {
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Picture by picture, those of each target without what it is contrasted with; undefined where targets are classes. */
  readonly weights: readonly Float32Array[] | undefined;
}

export function targetFeeds(
  runtime: Runtime,
  { analysis, compiled }: PreparedExplanation,
  targets: readonly (readonly Target[])[],
  against: readonly (readonly Target[])[] | undefined,
): TargetFeeds {
  const { names, targetForm } = compiled;
  const { head } = analysis.graph;
  const [pictures, count] = [targets.length, targets[0]?.length ?? 0];
  if (targetForm === "weights") {
    const weights = targets.flatMap((list) => list.map((target) => weightsOf(head, target)));
    const others = against?.flatMap((list) => list.map((target) => weightsOf(head, target)));
    const size = weights[0]?.length ?? 0;
    const data = new Float32Array(weights.length * size);
    for (const [i, own] of weights.entries()) {
      const other = others?.[i];
      data.set(other === undefined ? own : contrasted(own, other), i * size);
    }
    const tensor = new runtime.Tensor("float32", data, [pictures, count, ...sizesOf(head)]);
    return { feeds: { [names.targets]: tensor }, weights };
  }
  const classes = (lists: readonly (readonly Target[])[]) =>
    new runtime.Tensor("int64", BigInt64Array.from(lists.flat(), toInteger), [pictures, count]);
  const contrast =
    names.against === undefined || against === undefined ? {} : { [names.against]: classes(against) };
  return { feeds: { [names.targets]: classes(targets), ...contrast }, weights: undefined };
}

/** Requests have been checked before: an explainer of classes is asked with numbers. */
function toInteger(target: Target): bigint {
  return BigInt(typeof target === "number" ? target : 0);
}
