/** Words on results, which the terminal and figures share. */
import type { Explainer } from "@onnx-lrp/core";
import { className, shortNumber } from "../format.ts";
import type { TargetResult } from "./results.ts";

/** "against tiger cat 52 %, tabby 46 %"; undefined where no rivals were subtracted. */
export function rivalsNote(rivals: TargetResult["rivals"], most = 3): string | undefined {
  if (rivals.length === 0) return undefined;
  const names = rivals
    .slice(0, most)
    .map(({ class: index, label, weight }) => `${className(label, index)} ${Math.round(100 * weight)} %`);
  return `against ${names.join(", ")}`;
}

/** What the map of LRP sums to, and the score that it is a part of. */
export function sumNote({ head, record }: Explainer, sum: number, logit: number): string | undefined {
  if (record.method !== "lrp" || Number.isNaN(logit)) return undefined;
  const whole = head.kind === "score" ? shortNumber(logit) : `a logit of ${shortNumber(logit)}`;
  const lost = Math.abs(sum - logit) > 0.01 * Math.abs(logit);
  return `sums to ${shortNumber(sum)} of ${whole}${lost ? "; biases and stabilizers kept the rest" : ""}`;
}

/** What a number that is no score of a class is called. */
export function numberName({ form, output }: Explainer["head"], label: string | null, index: number): string {
  return label ?? (form === "single" ? output : `output ${index}`);
}

/** The sum of a map. */
export function total(relevance: Float32Array): number {
  return relevance.reduce((sum, value) => sum + value, 0);
}
