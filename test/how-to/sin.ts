// packages/core/src/operators/activations.ts
import { activation } from "../../packages/core/src/operators/activation.ts";

// y' = cos x
export const Sin = activation(({ tape, x }) => tape.emit("Cos", [x]));
