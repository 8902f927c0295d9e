/**
 * Networks as they are found in the world, of many exporters and opsets: the explanation's forward pass is the network's
 * own, and the map is one. Skipped where ../shared is missing.
 */
import { join } from "node:path";
import type { PixelBounds } from "@onnx-lrp/core";
import { openExplainer, resolvePreprocess } from "@onnx-lrp/node";
import { runtime } from "@onnx-lrp/node/internal";
import { pixelBounds } from "@onnx-lrp/pictures";
import { describe, expect, test } from "vitest";
import { hasShared, shared } from "./golden-cases.ts";
import { relativeDifference } from "./numbers.ts";

interface Network {
  readonly file: string;
  readonly preprocess: string;
  /** How far the logits may be from those of the untouched file, relative; for a quantized one, how well they agree. */
  readonly within: number;
}

const networks: readonly Network[] = [
  { file: "mnist-cntk.onnx", preprocess: "none", within: 1e-4 },
  { file: "cifar10-resnet20.onnx", preprocess: "imagenet", within: 1e-4 },
  { file: "mobilenetv1-0.25-nhwc-tf2onnx.onnx", preprocess: "tf", within: 1e-4 },
  { file: "mobilenetv2.onnx", preprocess: "imagenet", within: 1e-4 },
  { file: "mobilenetv2-qdq.onnx", preprocess: "imagenet", within: 0.25 },
  { file: "squeezenet1.1.onnx", preprocess: "imagenet", within: 1e-4 },
  { file: "tiny-darknet.onnx", preprocess: "none", within: 1e-4 },
  { file: "light/light_bvlc_alexnet.onnx", preprocess: "caffe", within: 1e-4 },
  { file: "light/light_densenet121.onnx", preprocess: "imagenet", within: 1e-4 },
  { file: "light/light_inception_v1.onnx", preprocess: "imagenet", within: 1e-4 },
  { file: "light/light_inception_v2.onnx", preprocess: "imagenet", within: 1e-4 },
  { file: "light/light_resnet50.onnx", preprocess: "imagenet", within: 1e-4 },
  { file: "light/light_shufflenet.onnx", preprocess: "imagenet", within: 1e-4 },
  { file: "light/light_squeezenet.onnx", preprocess: "imagenet", within: 1e-4 },
  { file: "light/light_vgg19.onnx", preprocess: "caffe", within: 1e-4 },
  { file: "light/light_zfnet512.onnx", preprocess: "imagenet", within: 1e-4 },
];

/** A picture of waves between the bounds, the same on every machine. */
function waves(length: number, { low, high }: PixelBounds): Float32Array {
  const [least, most] = [Math.max(...low), Math.min(...high)];
  return Float32Array.from({ length }, (_, i) => {
    const wave = Math.sin(i * 0.37) * Math.cos(i * 0.0113);
    return least + ((most - least) * (1 + wave)) / 2;
  });
}

async function open(file: string, preset: string) {
  const path = join(shared, "models", file);
  const spec = await resolvePreprocess(preset);
  const channels = file.startsWith("mnist") ? 1 : 3;
  const pixels = pixelBounds(spec, channels);
  const explainer = await openExplainer(path, { pixels });
  return { path, explainer, pixels };
}

describe.skipIf(!hasShared)("networks of many exporters (skipped where ../shared is missing)", () => {
  test.each(networks.map((network) => [network.file, network] as const))("%s", async (_, network) => {
    const { path, explainer, pixels } = await open(network.file, network.preprocess);
    const { image, head } = explainer;
    const sizes = image.dims.slice(1).map(Number);
    const picture = waves(
      sizes.reduce((a, b) => a * b, 1),
      pixels,
    );
    const [result] = await explainer.explain([picture], [[-1]]);
    await explainer.release();
    const untouched = await runtime.InferenceSession.create(path, {
      logSeverityLevel: 4,
    });
    const feeds = { [image.name]: new runtime.Tensor("float32", picture, [1, ...sizes]) };
    const outputs = await untouched.run(feeds);
    await untouched.release();
    const made = head.kind === "softmax" ? result?.probabilities : result?.logits;
    const own = outputs[head.output]?.data as Float32Array;
    expect(relativeDifference(made ?? [], own)).toBeLessThan(network.within);
    const relevance = result?.explanations[0]?.relevance ?? new Float32Array();
    expect(relevance.every(Number.isFinite)).toBe(true);
    expect(relevance.some((value) => value !== 0)).toBe(true);
  });

  test("squeezenet-caffe2-fp16.onnx, a half-precision network of opset 7", async () => {
    const { explainer, pixels } = await open("squeezenet-caffe2-fp16.onnx", "caffe");
    const [result] = await explainer.explain([waves(3 * 224 * 224, pixels)], [[-1]]);
    await explainer.release();
    expect(explainer.prepared?.analysis.notes.join(" ")).toMatch(/half-precision/);
    expect(result?.explanations[0]?.relevance.some((value) => value !== 0)).toBe(true);
  });
});
