// packages/core/src/rules/absolute.ts
import { branch, type Rule, share, signed } from "../../packages/core/src/rules/rule.ts";

/** |v| = v+ - v- */
const magnitude = signed(1, -1);

/** Shares by |x w|, whatever the signs: R_i = sum_j |x_i w_ij| R_j / sum_i |x_i w_ij|. */
export const absolute: Rule = {
  kind: "shares",
  name: "custom",
  title: "absolute",
  branches: [branch([share(magnitude, magnitude)])],
};
