import { basename } from "node:path";
import { prepareExplanation } from "@onnx-lrp/core";
import { openSession, pixelBounds, readModelFile, resolvePreprocess, runtime } from "@onnx-lrp/node";
import { writeModel } from "@onnx-lrp/onnx-loader";

export interface Measurement {
  readonly network: string;
  readonly forwardMs: number;
  /** Ratios to the forward pass: one target, five targets, making the session. */
  readonly one: number;
  readonly five: number;
  readonly session: number;
  readonly bytes: number;
  readonly nodes: number;
}

const rounds = 9;

/** SGLRP, zplus-box, one picture, all cores; the forward pass as onnxruntime runs it by default. */
export async function measure(path: string): Promise<Measurement> {
  const file = readModelFile(path);
  const pixels = pixelBounds(await resolvePreprocess("imagenet"), 3);
  const prepared = await prepareExplanation(file.model, runtime, { pixels });
  const { image } = prepared.graph;
  const [forward, forwardSession] = await timed(() => runtime.InferenceSession.create(path));
  const [explain, explainSession] = await timed(() => openSession(prepared.model, file));
  const sizes = image.dims.slice(1).map(Number);
  const data = Float32Array.from(
    { length: sizes.reduce((a, b) => a * b, 1) },
    (_, i) => 2 * Math.sin(i * 0.37),
  );
  const picture = new runtime.Tensor("float32", data, [1, ...sizes]);
  const targets = (count: number) => {
    const ranks = BigInt64Array.from({ length: count }, (_, i) => BigInt(-1 - i));
    return {
      [image.name]: picture,
      [prepared.names.targets]: new runtime.Tensor("int64", ranks, [1, count]),
    };
  };
  const forwards: number[] = [];
  const ones: number[] = [];
  const fives: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const [, plain] = await timed(() => forward.run({ [image.name]: picture }));
    const [, one] = await timed(() => explain.run(targets(1)));
    const [, five] = await timed(() => explain.run(targets(5)));
    if (round === 0) continue; // the first runs also allocate
    forwards.push(plain);
    ones.push(one / plain);
    fives.push(five / plain);
  }
  await forward.release();
  await explain.release();
  return {
    network: basename(path),
    forwardMs: median(forwards),
    one: median(ones),
    five: median(fives),
    session: explainSession / forwardSession,
    bytes: writeModel(prepared.model, { kind: "reference", location: basename(path), source: file.bytes })
      .byteLength,
    nodes: prepared.model.graph.nodes.length,
  };
}

async function timed<T>(action: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const result = await action();
  return [result, performance.now() - start];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
