/**
 * A seed for single layers, once for the engine and once for the oracle: relevance everywhere, of both signs, with a
 * sum that is not zero, and proportional to z: where z nearly vanishes the epsilon rule divides a rounding error by it,
 * which would say nothing about the rule.
 */
import type { Seed } from "../src/seeds/index.ts";
import type { SeedRule } from "./oracle/seeds.ts";

const share = (n: number) => Math.fround(Math.sin(1 + 7 * n));

const engine: Seed = ({ tape, classes, logits, isTarget }) => {
  const shares = Array.from({ length: classes }, (_, n) => share(n));
  const all = tape.emit("Mul", [logits, tape.floats(shares)]);
  const more = tape.emit("Mul", [all, tape.scalar(3)]);
  return { seed: tape.emit("Where", [isTarget, more, all]), scale: undefined };
};

const oracle: SeedRule = (z, target) => ({
  seed: z.map((value, n) => value * share(n) * (n === target ? 3 : 1)),
  scale: 1,
});

export const mixed = { engine, oracle };
