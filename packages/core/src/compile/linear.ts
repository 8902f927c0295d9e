/**
 * Turns a rule (rules/rule.ts) at a linear layer (operators/operator.ts) into ONNX nodes:
 *
 *     Z = sum_s c_s g_s(W) f_s(x) + h(b)          once an image
 *     S = factor R / stabilized(Z)                once a target
 *     R_in = sum_s c_s f_s(x) * g_s(W)^T S        once a target
 *
 * What is zero everywhere is left out (x- of an input that is never negative), and what the forward pass has
 * computed already is taken from there (the whole layer's output).
 */
import { type Size, type Tape, UserError } from "@onnx-lrp/onnx-loader";
import type { Emission, Linear, Site } from "../operators/operator.ts";
import type { Branch, Rule, Share } from "../rules/index.ts";
import { type InputParts, type PartValue, uniformPart } from "./layer-parts.ts";

export interface Layer {
  readonly linear: Linear;
  readonly site: Site;
}

export interface LinearContext {
  readonly emission: Emission;
  readonly inputs: InputParts;
  weightPart(weight: string, dims: readonly number[], wanted: Share["weight"]): string | undefined;
}

/** A share with its parts emitted: one part for each input, of which some may vanish. */
interface EmittedShare {
  readonly sign: 1 | -1;
  readonly parts: readonly (PartValue | undefined)[];
  /** undefined for layers without weights of their own. */
  readonly weight: string | undefined;
  /** Whether this share is the layer itself, as the forward pass computed it. */
  readonly whole: boolean;
  readonly factor: number;
}

/** What a branch of a rule did at a layer, for the conservation report. */
export interface BranchAudit {
  /** The denominator's inverse, zero where nothing is handed on; per image, with the branch's factor in it. */
  readonly inverse: string;
  /** S, per target. */
  readonly scaled: string;
  /** The bias as it stands in the denominator. */
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
export function handOn(
  context: LinearContext,
  layer: Layer,
  rule: Rule,
  r: string,
  audit?: (branch: BranchAudit) => void,
): string[] {
  const { emission } = context;
  const sums: (string | undefined)[] = layer.linear.inputs.map(() => undefined);
  for (const branch of rule.branches) {
    const shares = branch.shares
      .map((share) => emitShare(context, layer, share))
      .filter((share) => share !== undefined);
    if (shares.length === 0) continue;
    const output = layer.site.node.outputs[0] ?? "";
    const dims = layer.site.shape(output);
    const { denominator, bias, dims: zDims } = emitDenominator(emission, layer, branch, shares);
    const inverse = emitInverse(emission.tape, denominator, branch, output);
    const scaled = emission.targets.times(r, inverse, dims, zDims);
    audit?.({ inverse, scaled, bias, branch, denominator, output });
    addShares(emission, layer, shares, scaled, sums);
  }
  return sums.map((sum) => {
    if (sum === undefined)
      throw new UserError(
        "unsupported",
        `The rule ${rule.title} has no share for an input of "${layer.site.node.name}".`,
      );
    return sum;
  });
}

function emitShare(context: LinearContext, { linear, site }: Layer, share: Share): EmittedShare | undefined {
  const parts = linear.inputs.map((index) => {
    const value = site.node.inputs[index] ?? "";
    return context.inputs.part(value, site.shape(value), share.input);
  });
  if (parts.every((part) => part === undefined)) return undefined;
  const itself = parts.every((part) => part?.itself === true);
  if (linear.weight === undefined) {
    const factor = uniformPart(share.weight);
    if (factor === 0) return undefined;
    return { sign: share.sign, parts, weight: undefined, whole: itself && factor === 1, factor };
  }
  const base = scaledWeight(context.emission.tape, linear, linear.weight);
  const weight = context.weightPart(base, site.shape(linear.weight).map(Number), share.weight);
  if (weight === undefined) return undefined;
  return { sign: share.sign, parts, weight, whole: itself && weight === base, factor: 1 };
}

/** The weights with the factor that some operators (Gemm's alpha) put on them. */
export function scaledWeight(tape: Tape, linear: Linear, weight: string): string {
  const factor = linear.scales?.weight ?? 1;
  return factor === 1 ? weight : tape.emit("Mul", [weight, tape.floats([factor])]);
}

interface Denominator {
  readonly denominator: string;
  readonly bias: string | undefined;
  readonly dims: readonly Size[];
}

function emitDenominator(
  emission: Emission,
  layer: Layer,
  branch: Branch,
  shares: readonly EmittedShare[],
): Denominator {
  const { tape } = emission;
  const { linear, site } = layer;
  const output = site.node.outputs[0] ?? "";
  const bias = linear.bias === undefined ? undefined : shapedBias(tape, linear, linear.bias);
  const wantsBias = bias !== undefined && branch.bias !== undefined;
  const part = wantsBias ? biasPart(tape, bias, branch) : undefined;
  // The forward pass's own output stands for the share that is the whole layer, its bias included.
  const whole = shares.find((share) => share.whole && share.sign === 1);
  const others = shares.filter((share) => share !== whole);
  let sum: string | undefined;
  let biasDone = false;
  if (whole !== undefined) {
    const keeps = part !== undefined && part === bias;
    sum = bias === undefined || keeps ? output : tape.emit("Sub", [output, bias]);
    biasDone = keeps;
  }
  for (const share of others) {
    const term = applyShare(emission, linear, share);
    if (sum === undefined) sum = share.sign === 1 ? term : tape.emit("Neg", [term]);
    else sum = tape.emit(share.sign === 1 ? "Add" : "Sub", [sum, term]);
  }
  if (part !== undefined && !biasDone) sum = tape.emit("Add", [sum ?? "", part]);
  // Parts that do not depend on the image (ones, bounds) have a batch of one, and so has what is made of them alone.
  const outputDims = site.shape(output);
  const single = shares.every((share) => share.parts.every((p) => p === undefined || p.dims[0] === 1));
  return { denominator: sum ?? "", bias: part, dims: single ? [1, ...outputDims.slice(1)] : outputDims };
}

function applyShare(emission: Emission, linear: Linear, share: EmittedShare): string {
  const xs = share.parts.flatMap((part) => (part === undefined ? [] : [part.value]));
  const [only = ""] = xs;
  const alone = linear.weight === undefined && linear.inputs.length > 1 && xs.length === 1;
  const applied = alone ? only : linear.apply(emission, xs, share.weight ?? "");
  return share.factor === 1
    ? applied
    : emission.tape.emit("Mul", [applied, emission.tape.floats([share.factor])]);
}

/** The bias in a shape that broadcasts to the output. */
function shapedBias(tape: Tape, linear: Linear, bias: string): string {
  const factor = linear.scales?.bias ?? 1;
  const scaled = factor === 1 ? bias : tape.emit("Mul", [bias, tape.floats([factor])]);
  return linear.biasDims.length <= 1 ? scaled : tape.emit("Reshape", [scaled, tape.ints(linear.biasDims)]);
}

function biasPart(tape: Tape, bias: string, { bias: wanted }: Branch): string {
  if (wanted === undefined || (wanted.positive === 1 && wanted.negative === 1)) return bias;
  const up = tape.emit("Mul", [tape.emit("Relu", [bias]), tape.floats([wanted.positive])]);
  const down = tape.emit("Mul", [tape.emit("Min", [bias, tape.floats([0])]), tape.floats([wanted.negative])]);
  return tape.emit("Add", [up, down]);
}

/** A smaller denominator counts as zero: what is divided by it may leave the range of float32. */
const smallest = 1e-30;

/** 1 / stabilized(Z), and 0 where nothing is to be handed on. */
function emitInverse(tape: Tape, z: string, branch: Branch, output: string): string {
  const inverse =
    branch.epsilon > 0 ? stabilizedInverse(tape, z, branch.epsilon) : exactInverse(tape, z, branch);
  const scaled = branch.factor === 1 ? inverse : tape.emit("Mul", [inverse, tape.floats([branch.factor])]);
  if (branch.when === "always") return scaled;
  const serves = tape.emit(branch.when === "positive" ? "Greater" : "Less", [output, tape.floats([0])]);
  return tape.emit("Where", [serves, scaled, tape.floats([0])]);
}

function stabilizedInverse(tape: Tape, z: string, epsilon: number): string {
  const negative = tape.emit("Less", [z, tape.floats([0])]);
  const shift = tape.emit("Where", [negative, tape.floats([-epsilon]), tape.floats([epsilon])]);
  return tape.emit("Reciprocal", [tape.emit("Add", [z, shift])]);
}

function exactInverse(tape: Tape, z: string, branch: Branch): string {
  const sure = branch.shares.every(
    ({ sign, input, weight }) => sign === 1 && isPositiveProduct(input, weight),
  );
  const size = sure ? z : tape.emit("Abs", [z]);
  const normal = tape.emit("Greater", [size, tape.floats([smallest])]);
  return tape.emit("Where", [normal, tape.emit("Reciprocal", [z]), tape.floats([0])]);
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
  emission: Emission,
  { linear, site }: Layer,
  shares: readonly EmittedShare[],
  scaled: string,
  sums: (string | undefined)[],
): void {
  const weights = shares.map((share) => share.weight ?? "");
  const distinct = [...new Set(weights)];
  const handed = linear.adjoint(emission, scaled, distinct);
  for (const share of shares) {
    const results = handed[distinct.indexOf(share.weight ?? "")] ?? [];
    for (const [slot, part] of share.parts.entries()) {
      if (part === undefined) continue;
      const dims = site.shape(site.node.inputs[linear.inputs[slot] ?? 0] ?? "");
      let term = emission.targets.times(results[slot] ?? "", part.value, dims, part.dims);
      if (share.factor !== 1) term = emission.tape.emit("Mul", [term, emission.tape.floats([share.factor])]);
      const before = sums[slot];
      if (before === undefined) sums[slot] = share.sign === 1 ? term : emission.tape.emit("Neg", [term]);
      else sums[slot] = emission.tape.emit(share.sign === 1 ? "Add" : "Sub", [before, term]);
    }
  }
}
