// packages/core/src/operators/activations.ts
import { activation } from "../../packages/core/src/operators/activation.ts";

// y' = 1 / (1 + x^2)
export const Atan = activation(({ op, x }) => op.reciprocal(op.add(op.mul(x, x), 1)), "preserved");
