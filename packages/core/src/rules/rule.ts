/**
 * A rule says how a linear layer z_j = sum_i x_i w_ij + b_j shares the relevance of its outputs among its inputs.
 *
 * Every rule known to the field is a sum of branches, and every branch has one form:
 *
 *     R_i = factor * sum_j ( sum_s c_s f_s(x_i) g_s(w_ij) ) * R_j / stabilized(Z_j)
 *     Z_j = sum_i sum_s c_s f_s(x_i) g_s(w_ij) + h(b_j)
 *
 * where a share s takes one part f_s of the inputs and one part g_s of the weights. So a rule is data, written
 * once, and no rule knows about convolutions. compile/linear.ts turns this form into ONNX nodes.
 */
import type { BiasConvention, RuleName } from "../names.ts";

/** `positive * max(v, 0) + negative * min(v, 0)`: {1,1} is v itself, {1,0} is v+, {0,1} is v-. */
export interface SignedPart {
  readonly kind: "signed";
  readonly positive: number;
  readonly negative: number;
}

/** Which part of a layer's input a share takes. */
export type InputPart =
  | SignedPart
  /** The lowest (highest) value that each input element could take, as the picture's format allows. */
  | { readonly kind: "low" }
  | { readonly kind: "high" }
  /** 1 wherever there is an input element; zero padding has none. */
  | { readonly kind: "one" };

/** Which part of a layer's weights a share takes. */
export type WeightPart = SignedPart | { readonly kind: "square" } | { readonly kind: "one" };

/** The contribution of an input through a weight, by parts of both: sign times input part times weight part. */
export interface Share {
  /** c_s, +1 or -1. */
  readonly sign: 1 | -1;
  readonly input: InputPart;
  readonly weight: WeightPart;
}

/** A term of a rule: relevance is shared in proportion to the shares, times a factor. */
export interface Branch {
  readonly factor: number;
  readonly shares: readonly Share[];
  /** h: the part of the bias in the denominator, if any. Its share is not propagated. */
  readonly bias: SignedPart | undefined;
  /** Added to the denominator with the denominator's sign (sign(0) = 1). 0: a zero denominator propagates nothing. */
  readonly epsilon: number;
  /** Outputs that this branch serves, by the sign of the layer's output z_j. */
  readonly when: "always" | "positive" | "negative";
}

/** A rule of the form above. */
export interface SharingRule {
  readonly kind: "shares";
  /** `custom`: a rule that is not one of this package's own; its title says which. */
  readonly name: Exclude<RuleName, "gradient" | "pass" | "uniform"> | "custom";
  /** With parameters, as reports print it: `gamma(0.25)`. */
  readonly title: string;
  readonly branches: readonly Branch[];
}

/** No sharing: the transposed map itself, R_i = sum_j w_ij R_j, as a gradient goes. */
export interface GradientRule {
  readonly kind: "gradient";
  readonly name: "gradient";
  readonly title: "gradient";
}

/** Relevance goes on unchanged. For normalizations. */
export interface PassRule {
  readonly kind: "pass";
  readonly name: "pass";
  readonly title: "pass";
}

/**
 * Each factor of a product O = A B of two signals gets half, and a Softmax propagates to what it is of: Achtibat et al. 2024
 * (AttnLRP), Prop. 3.1 and 3.3. For attention.
 *
 *     R_A = A * (G B^T), R_B = B * (A^T G) with G = R / (2 (O + epsilon sign(O)));   R_i = x_i (R_i - s_i sum_j R_j)
 */
export interface UniformRule {
  readonly kind: "uniform";
  readonly name: "uniform";
  readonly title: string;
  readonly epsilon: number;
}

/** How a layer shares out the relevance of its outputs among its inputs, as data. */
export type Rule = SharingRule | GradientRule | PassRule | UniformRule;

export const passRule: PassRule = { kind: "pass", name: "pass", title: "pass" };

/** Relevance propagates as the gradient does: the rule of methods that multiply a seed with the Jacobian. */
export const gradientRule: GradientRule = { kind: "gradient", name: "gradient", title: "gradient" };

/** A part of a number: its positive part times `positive` plus its negative part times `negative`. */
export const signed = (positive: number, negative: number): SignedPart => ({
  kind: "signed",
  positive,
  negative,
});
/** v */
export const all = signed(1, 1);
/** v+ = max(v, 0) */
export const positivePart = signed(1, 0);
/** v- = min(v, 0) */
export const negativePart = signed(0, 1);

/** A share of these parts. @param sign +1 unless given */
export function share(input: InputPart, weight: WeightPart, sign: 1 | -1 = 1): Share {
  return { sign, input, weight };
}

/** A branch for every output, without bias and of which exact zeros propagate nothing; `change` says otherwise. */
export function branch(shares: readonly Share[], change: Partial<Omit<Branch, "shares">> = {}): Branch {
  return { factor: 1, shares, bias: undefined, epsilon: 0, when: "always", ...change };
}

/** Whether a rule takes the lowest or highest value of a layer's inputs, which is known of layers that see the picture. */
export function needsBounds(rule: Rule): boolean {
  if (rule.kind !== "shares") return false;
  return rule.branches.some(({ shares }) =>
    shares.some(({ input }) => input.kind === "low" || input.kind === "high"),
  );
}

/** Whether a rule shares by the whole of inputs and weights, x_i w_ij, in all its branches. */
export function sharesWhole(rule: SharingRule): boolean {
  const isAll = (part: InputPart | WeightPart) =>
    part.kind === "signed" && part.positive === 1 && part.negative === 1;
  return rule.branches.every(({ shares }) =>
    shares.every(({ input, weight }) => isAll(input) && isAll(weight)),
  );
}

/** The rule's title, with the bias convention where it is not the usual one. */
export function titled(title: string, bias: BiasConvention): string {
  return bias === "none" ? title : `${title}, bias ${bias}`;
}

/** h(b) under a convention, for a branch that gathers what raises the output, or what lowers it. */
export function biasUnder(convention: BiasConvention, own: SignedPart): SignedPart | undefined {
  return convention === "none" ? undefined : convention === "positive" ? own : all;
}
