/** The package in a real browser: the numbers, sentences and files that Node.js gives. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openNetwork, UserError } from "@onnx-lrp/network";
import { decodeImage } from "@onnx-lrp/node";
import { floatTensor, type Tensor, writeModel } from "@onnx-lrp/onnx-loader";
import { browserPath, noBrowser } from "@onnx-lrp/test-kit/browser";
import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestPage, type TestPage } from "./test-page.ts";

const models = fileURLToPath(new URL("../../../models/", import.meta.url));
const picture = "striped-star_ringed-triangle.png";

let at: TestPage;
let folder: string;

beforeAll(async () => {
  if (browserPath === undefined) return;
  folder = mkdtempSync(join(tmpdir(), "onnx-lrp-files-"));
  at = await openTestPage(folder);
  await openShared();
}, 240_000);

afterAll(async () => {
  await at?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

function relativeDifference(found: Float32Array, expected: Float32Array): number {
  let [square, all] = [0, 0];
  for (const [i, wanted] of expected.entries()) {
    square += ((found[i] ?? Number.NaN) - wanted) ** 2;
    all += wanted ** 2;
  }
  return found.length === expected.length ? Math.sqrt(square / all) : Number.NaN;
}

async function errorOnNode(model: string): Promise<UserError> {
  const error = await openNetwork(model)
    .then((network) => network.explain(join(models, "pictures", picture)))
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  if (error instanceof UserError) return error;
  throw new Error("Node.js does not refuse it", { cause: error });
}

/** Opens the network that several tests ask, once; what they call in the page is `globalThis.vgg`. */
async function openShared(): Promise<void> {
  await at.page.evaluate(async (shown) => {
    const blob = await (await fetch(`/models/pictures/${shown}`)).blob();
    globalThis.picture = new File([blob], shown);
    globalThis.vgg = await globalThis.onnxLrp.openNetwork("/models/networks/vgg.onnx");
  }, picture);
}

describe.skipIf(browserPath === undefined)(`in a browser${noBrowser}`, { timeout: 120_000 }, () => {
  test.each(["vgg", "resnet", "segmenter", "detector"])(
    "%s has the map that it has on Node.js",
    async (name) => {
      const found = await at.page.evaluate(async (model) => {
        const { openNetwork: open } = globalThis.onnxLrp;
        const own = model === "vgg" ? undefined : await open(`/models/networks/${model}.onnx`);
        const { explanations, top } = await (own ?? globalThis.vgg).explain(globalThis.picture);
        await own?.close();
        return explanations.map(({ relevance, label, rivals }) => ({
          ...{ relevance, label, rivals },
          top: top.map((one) => one.label),
        }));
      }, name);
      await using network = await openNetwork(name);
      const expected = await network.explain(join(models, "pictures", picture));
      expect(found.map(({ label }) => label)).toEqual(expected.explanations.map(({ label }) => label));
      expect(found[0]?.top).toEqual(expected.top.map(({ label }) => label));
      for (const [i, { relevance, rivals }] of expected.explanations.entries()) {
        expect(relativeDifference(found[i]?.relevance ?? new Float32Array(), relevance)).toBeLessThan(1e-4);
        expect(found[i]?.rivals.map(({ label }) => label)).toEqual(rivals.map(({ label }) => label));
      }
    },
  );

  test("the compiled model is the file that Node.js writes", async () => {
    const path = join(folder, "compiled.onnx");
    await using network = await openNetwork("vgg");
    await network.compile(path);
    const found = await at.page.evaluate(async () => {
      const bytes = new Uint8Array(await (await globalThis.vgg.compile()).arrayBuffer());
      const { nodes, problems, record } = await globalThis.vgg.inspect();
      return { bytes, nodes: nodes.length, problems, method: record.method };
    });
    expect(Buffer.from(found.bytes).equals(readFileSync(path))).toBe(true);
    expect(found).toMatchObject({ problems: [], method: "sglrp" });
    expect(found.nodes).toBeGreaterThan(20);
  });

  test("many inputs come one after another, with their progress", async () => {
    const found = await at.page.evaluate(async () => {
      const labels: (string | undefined)[] = [];
      const done: number[] = [];
      const pictures = [globalThis.picture, globalThis.picture, globalThis.picture];
      const onProgress = ({ inputs }: { readonly inputs: number }) => done.push(inputs);
      for await (const { top } of globalThis.vgg.explainEach(pictures, { batchSize: 2, onProgress })) {
        labels.push(top[0]?.label);
      }
      return { labels, done };
    });
    expect(new Set(found.labels).size).toBe(1);
    expect(found).toMatchObject({ labels: { length: 3 }, done: [1, 2, 3] });
  });

  test("a figure and a map are PNGs", async () => {
    const found = await at.page.evaluate(async () => {
      const result = await globalThis.vgg.explain(globalThis.picture, { target: "top:2" });
      const [first] = result.explanations;
      return { figure: await result.png(), map: await first?.png("map") };
    });
    expect(await sharp(Buffer.from(found.figure)).metadata()).toMatchObject({ format: "png" });
    await using network = await openNetwork("vgg");
    const [expected] = (await network.explain(join(models, "pictures", picture))).explanations;
    const pixels = (bytes: Uint8Array) => sharp(bytes).removeAlpha().raw().toBuffer();
    const drawn = await pixels(found.map ?? new Uint8Array());
    const wanted = await pixels((await expected?.png("map")) ?? new Uint8Array());
    expect(drawn).toHaveLength(wanted.length);
    expect(drawn.filter((byte, i) => Math.abs(byte - (wanted[i] ?? 0)) > 1)).toHaveLength(0);
  });

  test("what is cancelled ends at once, and the network is as good as before", async () => {
    const found = await at.page.evaluate(async () => {
      const { vgg, picture: shown } = globalThis;
      const before = await vgg.explain(shown, { target: 3 });
      const controller = new AbortController();
      const passes: number[] = [];
      const long = vgg.explain(shown, {
        ...{ method: "occlusion", window: 4, stride: 1, signal: controller.signal },
        onProgress(progress) {
          passes.push(progress.passes);
          controller.abort(new Error("enough"));
        },
      });
      const reason = await long.catch((error: unknown) => String(error));
      const after = await vgg.explain(shown, { target: 3 });
      const [a, b] = [before, after].map(({ explanations: [one] }) => one?.relevance ?? []);
      await vgg.close();
      const closed = await vgg.explain(shown).catch((error: unknown) => String(error));
      return { reason, passes, closed, same: a?.length === b?.length && a?.every((v, i) => v === b?.[i]) };
    });
    expect(found).toMatchObject({ reason: "Error: enough", same: true });
    expect(found.passes.length).toBeGreaterThan(0);
    expect(found.closed).toContain('"vgg.onnx" is closed');
  });

  test("another class opens no session, and neither does another contrast", async () => {
    const counts = await at.page.evaluate(async () => {
      const { known, network } = await globalThis.onnxLrp.openHere("/models/networks/vgg.onnx");
      const { InferenceSession } = known.platform.runtime;
      const create = InferenceSession.create.bind(InferenceSession);
      let count = 0;
      InferenceSession.create = (...given: Parameters<typeof create>) => {
        count += 1;
        return create(...given);
      };
      const counted: number[] = [];
      for (const options of [{}, { target: 3 }, { target: 8, against: 7 }, { target: 9, against: 3 }]) {
        await network.explain(globalThis.picture, options);
        counted.push(count);
      }
      await network.close();
      InferenceSession.create = create;
      return counted;
    });
    const [first = 0, second, third = 0, fourth] = counts;
    expect(first).toBeGreaterThan(0);
    expect(second).toBe(first);
    expect(third).toBeGreaterThan(first);
    expect(fourth).toBe(third);
  });

  test("networks that cannot be read or explained are refused in the same sentences", async () => {
    const shape: Tensor = {
      ...{ name: "shape", type: "int64", dims: [4] },
      storage: { kind: "raw", bytes: new Uint8Array(BigInt64Array.of(1n, 3n, 1n, 1n).buffer) },
    };
    const refused = modelOf({
      nodes: [
        node("GlobalAveragePool", ["image"], ["mean"]),
        node("Flatten", ["mean"], ["flat"]),
        node("Reshape", ["flat", "shape"], ["square"]),
        node("Det", ["square"], ["scores"]),
      ],
      ...{ initializers: [shape], outputs: [output("scores")], inputs: [value("image", [1, 3, 8, 8])] },
    });
    const whole = readFileSync(join(models, "networks/vgg.onnx"));
    writeFileSync(join(folder, "refused.onnx"), writeModel(refused));
    writeFileSync(join(folder, "broken.onnx"), whole.subarray(0, 5000));
    writeFileSync(join(folder, "words.onnx"), "no model at all");
    for (const name of ["refused.onnx", "broken.onnx", "words.onnx"]) {
      const path = join(folder, name);
      const { kind, message, remedies } = await errorOnNode(path);
      const found = await at.page.evaluate(async (file) => {
        const { openNetwork: open, UserError: Met } = globalThis.onnxLrp;
        const run = open(`/files/${file}`).then(async (network) => {
          await network.explain(globalThis.picture).finally(() => network.close());
        });
        const error = await run.catch((reason: unknown) => reason);
        if (!(error instanceof Met)) return String(error);
        return { kind: error.kind, message: error.message, remedies: error.remedies };
      }, name);
      expect(found).toEqual({ kind, remedies, message: message.replaceAll(path, name) });
    }
  });

  test("external data is found among the files beside the model", async () => {
    const rows = 3;
    const weights = Float32Array.from({ length: rows * 3 * 8 * 8 }, (_, i) => Math.sin(i));
    const bytes = new Uint8Array(weights.buffer);
    const external: Tensor = {
      ...floatTensor("w", [rows, 3 * 8 * 8], weights),
      storage: { kind: "external", location: "weights.bin", offset: 0, length: bytes.length },
    };
    const model = modelOf({
      nodes: [node("Flatten", ["image"], ["flat"]), node("Gemm", ["flat", "w"], ["scores"], { transB: 1 })],
      ...{ initializers: [external], outputs: [output("scores")], inputs: [value("image", [1, 3, 8, 8])] },
    });
    const found = await at.page.evaluate(
      async ([network, data]) => {
        const { openHere } = globalThis.onnxLrp;
        const [given, beside] = [network, data].map((part) => new Uint8Array(part));
        if (given === undefined || beside === undefined) return undefined;
        const options = { preprocess: "unit", low: 0, high: 1 } as const;
        const refused = await openHere(given, options).catch((error: unknown) => String(error));
        const opened = await openHere(given, { ...options, files: [new File([beside], "weights.bin")] });
        const pixels = { data: Float32Array.from({ length: 192 }, (_, i) => i / 192), dims: [1, 3, 8, 8] };
        const { logits } = await opened.network.explain(pixels);
        await opened.network.close();
        return { refused: String(refused), logits: [...logits] };
      },
      [writeModel(model), bytes] as const,
    );
    expect(found?.refused).toContain('keeps the tensor "w" in "weights.bin", and that file is not here');
    const expected = Array.from({ length: rows }, (_, row) =>
      weights.subarray(row * 192, (row + 1) * 192).reduce((sum, w, i) => sum + (w * i) / 192, 0),
    );
    for (const [i, logit] of expected.entries()) expect(found?.logits[i]).toBeCloseTo(logit, 3);
  });

  test("pictures have the pixels that they have on Node.js", async () => {
    const [width, height] = [37, 23];
    const raw = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 7919 + i * i) % 256);
    const image = () => sharp(raw, { raw: { width, height, channels: 4 } });
    const files = {
      "transparent.png": await image().png().toBuffer(),
      "profile.png": await image().removeAlpha().withIccProfile("p3").png().toBuffer(),
      "turned.png": await image().removeAlpha().withMetadata({ orientation: 6 }).png().toBuffer(),
      "grey.png": await image().removeAlpha().greyscale().png().toBuffer(),
    };
    for (const [name, bytes] of Object.entries(files)) {
      const found = await at.page.evaluate(
        async ([file, data]) => {
          const decoded = await globalThis.onnxLrp.decodePicture({ name: file, bytes: new Uint8Array(data) });
          return decoded;
        },
        [name, new Uint8Array(bytes)] as const,
      );
      const { rgb, alpha, ...size } = await decodeImage({ name, bytes });
      expect(found).toMatchObject({ width: size.width, height: size.height, notes: [] });
      expect(found.rgb).toEqual(rgb);
      expect(found.alpha).toEqual(alpha);
    }
  });

  test("nothing was asked of another host, and the console is clean", () => {
    const own = (url: string) => url.startsWith(at.address) || /^(?:blob|data):/.test(url);
    expect(at.requested.length).toBeGreaterThan(10);
    expect(at.requested.filter((url) => !own(url))).toEqual([]);
    expect(at.errors).toEqual([]);
  });
});
