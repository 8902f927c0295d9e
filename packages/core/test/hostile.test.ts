/** Networks that are made to do harm end in a sentence, by methods that are a model and by those that only need scores. */

import { UserError } from "@onnx-lrp/onnx-loader";
import { explainerFor } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import type { MethodName } from "../src/index.ts";

const methods = ["gradient", "fullgrad", "smoothgrad", "rise"] as const satisfies readonly MethodName[];

async function refusal(model: Parameters<typeof explainerFor>[0], method: MethodName): Promise<UserError> {
  const error: unknown = await explainerFor(model, { method, samples: 4 }).catch((thrown: unknown) => thrown);
  if (error instanceof UserError) return error;
  throw new Error(`no sentence, but ${String(error)}`);
}

describe("sizes that a file declares for its input are refused before memory is taken", () => {
  const sizes = [
    [1, 3, 100_000, 100_000],
    [1, 3, 20_000, 20_000],
    [1, 3, 2 ** 40, 25],
    [1, 3, 2 ** 53, 2 ** 53],
    [2 ** 40, 3, 25, 25],
    [1_000_000, 3, 25, 25],
  ];
  test.each(sizes.flatMap((dims) => methods.map((method) => [dims, method] as const)))(
    "%o, %s",
    async (dims, method) => {
      const g = network({ input: dims });
      const x = g.add("GlobalAveragePool", [g.conv(g.image, [4, 3, 3, 3])]);
      const { kind, message } = await refusal(g.model(g.dense(g.flatten(x), 4, 5)), method);
      expect(kind).toBe("unsupported");
      expect(message).toMatch(/^The input "\w+" has .* numbers, and the limit is \d+ numbers/);
    },
  );
});

test.each(["gradient", "rise", "occlusion", "lime"] as const)(
  "%s of a network that onnxruntime refuses to open",
  async (method) => {
    const g = network({ input: [1, 3, 8, 8] });
    const x = g.add("Add", [g.conv(g.image, [4, 3, 3, 3]), g.ints([1])]);
    const { message } = await refusal(g.model(g.dense(g.flatten(x), 144, 5)), method);
    expect(message).not.toMatch(/\.(cc|h):\d+/);
  },
);

test.each(
  ["__proto__", "constructor", "toString"].flatMap((name) =>
    methods.map((method) => [name, method] as const),
  ),
)("an output called %s, %s", async (name, method) => {
  const g = network({ input: ["N", 3, 8, 8] });
  const x = g.add("GlobalAveragePool", [g.conv(g.image, [4, 3, 3, 3])]);
  const model = g.model(g.dense(g.flatten(x), 4, 5));
  const [logits = { name: "", type: undefined }] = model.graph.outputs;
  const to = (old: string) => (old === logits.name ? name : old);
  const nodes = model.graph.nodes.map((node) => ({ ...node, outputs: node.outputs.map(to) }));
  const graph = { ...model.graph, nodes, outputs: [{ ...logits, name }] };
  const { kind, message } = await refusal({ ...model, graph }, method);
  expect(kind).toBe("unsupported");
  expect(message).toMatch(/^The output "\w+" has a name that every object of JavaScript knows/);
});
