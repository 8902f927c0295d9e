/** The gradient of one node: what it hands to its inputs of the gradient of its output. */
import { inputOf, outputOf } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { sumTo } from "../operators/broadcast.ts";
import type { Bilinear, EmitContext } from "../operators/operator.ts";
import type { RelevanceNode } from "../relevance-graph/node.ts";
import { scaledWeight } from "./linear-layer.ts";

/**
 * @param received per target, one for each output of the node
 * @returns per target, one for each of its edges
 */
export function gradient(
  emission: EmitContext,
  { behaviour, node, site }: RelevanceNode,
  received: readonly (string | undefined)[],
): string[] {
  const r = received.find((value) => value !== undefined) ?? "";
  const dims = site.shape(outputOf(node));
  const inputDims = (index: number) => site.shape(inputOf(node, index));
  switch (behaviour.kind) {
    case "linear": {
      if (behaviour.inner?.gradient !== undefined) return behaviour.inner.gradient(emission, r);
      const weight =
        behaviour.weight === undefined ? "" : scaledWeight(emission.tape, behaviour, behaviour.weight);
      return behaviour.adjoint(emission, r, [weight])[0] ?? [];
    }
    case "bilinear":
      return ([0, 1] as const).map((of) => {
        const other = inputOf(node, behaviour.inputs[of === 0 ? 1 : 0]);
        return adjointOf(emission, behaviour, of, other, r);
      });
    case "softmax":
      return [behaviour.gradient(emission, r)];
    case "pass": {
      const { derivative = "one", input } = behaviour;
      if (typeof derivative === "object") return [derivative.adjoint(emission, r)];
      const passed = derivative === "one" ? r : scaledBy(emission, r, dims, derivative(emission));
      return [sumTo(emission, passed, dims, inputDims(input))];
    }
    case "route":
      return behaviour.adjoint(emission, r, received);
    case "product": {
      if (behaviour.gradient !== undefined) return behaviour.gradient(emission, r);
      const [left, right] = behaviour.inputs;
      return [
        [left, right],
        [right, left],
      ].map(([to = 0, other = 0]) => {
        const factor = { value: inputOf(node, other), dims: inputDims(other) };
        return sumTo(emission, scaledBy(emission, r, dims, factor), dims, inputDims(to));
      });
    }
  }
}

/** What one factor of a product gets of r, per target, where the other has the value `other`. */
export function adjointOf(
  emission: EmitContext,
  behaviour: Bilinear,
  of: 0 | 1,
  other: string,
  r: string,
): string {
  return behaviour.linear(of).adjoint(emission, r, [other])[0]?.[0] ?? "";
}

function scaledBy(
  emission: EmitContext,
  r: string,
  dims: readonly Size[],
  factor: { value: string; dims: readonly Size[] },
): string {
  return emission.perTarget.mul(r, factor.value, dims, factor.dims);
}
