/** Padding gets no share, whether a convolution pads by itself or a Pad node does it before. */
import { explainOnce } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import { expect, test } from "vitest";
import type { CompositeName } from "../src/index.ts";
import { pictures } from "./pictures.ts";

async function mapOf(
  padded: "by a node" | "by a node with axes" | "by the convolution",
  composite: CompositeName,
): Promise<ArrayLike<number>> {
  const g = network({ input: ["N", 3, 6, 6], opset: 18 });
  const weights = g.weights([4, 3, 3, 3]);
  const shifted = g.add("Sub", [g.image, g.floats([0.25], [])]);
  const hidden = {
    "by a node": () => g.add("Conv", [g.add("Pad", [shifted, g.ints([0, 0, 1, 1, 0, 0, 1, 1])]), weights]),
    "by a node with axes": () =>
      g.add("Conv", [g.add("Pad", [shifted, g.ints([1, 1, 1, 1]), "", g.ints([3, 2])]), weights]),
    "by the convolution": () => g.add("Conv", [shifted, weights], { pads: [1, 1, 1, 1] }),
  }[padded]();
  const model = g.model(g.dense(g.flatten(g.add("Relu", [hidden])), 144, 5));
  const [result] = await explainOnce(model, pictures(1, 108), [[2]], { method: "lrp", composite });
  return result?.explanations[0]?.relevance ?? [];
}

test.each(["epsilon-plus-flat", "zplus-box", "epsilon", "epsilon-gamma-box"] as const)(
  "%s",
  async (composite) => {
    const made = await mapOf("by a node", composite);
    expect(made).toHaveLength(108);
    expect(made).toBeNear(await mapOf("by the convolution", composite), 1e-6);
    expect(await mapOf("by a node with axes", composite)).toBeNear(made, 1e-6);
  },
);
