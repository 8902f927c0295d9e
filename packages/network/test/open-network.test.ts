/** The front door, on a network that ships: whatever form a picture has, the command's options and numbers come out. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeImage, openExplainer } from "@onnx-lrp/node";
import { pixelBounds, preprocess } from "@onnx-lrp/pictures";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Network, openNetwork, UserError } from "../src/index.ts";
import { readNetwork } from "../src/node/calls.ts";

const picture = fileURLToPath(
  new URL("../../../models/pictures/striped-star_ringed-triangle.png", import.meta.url),
);
const model = fileURLToPath(new URL("../../../models/networks/vgg.onnx", import.meta.url));

let network: Network;

beforeAll(async () => {
  network = await openNetwork("vgg", { threads: 1 });
});

afterAll(() => network.close());

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function errorOf(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof UserError) return error;
  throw new Error("no error that a user can meet", { cause: error });
}

describe("explain", () => {
  test("gives the map that the engine gives with the network's own preprocessing", async () => {
    const { top, explanations, logits } = await network.explain(picture);
    const [only] = explanations;
    const { readModelFile } = await import("@onnx-lrp/node");
    const { spec } = await readNetwork(readModelFile(model));
    const pixels = pixelBounds(spec, 3);
    const explainer = await openExplainer(model, { pixels, threads: 1 });
    const { data } = preprocess(await decodeImage(picture), spec, { ...explainer.image, channels: 3 });
    const [expected] = await explainer.explain([data], [[-1]]);
    await explainer.release();
    expect(only?.relevance).toEqual(expected?.explanations[0]?.relevance);
    expect(only?.class).toBe(expected?.explanations[0]?.target);
    expect(only?.shape).toEqual([3, 128, 128]);
    expect(top[0]).toMatchObject({ class: only?.class, label: only?.label, logit: only?.logit });
    expect(top.map(({ logit }) => logit)).toEqual([...logits].sort((a, b) => b - a).slice(0, 5));
    const sum = only?.heatmap.values.reduce((a, b) => a + b, 0) ?? Number.NaN;
    expect(sum).toBeCloseTo(only?.sum ?? 0, 6);
  });

  test("takes a name that fits several classes for the most probable of them, and notes it", async () => {
    const { explanations, notes, top } = await network.explain(picture, {
      target: "star",
      against: "triangle",
    });
    expect(explanations[0]?.label).toBe("striped star");
    expect(explanations[0]?.against?.label).toBe("ringed triangle");
    expect(top.map(({ label }) => label)).toContain("striped star");
    expect(notes).toEqual([
      expect.stringContaining('"star" fits 4 classes; striped star is taken, the most probable'),
      expect.stringContaining('"triangle" fits 4 classes; ringed triangle is taken'),
    ]);
  });

  test("takes a picture as path, bytes, Blob and pixels, to the same numbers", async () => {
    const bytes = readFileSync(picture);
    const { data, info } = await sharp(picture).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const forms = [picture, bytes, new Uint8Array(bytes), new Blob([bytes]), { width, height, data }];
    const maps = [];
    for (const form of forms) maps.push((await network.explain(form)).explanations[0]?.relevance);
    for (const map of maps) expect(map).toEqual(maps[0]);
  });

  test("takes a tensor, with and without its shape", async () => {
    const data = Float32Array.from({ length: 3 * 128 * 128 }, (_, i) => Math.sin(i) / 2);
    const plain = await network.explain(data, { method: "gradient" });
    const shaped = await network.explain({ data, dims: [1, 3, 128, 128] }, { method: "gradient" });
    expect(plain.explanations[0]?.relevance).toEqual(shaped.explanations[0]?.relevance);
    const short = await errorOf(network.explain(data.subarray(1)));
    expect(short).toMatchObject({ kind: "input" });
    expect(short.message).toContain("3 x 128 x 128");
  });

  test("targets are labels, indices and ranks, each class once", async () => {
    const { top, explanations } = await network.explain(picture, {
      target: ["striped star", 8, "top:2", "top"],
    });
    expect(explanations.map((one) => one.class)).toEqual([
      ...new Set([8, top[0]?.class, top[1]?.class].filter((index) => index !== undefined)),
    ]);
    const unknown = await errorOf(network.explain(picture, { target: "zebra" }));
    expect(unknown).toMatchObject({ kind: "usage", subject: { option: "target" } });
  });

  test("a contrast says what it is against", async () => {
    const { explanations } = await network.explain(picture, { target: "striped star", against: 7 });
    expect(explanations[0]?.against).toEqual({ class: 7, label: "ringed triangle" });
  });

  test("draws and writes figures, making their folder", async () => {
    const { explanations, savePng } = await network.explain(picture, { target: "top:2" });
    const folder = join(newFolder(), "maps");
    await explanations[0]?.savePng(join(folder, "first.png"));
    await explanations[0]?.savePng(join(folder, "map.png"), "map");
    await savePng(join(folder, "all.png"));
    expect(await sharp(join(folder, "map.png")).metadata()).toMatchObject({ format: "png" });
    for (const name of ["first.png", "all.png"]) expect(existsSync(join(folder, name))).toBe(true);
  });

  test("stops at a signal, between inputs and between passes", async () => {
    const reason = new Error("enough");
    const before = AbortSignal.abort(reason);
    await expect(network.explain(picture, { signal: before })).rejects.toBe(reason);
    const controller = new AbortController();
    const passes: number[] = [];
    const onProgress = ({ passes: done }: { readonly passes: number }) => {
      passes.push(done);
      controller.abort(reason);
    };
    const options = { method: "occlusion", window: 64, signal: controller.signal, onProgress } as const;
    await expect(network.explain(picture, options)).rejects.toBe(reason);
    expect(passes).toHaveLength(1);
    // The network is as good as before.
    expect((await network.explain(picture)).explanations).toHaveLength(1);
  });

  test("calls at the same time take turns", async () => {
    const methods = ["sglrp", "gradient", "lrp"] as const;
    const together = await Promise.all(methods.map((method) => network.explain(picture, { method })));
    for (const [i, method] of methods.entries()) {
      const alone = await network.explain(picture, { method });
      expect(together[i]?.explanations[0]?.relevance).toEqual(alone.explanations[0]?.relevance);
    }
  });
});

describe("explainEach", () => {
  test("gives one result after another, and asks for no more inputs than a batch", async () => {
    let asked = 0;
    function* pictures() {
      for (let i = 0; i < 5; i += 1) {
        asked += 1;
        yield picture;
      }
    }
    const done: number[] = [];
    const asks: number[] = [];
    const options = {
      batchSize: 2,
      onProgress: ({ inputs }: { readonly inputs: number }) => done.push(inputs),
    };
    for await (const { explanations } of network.explainEach(pictures(), options)) {
      expect(explanations).toHaveLength(1);
      asks.push(asked);
    }
    expect(asks).toEqual([2, 2, 4, 4, 5]);
    expect(done).toEqual([1, 2, 3, 4, 5]);
  });

  test("takes what arrives later, and ends when the caller has enough", async () => {
    async function* endless() {
      for (;;) yield await readFileSync(picture);
    }
    let results = 0;
    for await (const _ of network.explainEach(endless())) {
      results += 1;
      if (results === 2) break;
    }
    expect(results).toBe(2);
  });
});

describe("openNetwork", () => {
  test("gives names to classes, from a list", async () => {
    const names = Array.from({ length: 16 }, (_, i) => `thing ${i}`);
    await using named = await openNetwork(model, { labels: names, threads: 1 });
    const { explanations } = await named.explain(picture, { target: "thing 3", method: "gradient" });
    expect(explanations[0]).toMatchObject({ class: 3, label: "thing 3" });
    await using short = await openNetwork(model, { labels: names.slice(1), threads: 1 });
    expect((await errorOf(short.explain(picture))).message).toContain("15 names, and the model has 16");
  });

  test("says who says how pictures are preprocessed", () => {
    expect(network.preprocess.source.from).not.toBe("guess");
    expect(network.path).toBe(model);
  });

  test("a closed network says so", async () => {
    const short = await openNetwork(model);
    await short.close();
    expect(await errorOf(short.explain(picture))).toMatchObject({ kind: "usage" });
  });

  test("a file that is no model is an error of its kind", async () => {
    expect(await errorOf(openNetwork(picture))).toMatchObject({ kind: "model" });
  });
});

test("an inner value of a picture's network is explained without the picture's bounds", async () => {
  const { nodes } = await network.inspect().then(async ({ graph, problems }) => {
    const { nodesBetween } = await import("@onnx-lrp/core/internal");
    return { nodes: nodesBetween(graph, problems) };
  });
  const pool = nodes.find(({ op }) => op === "MaxPool");
  const inner = pool?.node.outputs[0] ?? "";
  const [whole] = (await network.explain(picture, { method: "lrp" })).explanations;
  const [only] = (await network.explain(picture, { method: "lrp", backTo: inner })).explanations;
  expect(only?.shape).toEqual(pool?.shape?.slice(1));
  // What reaches the value is what reaches the picture, less what biases keep between them.
  expect(only?.logit).toBeCloseTo(whole?.logit ?? 0, 4);
  expect(only?.sum).toBeCloseTo(whole?.sum ?? 0, 2);
});

test("compile writes network and explanation as one model", async () => {
  const path = join(newFolder(), "vgg.sglrp.onnx");
  await network.compile(path, { method: "lrp" });
  expect(readFileSync(path).length).toBeGreaterThan(100_000);
});

test("inspect shows rules and what blocks the explanation", async () => {
  const { problems, record, graph } = await network.inspect();
  expect(problems).toEqual([]);
  expect(record).toMatchObject({ method: "sglrp", composite: "zplus-box" });
  expect(graph.image.name).toBeDefined();
});

describe("what programs in JavaScript get wrong", () => {
  type Untyped = Record<"explain" | "compare" | "evaluate", (...args: unknown[]) => Promise<unknown>>;
  const untyped = () => network as unknown as Untyped;

  test("an option that there is not is an error that names the nearest", async () => {
    const explain = await errorOf(untyped().explain(picture, { targets: "zebra" }));
    expect(explain).toMatchObject({ kind: "usage", subject: { option: "targets" } });
    expect(explain.message).toBe('explain has no option "targets". Write target, if you mean that.');
    const compare = await errorOf(untyped().compare(picture, { method: "sglrp" }));
    expect(compare.message).toContain("Write methods, if you mean that.");
    const evaluate = await errorOf(untyped().evaluate("scenes:2", { folder: "run", metric: "deletion" }));
    expect(evaluate.message).toContain("Write metrics, if you mean that.");
    const open = await errorOf(openNetwork("vgg", { preproces: "caffe" } as object));
    expect(open.message).toContain("Write preprocess, if you mean that.");
    expect((await errorOf(untyped().explain(picture, "zebra"))).message).toContain("must be an object");
    expect((await errorOf(untyped().evaluate("scenes:2"))).message).toContain("needs a folder");
  });

  test("something that is no picture is an error that says what is", async () => {
    for (const wrong of [null, undefined, 5, {}, new URL("file:///a.png")]) {
      const error = await errorOf(untyped().explain(wrong));
      expect(error).toMatchObject({ kind: "input" });
      expect(error.message).toContain("must be a path, the bytes of a file");
    }
    expect((await errorOf(untyped().explain([picture]))).message).toContain("explainEach");
    expect((await errorOf(openNetwork(readFileSync(model) as never))).message).toContain("by the path");
  });

  test("a drawing that there is not is an error", async () => {
    const { explanations } = await network.explain(picture, { method: "gradient" });
    const draw = explanations[0]?.png as (look: string) => Promise<unknown>;
    expect((await errorOf(draw("overlay"))).message).toContain('as figure or as map; got "overlay"');
  });
});

test("included pictures are known by their names, and an ArrayBuffer is the bytes of a file", async () => {
  const named = await network.explain("striped-star_ringed-triangle.png", { method: "gradient" });
  const { buffer, byteOffset, byteLength } = readFileSync(picture);
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  const buffered = await network.explain(bytes as ArrayBuffer, { method: "gradient" });
  expect(named.explanations[0]?.relevance).toEqual(buffered.explanations[0]?.relevance);
});
