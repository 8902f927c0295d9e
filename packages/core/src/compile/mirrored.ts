/**
 * The gamma rule, and others whose branch for z_j < 0 is the mirror image of that for z_j > 0, in half the products that
 * their branches take. With q = g / (2 + g) the shares of both are
 *
 *     x+ (w + g w+) + x- (w + g w-) = (1 + g/2) (x w + q |x| |w|)     for z_j > 0
 *     x+ (w + g w-) + x- (w + g w+) = (1 + g/2) (x w - q |x| |w|)     for z_j < 0
 *
 * and so are their biases, so that both denominators are sign(z) (1 + g/2) D:
 *
 *     D = |z| + q (|x| |W| + |b|),   S = R sign(z) / D,   R_in = x * W^T S + |x| * q |W|^T (S sign(z))
 */
import { inputOf, ops, outputOf } from "@onnx-lrp/onnx-loader";
import { type SharingRule, type SignedPart, signed } from "../rules/index.ts";
import { type LinearContext, type LinearSite, scaledWeight, shapedBias } from "./linear-layer.ts";

/** v = positive max(v, 0) + negative min(v, 0) as a v + b |v|. */
interface EvenOdd {
  readonly plain: number;
  readonly size: number;
}

const evenOdd = ({ positive, negative }: SignedPart): EvenOdd => ({
  plain: (positive + negative) / 2,
  size: (positive - negative) / 2,
});

/** q, where a rule has the form above with a g above 0; undefined for others. */
export function mirroredShare({ branches }: SharingRule): number | undefined {
  const [up, down, ...others] = branches;
  if (up?.when !== "positive" || down?.when !== "negative" || others.length > 0) return undefined;
  const [first, second] = [coefficients(up), coefficients(down)];
  if (first === undefined || second === undefined) return undefined;
  const mirrors = first.plain === second.plain && first.size === -second.size && first.plain > 0;
  return mirrors && first.size > 0 ? first.size / first.plain : undefined;
}

/** Of x w and |x| |w| in a branch's shares, where nothing else is in them and the bias has the same. */
function coefficients({
  shares,
  bias,
  epsilon,
  factor,
}: SharingRule["branches"][number]): EvenOdd | undefined {
  if (epsilon !== 0 || factor !== 1 || bias === undefined) return undefined;
  const sums = { plain: 0, size: 0, mixed: 0, other: 0 };
  for (const { sign, input, weight } of shares) {
    if (input.kind !== "signed" || weight.kind !== "signed") return undefined;
    const [f, g] = [evenOdd(input), evenOdd(weight)];
    sums.plain += sign * f.plain * g.plain;
    sums.size += sign * f.size * g.size;
    sums.mixed += sign * f.plain * g.size;
    sums.other += sign * f.size * g.plain;
  }
  const own = evenOdd(bias);
  const fits = sums.mixed === 0 && sums.other === 0 && own.plain === sums.plain && own.size === sums.size;
  return fits ? { plain: sums.plain, size: sums.size } : undefined;
}

/** A smaller denominator counts as zero: only an output of zero has it. */
const tiny = 1e-30;

/**
 * @param q `mirroredShare` of the rule
 * @param weight of the layer
 * @returns per target, for the layer's input
 */
export function applyMirrored(
  context: LinearContext,
  { linear, site }: LinearSite,
  weight: string,
  q: number,
  r: string,
): string {
  const { emission } = context;
  const { tape, perTarget } = emission;
  const op = ops(tape);
  const [index = 0] = linear.inputs;
  const x = inputOf(site.node, index);
  const z = outputOf(site.node);
  const [dims, inputDims] = [site.shape(z), site.shape(x)];
  const base = scaledWeight(tape, linear, weight);
  const sizes = context.weightPart(base, site.shape(weight), signed(q, -q)) ?? "";
  const size = context.inputs.part(x, inputDims, signed(1, -1))?.value ?? x;

  const bias = linear.bias === undefined ? undefined : shapedBias(tape, linear, linear.bias);
  const biasSize = bias === undefined ? undefined : op.mul(op.abs(bias), q);
  const sum = linear.apply(emission, [size], sizes);
  const terms = biasSize === undefined ? sum : op.add(sum, biasSize);
  const inverse = op.div(op.sign(z), op.max(op.add(op.abs(z), terms), tiny));

  const plain = linear.adjoint(emission, perTarget.mul(r, inverse, dims, dims), [base])[0]?.[0] ?? "";
  const even = linear.adjoint(emission, perTarget.mul(r, op.abs(inverse), dims, dims), [sizes])[0]?.[0] ?? "";
  return perTarget.add(
    perTarget.mul(plain, x, inputDims, inputDims),
    perTarget.mul(even, size, inputDims, inputDims),
  );
}
