/** The names that users type, apart from the engine, so that a command line can list them without loading it. */

export const methodNames = ["sglrp", "clrp", "lrp", "gradient", "input-x-gradient"] as const;

export type MethodName = (typeof methodNames)[number];

/** `zplus-box`, the SGLRP paper's Eq. 1 and 2, is the default. */
export const compositeNames = [
  "zplus-box",
  "zplus",
  "epsilon",
  "epsilon-plus",
  "epsilon-plus-flat",
  "epsilon-alpha2-beta1",
  "epsilon-gamma-box",
] as const;

export type CompositeName = (typeof compositeNames)[number];

/**
 * What to do with an operation that no rule covers.
 *
 * - `error`: refuse the network, naming it
 * - `pass`: relevance passes unchanged to the signal that has the output's shape
 * - `gradient`: where its derivative is known, the epsilon rule of its linearization: input i of y = f(x) gets
 *   `x_i sum_j dy_j/dx_i R_j / y_j`; of a product of two signals each gets half
 */
export const unknownPolicies = ["error", "pass", "gradient"] as const;

export type UnknownPolicy = (typeof unknownPolicies)[number];
