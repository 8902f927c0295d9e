import { UserError } from "@onnx-lrp/onnx-loader";
import { type MethodName, methodNames } from "./names.ts";
import { clrp, lrp, oneHot, type Seed, sglrp } from "./seeds/index.ts";

/** What users type as `--method`: a seed, how it is propagated, and what is done with the result. */
export interface Method {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  readonly seed: Seed;
  /** By the rules of a composite, or by the plain gradient. */
  readonly propagation: "rules" | "gradient";
  /** Multiply the result with the input. */
  readonly timesInput: boolean;
}

export const methods = {
  sglrp: {
    name: "sglrp",
    summary: "Softmax-gradient LRP: what speaks for the class, and what for its rivals (Iwana et al. 2019)",
    seed: sglrp,
    propagation: "rules",
    timesInput: false,
  },
  clrp: {
    name: "clrp",
    summary: "Contrastive LRP: the class against all others alike (Gu et al. 2018)",
    seed: clrp,
    propagation: "rules",
    timesInput: false,
  },
  lrp: {
    name: "lrp",
    summary: "Layer-wise relevance propagation of the class's logit (Bach et al. 2015)",
    seed: lrp,
    propagation: "rules",
    timesInput: false,
  },
  gradient: {
    name: "gradient",
    summary: "The logit's gradient (Simonyan et al. 2014)",
    seed: oneHot,
    propagation: "gradient",
    timesInput: false,
  },
  "input-x-gradient": {
    name: "input-x-gradient",
    summary: "The logit's gradient times the input (Shrikumar et al. 2016)",
    seed: oneHot,
    propagation: "gradient",
    timesInput: true,
  },
} as const satisfies Record<MethodName, Method>;

/** @throws UserError `usage` for a name that is none */
export function methodByName(name: string): Method {
  if (!Object.hasOwn(methods, name)) {
    throw new UserError("usage", `There is no method "${name}". There are: ${methodNames.join(", ")}.`);
  }
  return methods[name as MethodName];
}
