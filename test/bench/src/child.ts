/** What a process of its own measures; asked by a JSON argument, answered in JSON. */
import { type PreparedExplanation, prepareExplanation } from "@onnx-lrp/core/internal";
import { type ModelFile, readModelFile, resolvePreprocess } from "@onnx-lrp/node";
import { openSession, runtime } from "@onnx-lrp/node/internal";
import { pixelBounds } from "@onnx-lrp/pictures";

import { median, milliseconds } from "./clock.ts";

export type Request =
  | { readonly kind: "time"; readonly path: string; readonly pictures: number }
  | { readonly kind: "session"; readonly path: string }
  | { readonly kind: "memory"; readonly path: string; readonly what: "forward" | 1 | 5 };

/** Medians; ratios are of runs that followed each other. */
export interface Timing {
  readonly forwardMs: number;
  readonly one: number;
  readonly five: number;
}

const rounds = 9;
const sessionRounds = 5;

type Session = Awaited<ReturnType<typeof openSession>>;

/** The explanation for a number of pictures and targets, as `explain` makes it; `any` as `compile` does. */
async function prepare(
  file: ModelFile,
  pictures: number | undefined,
  targets: number | undefined,
): Promise<PreparedExplanation> {
  const pixels = pixelBounds(await resolvePreprocess("imagenet"), 3);
  return prepareExplanation(file.model, runtime, { pixels, fixedSizes: { batch: pictures, targets } });
}

function feeds({ analysis, compiled }: PreparedExplanation, pictures: number, targets: number) {
  const { graph } = analysis;
  const { names } = compiled;
  const sizes = graph.image.dims.slice(1).map(Number);
  const count = sizes.reduce((a, b) => a * b, pictures);
  const data = Float32Array.from({ length: count }, (_, i) => 2 * Math.sin(i * 0.37));
  const ranks = BigInt64Array.from({ length: pictures * targets }, (_, i) => BigInt(-1 - (i % targets)));
  const picture = new runtime.Tensor("float32", data, [pictures, ...sizes]);
  return {
    forward: { [graph.image.name]: picture },
    explain: {
      [graph.image.name]: picture,
      [names.targets]: new runtime.Tensor("int64", ranks, [pictures, targets]),
    },
  };
}

function wanted({ compiled: { names } }: PreparedExplanation): string[] {
  return [names.logits, names.targetClasses ?? "", names.relevance, names.seedScale].filter(
    (name) => name !== "",
  );
}

async function time(path: string, pictures: number): Promise<Timing> {
  const file = readModelFile(path);
  const [one, five] = [await prepare(file, pictures, 1), await prepare(file, pictures, 5)];
  const forward = await runtime.InferenceSession.create(path);
  const sessions: readonly (readonly [PreparedExplanation, Session, number])[] = [
    [one, await openSession(one.compiled.model, file), 1],
    [five, await openSession(five.compiled.model, file), 5],
  ];
  const plains: number[] = [];
  const ratios: number[][] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    const plain = await milliseconds(() => forward.run(feeds(one, pictures, 1).forward));
    const explained: number[] = [];
    for (const [prepared, session, targets] of sessions) {
      const { explain } = feeds(prepared, pictures, targets);
      explained.push(await milliseconds(() => session.run(explain, wanted(prepared))));
    }
    if (round === 0) continue; // the first runs also allocate
    plains.push(plain);
    for (const [i, ms] of explained.entries()) ratios[i]?.push(ms / plain);
  }
  return { forwardMs: median(plains), one: median(ratios[0] ?? []), five: median(ratios[1] ?? []) };
}

async function session(path: string) {
  const file = readModelFile(path);
  const [fixed, any] = [await prepare(file, 1, 1), await prepare(file, undefined, undefined)];
  const own: number[] = [];
  const ratios: number[] = [];
  const anyRatios: number[] = [];
  const made = async (action: () => Promise<Session>) => {
    const start = performance.now();
    const opened = await action();
    const taken = performance.now() - start;
    await opened.release();
    return taken;
  };
  for (let round = 0; round < sessionRounds; round += 1) {
    const plain = await made(() => runtime.InferenceSession.create(path));
    own.push(await made(() => openSession(fixed.compiled.model, file)));
    ratios.push((own.at(-1) ?? Number.NaN) / plain);
    anyRatios.push((await made(() => openSession(any.compiled.model, file))) / plain);
  }
  return { seconds: median(own) / 1000, ratio: median(ratios), anyRatio: median(anyRatios) };
}

async function memory(path: string, what: "forward" | 1 | 5): Promise<{ peak: number }> {
  if (what === "forward") {
    const opened = await runtime.InferenceSession.create(path);
    const [input = ""] = opened.inputNames;
    const [meta] = opened.inputMetadata;
    const dims = meta?.isTensor ? meta.shape.map((size) => (typeof size === "number" ? size : 1)) : [];
    const data = new Float32Array(dims.reduce((a, b) => a * b, 1));
    for (let i = 0; i < 3; i += 1) await opened.run({ [input]: new runtime.Tensor("float32", data, dims) });
  } else {
    const file = readModelFile(path);
    const prepared = await prepare(file, 1, what);
    const opened = await openSession(prepared.compiled.model, file);
    for (let i = 0; i < 3; i += 1) await opened.run(feeds(prepared, 1, what).explain, wanted(prepared));
  }
  // maxRSS is in kilobytes.
  return { peak: process.resourceUsage().maxRSS * 1024 };
}

function answer(request: Request): Promise<unknown> {
  switch (request.kind) {
    case "time":
      return time(request.path, request.pictures);
    case "session":
      return session(request.path);
    case "memory":
      return memory(request.path, request.what);
  }
}

const request: Request = JSON.parse(process.argv[2] ?? "{}");
process.stdout.write(JSON.stringify(await answer(request)));
