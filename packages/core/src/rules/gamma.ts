import { branch, negativePart, positivePart, type Rule, share, signed } from "./rule.ts";

/**
 * LRP-gamma: weights that help the output's sign are favoured by 1 + g, bias included. For z_j > 0 these are the
 * positive contributions (Montavon et al. 2019, Eq. 3); for z_j < 0 the signs are exchanged (the generalised form of
 * Andeol et al. 2021). An output of exactly zero propagates nothing.
 */
export function gamma(g: number): Rule {
  const up = signed(1 + g, 1);
  const down = signed(1, 1 + g);
  return {
    kind: "shares",
    name: "gamma",
    title: `gamma(${g})`,
    branches: [
      branch([share(positivePart, up), share(negativePart, down)], { bias: up, when: "positive" }),
      branch([share(positivePart, down), share(negativePart, up)], { bias: down, when: "negative" }),
    ],
  };
}
