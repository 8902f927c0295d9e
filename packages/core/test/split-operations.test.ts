/** Attention and its kind as one node: the same scores as onnxruntime's own, and the maps of what they are written as. */
import { floatValue as float, type Model, type Node, writeModel } from "@onnx-lrp/onnx-loader";
import { explainOnce, mapOf } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { pictures } from "./pictures.ts";

const [tokens, width, heads] = [4, 8, 2];

interface Case {
  readonly opset: number;
  readonly domain: "" | "com.microsoft";
  readonly op: string;
  build(g: Network, x: string): string;
}

const three = (g: Network, x: string) => [0, 1, 2].map(() => dense(g, x, width));
const dense = (g: Network, x: string, to: number) => g.add("MatMul", [x, g.weights([width, to])]);
const apart = (g: Network, x: string) =>
  g.add("Transpose", [g.add("Reshape", [x, g.ints([0, tokens, -1, width / heads])])], { perm: [0, 2, 1, 3] });
const together = (g: Network, x: string) =>
  g.add("Reshape", [g.add("Transpose", [x], { perm: [0, 2, 1, 3] }), g.ints([0, tokens, width])]);
const own = (build: Case["build"], op = "Attention"): Case => ({ opset: 23, domain: "", op, build });
const microsoft = (op: string, build: Case["build"]): Case => ({
  opset: 17,
  domain: "com.microsoft",
  op,
  build,
});

const flat = { q_num_heads: heads, kv_num_heads: heads };
const angles = (g: Network, size: number) => [g.weights([tokens, size]), g.weights([tokens, size])];
const positions = (g: Network, x: string) => {
  const batch = g.add("Slice", [g.add("Shape", [x]), g.ints([0]), g.ints([1])]);
  const shape = g.add("Concat", [batch, g.ints([tokens])], { axis: 0 });
  return g.add("Expand", [g.ints([2, 0, 3, 1], [1, tokens]), shape]);
};

const cases: Readonly<Record<string, Case>> = {
  "Attention, heads side by side": own((g, x) => g.add("Attention", three(g, x), flat)),
  "Attention, heads apart, with a scale": own((g, x) =>
    together(
      g,
      g.add(
        "Attention",
        three(g, x).map((part) => apart(g, part)),
        { scale: float(0.3) },
      ),
    ),
  ),
  "Attention, causal": own((g, x) => g.add("Attention", three(g, x), { ...flat, is_causal: 1 })),
  "Attention, with a mask": own((g, x) =>
    g.add("Attention", [...three(g, x), g.weights([tokens, tokens])], flat),
  ),
  "Attention, with a softcap": own((g, x) =>
    g.add("Attention", three(g, x), { ...flat, softcap: float(0.5) }),
  ),
  "Attention, fewer heads of keys": own((g, x) =>
    g.add("Attention", [dense(g, x, width), dense(g, x, 4), dense(g, x, 4)], {
      q_num_heads: 4,
      kv_num_heads: 2,
    }),
  ),
  RotaryEmbedding: own(
    (g, x) =>
      g.add("RotaryEmbedding", [x, ...angles(g, width / heads / 2), positions(g, x)], { num_heads: heads }),
    "RotaryEmbedding",
  ),
  "RotaryEmbedding, interleaved": own(
    (g, x) =>
      g.add("RotaryEmbedding", [x, ...angles(g, width / heads / 2), positions(g, x)], {
        num_heads: heads,
        interleaved: 1,
      }),
    "RotaryEmbedding",
  ),
  "com.microsoft RotaryEmbedding": microsoft("RotaryEmbedding", (g, x) =>
    g.add("RotaryEmbedding", [x, positions(g, x), ...angles(g, width / heads / 2)], { num_heads: heads }),
  ),
  "com.microsoft Attention": microsoft("Attention", (g, x) =>
    g.add("Attention", [x, g.weights([width, 3 * width]), g.weights([3 * width])], { num_heads: heads }),
  ),
  "com.microsoft Attention, causal": microsoft("Attention", (g, x) =>
    g.add("Attention", [x, g.weights([width, 3 * width]), g.weights([3 * width])], {
      num_heads: heads,
      unidirectional: 1,
    }),
  ),
  MultiHeadAttention: microsoft("MultiHeadAttention", (g, x) =>
    g.add("MultiHeadAttention", three(g, x), { num_heads: heads }),
  ),
  "MultiHeadAttention with a bias": microsoft("MultiHeadAttention", (g, x) =>
    g.add("MultiHeadAttention", [...three(g, x), g.weights([3 * width])], { num_heads: heads }),
  ),
  SkipLayerNormalization: microsoft("SkipLayerNormalization", (g, x) =>
    g.add("SkipLayerNormalization", [
      x,
      dense(g, x, width),
      g.weights([width]),
      g.weights([width]),
      g.weights([width]),
    ]),
  ),
  SkipSimplifiedLayerNormalization: microsoft("SkipSimplifiedLayerNormalization", (g, x) =>
    g.add("SkipSimplifiedLayerNormalization", [
      x,
      dense(g, x, width),
      g.weights([width]),
      g.weights([width]),
    ]),
  ),
};

function modelOf({ opset, domain, op, build }: Case): Model {
  const g = network({ input: ["N", 3, 4, 4], seed: 3, opset });
  const patches = g.add("Reshape", [
    g.conv(g.image, [width, 3, 2, 2], { strides: [2, 2] }),
    g.ints([0, width, tokens]),
  ]);
  const x = g.add("Tanh", [g.add("Transpose", [patches], { perm: [0, 2, 1] })]);
  const model = g.model(g.dense(g.flatten(build(g, x)), tokens * width, 3));
  const nodes = model.graph.nodes.map((node: Node) => (node.op === op ? { ...node, domain } : node));
  return { ...model, opsets: { ...model.opsets, "com.microsoft": 1 }, graph: { ...model.graph, nodes } };
}

describe.each(Object.entries(cases))("%s", (_, at) => {
  const model = modelOf(at);
  const images = pictures(2, 48, 9);

  test("onnxruntime's scores, and a gradient that is theirs", async () => {
    const session = await ort.InferenceSession.create(writeModel(model), { logSeverityLevel: 4 });
    const run = async (all: readonly Float32Array[]) => {
      const data = Float32Array.from(all.flatMap((image) => Array.from(image)));
      const result = await session.run({ image: new ort.Tensor("float32", data, [all.length, 3, 4, 4]) });
      return Array.from(result[session.outputNames[0] ?? ""]?.data as Float32Array);
    };
    const scores = await run(images);
    const results = await explainOnce(
      model,
      images,
      [
        [0, 2],
        [1, 2],
      ],
      { method: "gradient" },
    );
    for (const [n, { logits }] of results.entries()) {
      expect(logits).toBeNear(scores.slice(3 * n, 3 * n + 3), 1e-5);
    }
    // Along a direction, by differences of onnxruntime's own scores.
    const step = 1e-2;
    const [image = new Float32Array(), direction = new Float32Array()] = [images[1], pictures(1, 48, 77)[0]];
    const moved = (sign: number) => image.map((value, i) => value + sign * step * (direction[i] ?? 0));
    const ends = await run([moved(1), moved(-1)]);
    const slope = ((ends[2] ?? 0) - (ends[5] ?? 0)) / (2 * step);
    const found = mapOf(results, 1, 1).reduce((sum, value, i) => sum + value * (direction[i] ?? 0), 0);
    expect(Math.abs(found - slope)).toBeLessThan(5e-3 * Math.max(1, Math.abs(slope)));
    await session.release();
  });

  test("relevance", async () => {
    const [result] = await explainOnce(model, images.slice(0, 1), [[1]], { method: "lrp" });
    expect(result?.explanations[0]?.relevance.some((value) => value !== 0 && Number.isFinite(value))).toBe(
      true,
    );
  });
});
