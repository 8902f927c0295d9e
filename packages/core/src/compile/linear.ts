/**
 * Turns a rule (rules/rule.ts) at a linear layer (operators/operator.ts) into ONNX nodes:
 *
 *     Z = sum_s c_s g_s(W) f_s(x) + h(b)          once an image
 *     S = factor R / stabilize(Z)                 once a target
 *     R_in = sum_s c_s f_s(x) * g_s(W)^T S        once a target
 *
 * What is zero everywhere is left out (x- of an input that is never negative), and what the forward pass has
 * computed already is taken from there (the whole layer's output).
 */
import { inputOf, outputOf, type Tape } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { EmitContext, Linear } from "../operators/operator.ts";
import { isLarge, stabilize, stabilizedInverse } from "../operators/stabilize.ts";
import type { Branch, Share, SharingRule } from "../rules/index.ts";
import { type PartValue, uniformPart } from "./layer-parts.ts";
import { type LinearContext, type LinearSite, scaled, scaledWeight, shapedBias } from "./linear-layer.ts";
import { applyMirrored, mirroredShare } from "./mirrored.ts";

/** A share with its parts emitted: one part for each input, of which some may vanish. */
interface EmittedShare {
  readonly sign: 1 | -1;
  readonly parts: readonly (PartValue | undefined)[];
  /** undefined for layers without weights of their own. */
  readonly weight: string | undefined;
  /** Whether this share is the layer itself, as the forward pass computed it. */
  readonly whole: boolean;
  /** For layers without weights of their own, one for each input: its part g(w) of the weight over the weight w. */
  readonly factors: readonly number[];
}

/** What a branch of a rule did at a layer, for the conservation report. */
export interface BranchAudit {
  /** The denominator's inverse, zero where nothing is propagated; per image, with the branch's factor in it. */
  readonly inverse: string;
  /** S, per target. */
  readonly scaled: string;
  /** The bias in the denominator. */
  readonly bias: string | undefined;
  readonly branch: Branch;
  /** The denominator before it was stabilized. */
  readonly denominator: string;
  /** The layer's output, by whose sign branches are chosen. */
  readonly output: string;
}

/**
 * Hands the relevance r of a layer's output to its inputs.
 *
 * @param r per target
 * @returns per target, one for each of `linear.inputs`
 */
export function applyRule(
  context: LinearContext,
  layer: LinearSite,
  rule: SharingRule,
  r: string,
  audit?: (branch: BranchAudit) => void,
): string[] {
  const { emission } = context;
  const { linear, site } = layer;
  const q = audit === undefined && linear.inputs.length === 1 ? mirroredShare(rule) : undefined;
  if (q !== undefined && linear.weight !== undefined) {
    return [applyMirrored(context, layer, linear.weight, q, r)];
  }
  const sums: (string | undefined)[] = linear.inputs.map(() => undefined);
  const dims = site.shape(outputOf(site.node));
  const output = linear.inner?.output(emission) ?? outputOf(site.node);
  const terms = linear.inner?.terms?.(emission) ?? linear.inputs.map((index) => inputOf(site.node, index));
  for (const branch of rule.branches) {
    const shares = branch.shares
      .map((share) => emitShare(context, layer, terms, share))
      .filter((share) => share !== undefined);
    if (shares.length === 0) continue;
    const made = emitDenominator(emission, layer, branch, shares, output, audit === undefined);
    const { denominator, bias, dims: zDims } = made;
    const divisor = audit === undefined ? emitDivisor(emission.tape, made, branch) : undefined;
    if (divisor !== undefined) {
      addShares(emission, layer, shares, emission.perTarget.div(r, divisor, dims, zDims), sums);
      continue;
    }
    const inverse = emitInverse(emission.tape, denominator, branch, output);
    const divided = emission.perTarget.mul(r, inverse, dims, zDims);
    audit?.({ inverse, scaled: divided, bias, branch, denominator, output });
    addShares(emission, layer, shares, divided, sums);
  }
  return sums.map((sum, slot) => sum ?? zeroRelevance(emission, layer, slot, r));
}

/** What an input gets that has no part in any share, as one that is never negative and has the weight -1 for zplus. */
function zeroRelevance(emission: EmitContext, { linear }: LinearSite, slot: number, r: string): string {
  const [handed = []] = linear.adjoint(emission, r, [linear.weight ?? ""]);
  return emission.tape.emit("Mul", [handed[slot] ?? "", emission.tape.scalar(0)]);
}

/** @param terms what the map is of, one for each input */
function emitShare(
  context: LinearContext,
  { linear, site }: LinearSite,
  terms: readonly string[],
  share: Share,
): EmittedShare | undefined {
  const factors = linear.inputs.map((_, slot) =>
    linear.weight === undefined ? uniformPart(share.weight, linear.signs?.[slot] ?? 1) : 1,
  );
  const wanted = linear.inner?.terms === undefined ? share.input : withoutNegative(share.input);
  const parts = linear.inputs.map((index, slot) => {
    if (factors[slot] === 0) return undefined;
    const dims = site.shape(inputOf(site.node, index));
    return context.inputs.part(terms[slot] ?? "", dims, wanted);
  });
  if (parts.every((part) => part === undefined)) return undefined;
  const itself = parts.every((part) => part?.isForwardValue === true);
  if (linear.weight === undefined) {
    const whole = itself && factors.every((factor) => factor === 1);
    return { sign: share.sign, parts, weight: undefined, whole, factors };
  }
  const base = scaledWeight(context.emission.tape, linear, linear.weight);
  const weight = context.weightPart(base, site.shape(linear.weight), share.weight);
  if (weight === undefined) return undefined;
  return { sign: share.sign, parts, weight, whole: itself && weight === base, factors };
}

/** The part of values that are never negative. */
function withoutNegative(part: Share["input"]): Share["input"] {
  return part.kind === "signed" ? { ...part, negative: part.positive } : part;
}

interface Denominator {
  readonly denominator: string;
  readonly bias: string | undefined;
  readonly dims: readonly Size[];
  /** Whether `denominatorFloor` is added to it. */
  readonly hasFloor: boolean;
}

/** @param allowFloor add `denominatorFloor` to what cannot be negative, where that costs nothing */
function emitDenominator(
  emission: EmitContext,
  layer: LinearSite,
  branch: Branch,
  shares: readonly EmittedShare[],
  output: string,
  allowFloor: boolean,
): Denominator {
  const { tape } = emission;
  const { linear, site } = layer;
  const bias = linear.bias === undefined ? undefined : shapedBias(tape, linear, linear.bias);
  const wantsBias = bias !== undefined && branch.bias !== undefined;
  const part = wantsBias ? biasPart(tape, bias, branch) : undefined;
  // The forward pass's own output is the share that is the whole layer, its bias included.
  const whole = shares.find((share) => share.whole && share.sign === 1);
  const others = shares.filter((share) => share !== whole);
  let sum: string | undefined;
  let biasDone = false;
  if (whole !== undefined) {
    const keeps = part !== undefined && part === bias;
    sum = bias === undefined || keeps ? output : tape.emit("Sub", [output, bias]);
    biasDone = keeps;
  }
  const count = linear.fusedBiasLength;
  const floored = allowFloor && count !== undefined && others.length > 0 && canUseFloor(branch);
  for (const [i, share] of others.entries()) {
    const floorBias =
      floored && i === 0 ? tape.floats(new Array<number>(count).fill(denominatorFloor)) : undefined;
    const term = applyShare(emission, linear, share, floorBias);
    if (sum === undefined) sum = share.sign === 1 ? term : tape.emit("Neg", [term]);
    else sum = tape.emit(share.sign === 1 ? "Add" : "Sub", [sum, term]);
  }
  if (part !== undefined && !biasDone) sum = tape.emit("Add", [sum ?? "", part]);
  // Parts that do not depend on the image (ones, bounds) have a batch of one, and so has what is made of them alone.
  const outputDims = site.shape(outputOf(site.node));
  const single = shares.every((share) => share.parts.every((p) => p === undefined || p.dims[0] === 1));
  const dims = single ? [1, ...outputDims.slice(1)] : outputDims;
  return { denominator: sum ?? "", bias: part, dims, hasFloor: floored };
}

function applyShare(emission: EmitContext, linear: Linear, share: EmittedShare, bias?: string): string {
  const xs = share.parts.map((part, slot) =>
    part === undefined ? undefined : scaled(emission.tape, part.value, share.factors[slot] ?? 1),
  );
  return linear.apply(emission, xs, share.weight ?? "", bias);
}

function biasPart(tape: Tape, bias: string, { bias: wanted }: Branch): string {
  if (wanted === undefined || (wanted.positive === 1 && wanted.negative === 1)) return bias;
  const up = tape.emit("Mul", [tape.emit("Relu", [bias]), tape.scalar(wanted.positive)]);
  const down = tape.emit("Mul", [tape.emit("Min", [bias, tape.scalar(0)]), tape.scalar(wanted.negative)]);
  return tape.emit("Add", [up, down]);
}

/** Far below any activation, and far enough from the end of float32 that relevance over it stays finite. */
const denominatorFloor = 1e-20;

/**
 * What R may be divided by for S in fewer operations than by `emitInverse`; undefined where it takes that.
 *
 * Where no term of Z can be negative and Z is zero, every term is: x_i w_ij = 0 for all i. What such an output propagates is
 * zero whatever it is divided by, so long as the quotient is finite, and a floor under Z does as well as a case distinction.
 */
function emitDivisor(
  tape: Tape,
  { denominator, hasFloor: floored }: Denominator,
  branch: Branch,
): string | undefined {
  if (branch.when !== "always") return undefined;
  const over = (divisor: string) => scaled(tape, divisor, 1 / branch.factor);
  if (branch.epsilon > 0) return over(stabilize(tape, denominator, branch.epsilon));
  if (!canUseFloor(branch)) return undefined;
  return over(floored ? denominator : tape.emit("Max", [denominator, tape.scalar(denominatorFloor)]));
}

function canUseFloor(branch: Branch): boolean {
  return branch.when === "always" && branch.epsilon === 0 && isNeverNegative(branch);
}

/** A smaller denominator counts as zero: what is divided by it may leave the range of float32. */
const zeroDenominator = 1e-30;

/** 1 / stabilize(Z), and 0 where nothing is propagated. */
function emitInverse(tape: Tape, z: string, branch: Branch, output: string): string {
  const inverse =
    branch.epsilon > 0 ? stabilizedInverse(tape, z, branch.epsilon) : exactInverse(tape, z, branch);
  const whole = scaled(tape, inverse, branch.factor);
  if (branch.when === "always") return whole;
  const serves = tape.emit(branch.when === "positive" ? "Greater" : "Less", [output, tape.scalar(0)]);
  return tape.emit("Where", [serves, whole, tape.scalar(0)]);
}

function exactInverse(tape: Tape, z: string, branch: Branch): string {
  const range = isNeverNegative(branch) ? "nonNegative" : "signed";
  const large = isLarge(tape, z, zeroDenominator, range);
  return tape.emit("Where", [large, tape.emit("Reciprocal", [z]), tape.scalar(0)]);
}

/** Whether no term of a branch's denominator can be negative. */
function isNeverNegative({ shares, bias }: Branch): boolean {
  return (
    bias === undefined &&
    shares.every(({ sign, input, weight }) => sign === 1 && isPositiveProduct(input, weight))
  );
}

/** Whether a share can only raise the denominator: x+ w+, x- w-, ones, squares. */
function isPositiveProduct(input: Share["input"], weight: Share["weight"]): boolean {
  if (input.kind === "one") return weight.kind !== "signed";
  if (input.kind !== "signed" || weight.kind !== "signed") return false;
  const up = input.negative === 0 && weight.negative === 0 && input.positive * weight.positive >= 0;
  const down = input.positive === 0 && weight.positive === 0 && input.negative * weight.negative >= 0;
  return up || down;
}

function addShares(
  emission: EmitContext,
  { linear, site }: LinearSite,
  shares: readonly EmittedShare[],
  divided: string,
  sums: (string | undefined)[],
): void {
  const weights = shares.map((share) => share.weight ?? "");
  const distinct = [...new Set(weights)];
  const handed = linear.adjoint(emission, divided, distinct);
  for (const share of shares) {
    const results = handed[distinct.indexOf(share.weight ?? "")] ?? [];
    for (const [slot, part] of share.parts.entries()) {
      if (part === undefined) continue;
      const dims = site.shape(inputOf(site.node, linear.inputs[slot] ?? 0));
      const product = emission.perTarget.mul(results[slot] ?? "", part.value, dims, part.dims);
      const term = scaled(emission.tape, product, share.factors[slot] ?? 1);
      const before = sums[slot];
      if (before === undefined) sums[slot] = share.sign === 1 ? term : emission.tape.emit("Neg", [term]);
      else sums[slot] = emission.tape.emit(share.sign === 1 ? "Add" : "Sub", [before, term]);
    }
  }
}
