import type { UniformRule } from "./rule.ts";

/** AttnLRP's rule for products of two signals: rule.ts has the formula. */
export function uniform(epsilon: number): UniformRule {
  return { kind: "uniform", name: "uniform", title: `uniform(${epsilon})`, epsilon };
}
