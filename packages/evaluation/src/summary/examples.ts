/** The pictures worth looking at: where methods disagree most, and where the first one does best and worst. */
import { controlMethodNames } from "@onnx-lrp/core/names";
import { lookUp } from "@onnx-lrp/onnx-loader/internal";

export interface Example {
  readonly index: number;
  readonly image: string;
  /** Each method's headline at this picture; methods without one are missing. */
  readonly values: Readonly<Record<string, number>>;
  /** The expected value of an uninformed map, if that is known. */
  readonly chance?: number;
}

export interface Examples {
  /** Largest range of headlines over the methods, without the baselines, first. */
  readonly disagree: readonly Example[];
  /** Of the first method, less chance: where the object fills the picture every map is good. */
  readonly best: readonly Example[];
  readonly worst: readonly Example[];
}

export interface ExampleCollector {
  add(example: Example): void;
  result(): Examples;
}

/**
 * Keeps the first few pictures of each list, whatever order they come in; ties go to the lower index.
 *
 * @param first the method whose best and worst pictures are collected
 * @param better of the metric
 */
export function collectExamples(
  first: string | undefined,
  better: "higher" | "lower",
  count: number,
): ExampleCollector {
  const disagree = topList(count);
  const best = topList(count);
  const worst = topList(count);
  return {
    add(example) {
      const withoutControls = Object.entries(example.values)
        .filter(([method]) => !controlMethodNames.has(method))
        .map(([, value]) => value);
      if (withoutControls.length > 1)
        disagree.add(Math.max(...withoutControls) - Math.min(...withoutControls), example);
      const own = first === undefined ? undefined : lookUp(example.values, first);
      if (own === undefined) return;
      const gain = own - (example.chance ?? 0);
      const good = better === "higher" ? gain : -gain;
      best.add(good, example);
      worst.add(-good, example);
    },
    result: () => ({ disagree: disagree.result(), best: best.result(), worst: worst.result() }),
  };
}

function topList(count: number): { add(score: number, example: Example): void; result(): Example[] } {
  const kept: { score: number; example: Example }[] = [];
  return {
    add(score, example) {
      kept.push({ score, example });
      kept.sort((a, b) => b.score - a.score || a.example.index - b.example.index);
      kept.splice(count);
    },
    result: () => kept.map(({ example }) => example),
  };
}
