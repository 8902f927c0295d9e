/**
 * The same map on onnxruntime-node, in wasm and on WebGPU: chromium's software adapter compiles shaders slowly, so that
 * every run has one small network; ONNX_LRP_WEBGPU=all has each shipped network by five methods too (minutes each).
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { ModelMethodName } from "@onnx-lrp/core";
import { prepareExplanation } from "@onnx-lrp/core/internal";
import { shippedNetworks } from "@onnx-lrp/models";
import { readModelFile } from "@onnx-lrp/node";
import { runtime } from "@onnx-lrp/node/internal";
import { type Model, writeModel } from "@onnx-lrp/onnx-loader";
import { browserPath, noBrowser } from "@onnx-lrp/test-kit/browser";
import { network } from "@onnx-lrp/test-kit/network";
import type * as ort from "onnxruntime-web";
import { expect, test } from "vitest";
import { withOnnxruntimeWeb } from "./browser/chromium.ts";

interface Feed {
  readonly type: "float32" | "int64";
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

interface Run {
  readonly bytes: Uint8Array;
  readonly feeds: Readonly<Record<string, Feed>>;
  readonly output: string;
}

/** The explanation of the most probable class, or of one score, and what it is asked with. */
async function runOf(model: Model, method: ModelMethodName): Promise<Run> {
  const pixels = { low: [0, 0, 0], high: [1, 1, 1] };
  const prepared = await prepareExplanation(model, runtime, { method, pixels, fixedSizes: { batch: 1 } });
  const { model: explanation, names } = prepared.compiled;
  let state = 7;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const picture = prepared.plan.modelInput.name;
  const feeds = explanation.graph.inputs.map(({ name, type }): [string, Feed] => {
    const dims = (type?.dims ?? []).map((size) => (typeof size === "number" ? size : 1));
    const count = dims.reduce((a, b) => a * b, 1);
    if (type?.type === "int64")
      return [name, { type: "int64", dims, data: new Array<number>(count).fill(-1) }];
    const asked = (i: number) => (i === Math.floor(count / 3) ? 1 : 0);
    const data = Array.from({ length: count }, (_, i) => (name === picture ? random() : asked(i)));
    return [name, { type: "float32", dims, data }];
  });
  return { bytes: writeModel(explanation), feeds: Object.fromEntries(feeds), output: names.relevance };
}

type Onnxruntime = Pick<typeof ort, "InferenceSession" | "Tensor">;

async function runHere({ InferenceSession, Tensor }: Onnxruntime, run: Run): Promise<number[]> {
  const session = await InferenceSession.create(run.bytes, { logSeverityLevel: 4 });
  const feeds = Object.entries(run.feeds).map(([name, { type, dims, data }]) => {
    const values = type === "int64" ? BigInt64Array.from(data, BigInt) : Float32Array.from(data);
    return [name, new Tensor(type, values, dims)];
  });
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Array.from(results[run.output]?.data as Float32Array);
}

/** Runs them in one page. */
function runOnWebGpu(runs: readonly Run[]): Promise<number[][]> {
  return withOnnxruntimeWeb("webgpu", async (page) => {
    const results: number[][] = [];
    for (const { bytes, feeds, output } of runs) {
      const asked = { bytes: [...bytes], feeds: Object.entries(feeds), output };
      results.push(
        await page.evaluate(async (run) => {
          const { ort } = globalThis as unknown as { readonly ort: Onnxruntime };
          const options = { executionProviders: ["webgpu"], logSeverityLevel: 4 } as const;
          const session = await ort.InferenceSession.create(Uint8Array.from(run.bytes), options);
          const tensors = run.feeds.map(([name, { type, dims, data }]) => {
            const values = type === "int64" ? BigInt64Array.from(data, BigInt) : Float32Array.from(data);
            return [name, new ort.Tensor(type, values, dims)];
          });
          const out = await session.run(Object.fromEntries(tensors));
          await session.release();
          return Array.from(out[run.output]?.data as Float32Array);
        }, asked),
      );
    }
    return results;
  });
}

/** |a - b| / |b|; of a map of zeros, which Grad-CAM may give, |a|. */
function distance(a: readonly number[] | undefined, b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  const difference = Math.hypot(...b.map((value, i) => value - (a?.[i] ?? 0)));
  const size = Math.hypot(...b);
  return size === 0 ? difference : difference / size;
}

async function compare(runs: readonly Run[]): Promise<void> {
  const wasm: Onnxruntime = createRequire(import.meta.url)("onnxruntime-web");
  const onWebGpu = await runOnWebGpu(runs);
  for (const [i, run] of runs.entries()) {
    const native = await runHere(runtime, run);
    expect(distance(await runHere(wasm, run), native)).toBeLessThan(1e-4);
    expect(distance(onWebGpu[i], native)).toBeLessThan(1e-4);
  }
}

/** Pools that overlap, are padded, lie side by side, and have ties; a sum. */
function small(): Model {
  const g = network({ input: ["N", 3, 12, 12] });
  const first = g.add("Relu", [g.conv(g.image, [4, 3, 3, 3], { pads: [1, 1, 1, 1] })]);
  const low = g.add("MaxPool", [first], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  const same = g.add("MaxPool", [low], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  const half = g.add("MaxPool", [g.add("Add", [low, same])], { kernel_shape: [2, 2], strides: [2, 2] });
  return g.model(g.dense(g.flatten(half), 36, 5));
}

test.skipIf(browserPath === undefined)(
  `one map in Node, in wasm and on WebGPU${noBrowser}`,
  async () => {
    await compare([await runOf(small(), "sglrp")]);
  },
  180_000,
);

const methods = ["sglrp", "lrp", "grad-cam", "guided-backprop", "gradient"] as const;

test
  .runIf(browserPath !== undefined && process.env.ONNX_LRP_WEBGPU === "all")
  .each(shippedNetworks.flatMap(({ name, file }) => methods.map((method) => [name, method, file] as const)))(
  "%s by %s: the same in Node, in wasm and on WebGPU",
  async (_, method, file) => {
    await compare([await runOf(readModelFile(fileURLToPath(file)).model, method)]);
  },
  900_000,
);
