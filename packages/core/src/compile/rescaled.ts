/**
 * DeepLIFT's rescale rule: multipliers m with sum_i m_i (x_i - x0_i) = z_t(x) - z_t(x0) for a baseline x0.
 * Shrikumar et al. 2017, Eq. 7 to 9 and Sect. 3.5.1. With D v = v - v0,
 *
 *     linear map        its transpose
 *     y = f(x)          m_x = m_y D y / D x, and m_y f'(x) where D x is nearly 0
 *     y = a b, y = A B  m_a = m_y (b + b0) / 2,  m_b = m_y (a + a0) / 2, which D(ab) = D a (b+b0)/2 + D b (a+a0)/2 asks for
 *     y = a / b         as a (1/b)
 *     y = max(x_1, ..)  with c = max(y, y0): m_y (c - y0) goes to the winner, m_y (y - c) to the winner of the baseline,
 *                       and each is divided by D x there, so that no share is more than 1; of a minimum c = min(y, y0)
 */
import { inputOf, outputOf } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { sumTo } from "../operators/broadcast.ts";
import type { Behaviour, EmitContext, Rescaled } from "../operators/operator.ts";
import { operatorOf } from "../operators/registry.ts";
import { divideOr, divideOrZero, zeroDifference } from "../operators/stabilize.ts";
import { affineSignal, has } from "../operators/traits.ts";
import type { RelevanceNode } from "../relevance-graph/node.ts";
import type { BaselinePass } from "./baseline-pass.ts";
import { adjointOf, gradient } from "./gradient.ts";

export function rescaled(
  emission: EmitContext,
  at: RelevanceNode,
  received: readonly (string | undefined)[],
  baseline: BaselinePass | undefined,
): string[] {
  if (baseline === undefined) throw new Error("DeepLIFT was asked for without a baseline");
  const { behaviour, node, site } = at;
  const r = received.find((value) => value !== undefined) ?? "";
  // An affine function has the same derivative everywhere, and it is the difference quotient.
  const affine = affineSignal(node, site.dependsOnImage) !== undefined;
  if (behaviour.kind === "pass" && typeof behaviour.derivative === "function" && !affine) {
    return [quotient(emission, at, r, baseline)];
  }
  const own = ownRule(behaviour);
  if (own !== undefined) return own(emission, r, baseline.value);
  if (behaviour.kind === "product" && behaviour.gradient === undefined) {
    return product(emission, at, r, baseline);
  }
  if (behaviour.kind === "bilinear") {
    return ([0, 1] as const).map((of) => {
      const other = inputOf(node, behaviour.inputs[of === 0 ? 1 : 0]);
      return adjointOf(emission, behaviour, of, meanWithBaseline(emission, other, baseline), r);
    });
  }
  if (behaviour.kind === "route" && behaviour.name === "winner") {
    return winners(emission, at, r, baseline);
  }
  return gradient(emission, at, received);
}

/** What an operation that is neither elementwise nor linear says itself. */
function ownRule(behaviour: Behaviour): Rescaled<string[]> | undefined {
  switch (behaviour.kind) {
    case "softmax":
      return (...given) => [behaviour.rescaled(...given)];
    case "pass": {
      const { derivative } = behaviour;
      const rescaled = typeof derivative === "object" ? derivative.rescaled : undefined;
      return rescaled && ((...given) => [rescaled(...given)]);
    }
    case "linear":
      return behaviour.inner?.rescaled;
    case "product":
      return behaviour.rescaled;
    default:
      return undefined;
  }
}

function difference({ tape }: EmitContext, value: string, baseline: BaselinePass): string {
  return tape.emit("Sub", [value, baseline.value(value)]);
}

function quotient(
  emission: EmitContext,
  { behaviour, node, site }: RelevanceNode,
  r: string,
  baseline: BaselinePass,
) {
  if (behaviour.kind !== "pass" || typeof behaviour.derivative !== "function") return r;
  const x = inputOf(node, behaviour.input);
  const y = outputOf(node);
  const dims = site.shape(y);
  const { value: slope } = behaviour.derivative(emission);
  const [dy, dx] = [difference(emission, y, baseline), difference(emission, x, baseline)];
  const factor = divideOr(emission.tape, dy, dx, zeroDifference, slope);
  return sumTo(emission, emission.perTarget.mul(r, factor, dims, dims), dims, site.shape(x));
}

function meanWithBaseline({ tape }: EmitContext, value: string, baseline: BaselinePass): string {
  const sum = tape.emit("Add", [value, baseline.value(value)]);
  return tape.emit("Mul", [sum, tape.scalar(0.5)]);
}

function product(
  emission: EmitContext,
  { node, site, edges }: RelevanceNode,
  r: string,
  baseline: BaselinePass,
) {
  const { perTarget } = emission;
  const dims = site.shape(outputOf(node));
  return edges.map((index) => {
    const other = inputOf(node, 1 - index);
    const mean = meanWithBaseline(emission, other, baseline);
    const handed = perTarget.mul(r, mean, dims, site.shape(other));
    return sumTo(emission, handed, dims, site.shape(inputOf(node, index)));
  });
}

function winners(
  emission: EmitContext,
  { node, site, behaviour, edges }: RelevanceNode,
  r: string,
  baseline: BaselinePass,
) {
  const { tape, perTarget } = emission;
  const y = outputOf(node);
  const dims: readonly Size[] = site.shape(y);
  const y0 = baseline.value(y);
  const between = tape.emit(has(node, "smallest") ? "Min" : "Max", [y, y0]);
  const own = perTarget.mul(r, tape.emit("Sub", [between, y0]), dims, dims);
  const others = perTarget.mul(r, tape.emit("Sub", [y, between]), dims, dims);
  const twin = operatorOf(node)?.describe(baseline.site(site));
  if (behaviour.kind !== "route" || twin?.kind !== "route")
    throw new Error(`${node.op} is no winner on the baseline`);
  const here = behaviour.adjoint(emission, own, [own]);
  const there = twin.adjoint(emission, others, [others]);
  return edges.map((index, slot) => {
    const input = inputOf(node, index);
    const inputDims = site.shape(input);
    const both = perTarget.add(here[slot] ?? "", there[slot] ?? "");
    const inverse = divideOrZero(tape, 1, difference(emission, input, baseline), zeroDifference);
    return perTarget.mul(both, inverse, inputDims, inputDims);
  });
}
