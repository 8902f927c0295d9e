/** What must hold of any network over signals, volumes and features: sums, gradients, twins, and onnxruntime's own scores. */
import { floatTensor, type Model, type Node, tensorNumbers, writeModel } from "@onnx-lrp/onnx-loader";
import { explainerFor, explainOnce, mapOf, withExplainer } from "@onnx-lrp/test-kit/explain";
import { seeded } from "@onnx-lrp/test-kit/random";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import type { ExplainerOptions, InputSize } from "../../src/index.ts";
import { total } from "../compare.ts";
import { backward, oneHot } from "../oracle/backward.ts";
import { composites, oracleComposites } from "../oracle/composites.ts";
import { runForward } from "../oracle/forward.ts";
import { wiringOf } from "../oracle/network.ts";
import { batchOf, explain } from "../oracle/relevance.ts";
import { seeds } from "../oracle/seeds.ts";
import { pictures } from "../pictures.ts";
import { type BodyName, bodies, bodyNames, forms, type Made, make } from "./networks.ts";

const target = 2;
const pixels = { low: [-1.1], high: [1.1] };

function inputOf({ elements }: Made): Float32Array {
  return pictures(1, elements, 17)[0] ?? new Float32Array();
}

async function run(made: Made, options: ExplainerOptions, input = inputOf(made)) {
  return explainOnce(made.model, [made.turned(input)], [[target]], { pixels, ...options });
}

/** The sizes that a file may leave open. */
function sizeOf(name: BodyName): InputSize {
  const [depth, height, width] = [1, 1, 1, ...bodies[name].sizes].slice(-3);
  return { depth, height, width };
}

describe.each(bodyNames)("%s", (name) => {
  const made = make(name);
  const input = inputOf(made);

  test.each(forms)("%s: probabilities are those of the file as it is", async (form) => {
    for (const open of [false, true]) {
      const own = make(name, form, open);
      const session = await ort.InferenceSession.create(writeModel(own.model));
      const dims = (make(name, form).model.graph.inputs[0]?.type?.dims ?? []).map((dim) =>
        dim === "N" ? 1 : Number(dim),
      );
      const outputs = await session.run({ image: new ort.Tensor("float32", own.turned(input), dims) });
      await session.release();
      const [first] = Object.values(outputs);
      const [result] = await run(own, open ? { size: sizeOf(name) } : {});
      expect(result?.probabilities).toHaveLength(5);
      for (const [i, p] of [...(result?.probabilities ?? [])].entries())
        expect(Math.abs(p - Number(first?.data[i]))).toBeLessThan(1e-5);
    }
  });

  test("the gradient is that of finite differences", async () => {
    const map = mapOf(await run(made, { method: "gradient" }));
    const values = runForward(made.model, batchOf(made.model, [input]));
    expect(map).toBeNear(backward(made.model, values, oneHot(5, target)).get("image") ?? [], 1e-5);
    const { logits } = wiringOf(made.model);
    const logitAt = (moved: Float64Array) =>
      runForward(made.model, batchOf(made.model, [moved])).get(logits)?.data[target] ?? Number.NaN;
    const random = seeded(5);
    for (let i = 0; i < 12; i += 1) {
      const at = Math.floor(random() * input.length);
      const step = 1e-6;
      const [above, below] = [step, -step].map((by) => {
        const moved = Float64Array.from(input);
        moved[at] = (moved[at] ?? 0) + by;
        return logitAt(moved);
      });
      const slope = ((above ?? 0) - (below ?? 0)) / (2 * step);
      expect(Math.abs((map[at] ?? 0) - slope)).toBeLessThan(1e-4 * Math.max(...map.map(Math.abs)));
    }
  });

  test("LRP-0 without biases sums to the logit", async () => {
    const model = withoutBiases(made.model);
    const options = { method: "lrp", composite: "epsilon", parameters: { epsilon: 1e-9 }, pixels } as const;
    const [result] = await explainOnce(model, [input], [[0, 1, 2, 3, 4]], options);
    for (const { relevance, logit } of result?.explanations ?? []) {
      expect(Math.abs(total(relevance) - logit)).toBeLessThan(1e-4 * Math.max(1, Math.abs(logit)));
      expect(Math.abs(logit)).toBeGreaterThan(1e-3);
    }
  });

  test.each(oracleComposites)("LRP by %s is the oracle's, in every layout", async (composite) => {
    const options = { method: "lrp", composite } as const;
    const [wanted = []] = explain(made.model, [input], [target], {
      ...{ seed: seeds.lrp, composite: composites[composite] },
      low: new Array<number>(made.body.channels).fill(-1.1),
      high: new Array<number>(made.body.channels).fill(1.1),
    }).maps;
    expect(Math.hypot(...wanted)).toBeGreaterThan(1e-6);
    for (const form of forms) {
      const own = make(name, form);
      const map = own.back(mapOf(await run(own, options, input)));
      expect.soft(map, form).toBeNear(wanted, 2e-5);
    }
  });

  test.each([
    { method: "sglrp" },
    { method: "sglrp", composite: "epsilon-plus" },
    { method: "clrp", composite: "zplus" },
    { method: "lrp", composite: "epsilon-gamma-box" },
    { method: "excitation-backprop" },
    { method: "input-x-gradient" },
    { method: "guided-backprop" },
    { method: "deeplift" },
    { method: "integrated-gradients", samples: 5 },
  ] as const)("zero channels get nothing, and change nothing: $method $composite", async (options) => {
    const before = mapOf(await run(made, options));
    const extra = Float32Array.from(pictures(1, (2 * input.length) / made.body.channels, 23)[0] ?? []);
    const after = mapOf(
      await explainOnce(widened(made, 2), [Float32Array.from([...input, ...extra])], [[target]], {
        pixels,
        ...options,
      }),
    );
    expect(after.slice(0, input.length)).toBeNear(before, 1e-6);
    expect(after.slice(input.length).every((value) => value === 0)).toBe(true);
    expect(after).toHaveLength(input.length + extra.length);
  });

  test("a second input that is fed has the map of the network that has it baked in", async () => {
    const factors = [0.7, -1.2, 0.4, 1.5, 0.9];
    const [fed, baked] = [scaled(made, undefined), scaled(made, factors)];
    for (const options of [
      { method: "sglrp" },
      { method: "gradient" },
      { method: "lrp", composite: "epsilon" },
      { method: "grad-cam" },
      { method: "occlusion" },
    ] as const) {
      const feeds = { factors: { data: factors, shape: [5] } };
      const given = { pixels, ...options };
      const map = mapOf(await explainOnce(fed, [input], [[target]], { ...given, input: "image", feeds }));
      const wanted = mapOf(await explainOnce(baked, [input], [[target]], given));
      expect.soft(map, options.method).toBeNear(wanted, 1e-6);
    }
  });

  test.each(forms)("%s: what the port says of the axes", async (form) => {
    const own = make(name, form);
    await withExplainer(explainerFor(own.model, { pixels }), ({ image, map }) => {
      const places = { 1: ["L"], 2: ["H", "W"], 3: ["D", "H", "W"] }[made.body.sizes.length] ?? [];
      const axes = form.startsWith("features")
        ? ["F"]
        : form === "channels last"
          ? [...places, "C"]
          : ["C", ...places];
      expect(image.axes).toEqual(["N", ...axes]);
      expect({ depth: image.depth, height: image.height, width: image.width }).toEqual(sizeOf(name));
      expect(map.channels).toBe(made.body.channels);
    });
  });
});

function replaced(
  model: Model,
  change: (node: Node) => Node,
  tensors: ReadonlyMap<string, readonly number[]>,
): Model {
  const initializers = new Map(model.graph.initializers);
  for (const [name, values] of tensors) {
    const tensor = initializers.get(name);
    if (tensor !== undefined) initializers.set(name, floatTensor(name, tensor.dims, values));
  }
  return { ...model, graph: { ...model.graph, nodes: model.graph.nodes.map(change), initializers } };
}

/** The network with neither biases nor means. */
function withoutBiases(model: Model): Model {
  const zeros = new Map<string, readonly number[]>();
  for (const { op, inputs } of model.graph.nodes) {
    const names = op === "BatchNormalization" ? inputs.slice(2, 4) : inputs.slice(2);
    if (!["BatchNormalization", "Conv", "Gemm"].includes(op)) continue;
    for (const name of names) {
      const { dims = [] } = model.graph.initializers.get(name) ?? {};
      zeros.set(name, new Array<number>(dims[0] ?? 0).fill(0));
    }
  }
  return replaced(model, (node) => node, zeros);
}

/** The network with more channels, whose weights are zero. */
function widened({ model, body }: Made, more: number): Model {
  const first = model.graph.nodes.find(({ op }) => op === "Conv");
  const name = first?.inputs[1] ?? "";
  const weight = model.graph.initializers.get(name);
  if (weight === undefined) throw new Error("no first layer");
  const [outputs = 1, channels = 1, ...kernel] = weight.dims;
  const area = kernel.reduce((a, b) => a * b, 1);
  const old = tensorNumbers(weight);
  const wide = Array.from({ length: outputs }, (_, m) => [
    ...old.slice(m * channels * area, (m + 1) * channels * area),
    ...new Array<number>(more * area).fill(0),
  ]).flat();
  const tensor = floatTensor(name, [outputs, channels + more, ...kernel], wide);
  const inputs = [
    { name: "image", type: { type: "float32", dims: ["N", body.channels + more, ...body.sizes] } } as const,
  ];
  const initializers = new Map(model.graph.initializers).set(name, tensor);
  return { ...model, graph: { ...model.graph, initializers, inputs } };
}

/** The network whose logits are multiplied by factors: by an input's, or by constants. */
function scaled({ model }: Made, factors: readonly number[] | undefined): Model {
  const softmax = model.graph.nodes.at(-1);
  if (softmax === undefined) throw new Error("no last node");
  const product: Node = {
    ...softmax,
    ...{
      op: "Mul",
      name: "scale",
      attributes: new Map(),
      inputs: [softmax.inputs[0] ?? "", "factors"],
      outputs: ["scaled"],
    },
  };
  const nodes = [...model.graph.nodes.slice(0, -1), product, { ...softmax, inputs: ["scaled"] }];
  const initializers = new Map(model.graph.initializers);
  if (factors !== undefined) initializers.set("factors", floatTensor("factors", [5], factors));
  const inputs = [
    ...model.graph.inputs,
    ...(factors === undefined ? [{ name: "factors", type: { type: "float32", dims: [5] } } as const] : []),
  ];
  return { ...model, graph: { ...model.graph, nodes, initializers, inputs } };
}
