import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readArray, writeArray } from "./arrays.ts";
import { enterWithNetwork, launch, picture, run, transcript, words } from "./shared.ts";

const png = "89504e470d0a1a0a";

function isPicture(path: string): boolean {
  return readFileSync(path).subarray(0, 8).toString("hex") === png;
}

test.each([
  "explain vgg.onnx dotted-disc.png",
  "explain vgg.onnx dotted-disc.png --target top:3 --out maps",
  'explain vgg.onnx dotted-disc.png --target 8 --target "striped star" --method lrp',
  "explain vgg.onnx dotted-disc.png --target TOP --target 1 --npy",
  "explain vgg.onnx dotted-disc.png --labels none --method clrp --composite epsilon-plus",
  "explain vgg.onnx dotted-disc.png striped-star.png --method gradient",
  "explain vgg.onnx dotted-disc.png --preprocess unit --squash --method input-x-gradient",
])("onnx-lrp %s", async (line) => {
  enterWithNetwork();
  const result = await run(...words(line));
  expect(result.code).toBe(0);
  expect(transcript(line, result)).toMatchSnapshot();
  // Every file that is named is there, and no other.
  const named = [...result.out.matchAll(/\S+\.(?:png|npy)$/gm)]
    .map(([path]) => path)
    .filter((path) => path.includes("/"));
  const folder = named[0]?.split("/")[0] ?? "";
  const pictures = readdirSync(folder).filter((name) => name.endsWith(".png"));
  expect(pictures.map((name) => `${folder}/${name}`).sort()).toEqual([...new Set(named)].sort());
  for (const name of pictures) expect(isPicture(`${folder}/${name}`)).toBe(true);
});

interface Document {
  readonly model: string;
  readonly method: string;
  readonly composite: string;
  readonly options: Record<string, unknown>;
  readonly inputs: readonly {
    readonly input: string;
    readonly figure: string;
    readonly notes: readonly string[];
    readonly top: readonly { class: number; label: string | null; probability: number; logit: number }[];
    readonly explanations: readonly {
      target: number;
      label: string | null;
      probability: number;
      logit: number;
      seedScale: number;
      sum: number;
      sumPositive: number;
      png: string;
      npy: string | null;
    }[];
  }[];
}

function parse(text: string): Document {
  return JSON.parse(text);
}

test("onnx-lrp explain vgg.onnx dotted-disc.png --json --npy --target top:3 --low -2 --high 2", async () => {
  enterWithNetwork();
  const line = "explain vgg.onnx dotted-disc.png --json --npy --target top:3 --low -2 --high 2";
  const { code, out, err } = await run(...words(line));
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const document = parse(out);
  expect(Object.keys(document)).toEqual([
    ...["model", "method", "composite", "preprocess", "labels", "options", "inputs"],
  ]);
  expect(document).toMatchObject({
    preprocess: { name: "scenes", from: "model", source: "onnx-lrp.preprocess" },
    labels: { from: "model", source: "onnx-lrp.labels" },
  });
  expect(document).toMatchObject({ model: "vgg.onnx", method: "sglrp", composite: "zplus-box" });
  expect(document.options).toMatchObject({
    epsilon: 1e-6,
    low: [-2, -2, -2],
    high: [2, 2, 2],
    provider: "cpu",
  });
  const [input] = document.inputs;
  expect(input?.input).toBe("dotted-disc.png");
  expect(input?.top).toHaveLength(5);
  expect(input?.top[0]).toMatchObject({ class: 1, label: "dotted disc" });
  const logits = input?.top.map(({ logit }) => logit) ?? [];
  expect(logits).toEqual([...logits].sort((a, b) => b - a));
  expect(input?.explanations.map(({ target }) => target)).toEqual(
    input?.top.slice(0, 3).map((one) => one.class),
  );
  for (const explanation of input?.explanations ?? []) {
    const same = input?.top.find((one) => one.class === explanation.target);
    expect(explanation).toMatchObject({
      label: same?.label,
      probability: same?.probability,
      logit: same?.logit,
    });
    expect(explanation.seedScale).toBeGreaterThan(0);
    const { shape, values } = readArray(explanation.npy ?? "");
    expect(shape).toEqual([1, 3, 128, 128]);
    expect(values.reduce((sum, x) => sum + x, 0)).toBeCloseTo(explanation.sum, 9);
    expect(values.reduce((sum, x) => sum + Math.max(x, 0), 0)).toBeCloseTo(explanation.sumPositive, 9);
    expect(explanation.sumPositive).toBeGreaterThan(0);
    expect(isPicture(explanation.png)).toBe(true);
  }
  expect(isPicture(input?.figure ?? "")).toBe(true);
});

test("the built command puts one JSON document on stdout, whatever goes wrong with an input", async () => {
  const folder = enterWithNetwork();
  writeFileSync("broken.png", readFileSync("dotted-disc.png").subarray(0, 300));
  const { code, out, err } = await launch(
    ["explain", "vgg.onnx", folder, "missing.jpg", "--json", "--out", "maps"].map(String),
  );
  expect(code).toBe(1);
  expect(parse(out).inputs.map(({ input }) => input.split("/").at(-1))).toEqual([
    "dotted-disc.png",
    "striped-star.png",
  ]);
  expect(err).toMatch(/broken\.png.*\n.*missing\.jpg/);
});

test("onnx-lrp explain vgg.onnx photos --out maps (a folder with one broken picture)", async () => {
  enterWithNetwork();
  mkdirSync("photos");
  copyFileSync("dotted-disc.png", "photos/c.PNG");
  copyFileSync("striped-star.png", "photos/a.png");
  writeFileSync("photos/b.png", readFileSync("dotted-disc.png").subarray(0, 300));
  writeFileSync("photos/notes.txt", "not a picture");
  const line = "explain vgg.onnx photos --out maps";
  const result = await run(...words(line));
  expect(transcript(line, result)).toMatchSnapshot();
  expect(result.code).toBe(1);
  expect(readdirSync("maps").filter((name) => name.startsWith("b"))).toEqual([]);
  expect(readdirSync("maps").map((name) => name[0])).toEqual(["a", "a", "c", "c"]);
});

test("onnx-lrp explain vgg.onnx a.npy (a tensor is taken as it is, with its batch or without)", async () => {
  enterWithNetwork();
  const values = Float32Array.from({ length: 3 * 128 * 128 }, (_, i) => Math.sin(i / 500));
  writeArray("a.npy", [1, 3, 128, 128], values);
  writeArray("b.npy", [3, 128, 128], values);
  const { code, out } = await run(
    ..."explain vgg.onnx a.npy b.npy --json --npy --method lrp --composite epsilon".split(" "),
  );
  expect(code).toBe(0);
  const { inputs } = parse(out);
  const [a, b] = inputs.map(({ explanations }) => explanations[0]);
  expect(a?.logit).toBe(b?.logit);
  expect(readArray(a?.npy ?? "").values).toEqual(readArray(b?.npy ?? "").values);
  expect(inputs.map(({ figure }) => existsSync(figure))).toEqual([true, true]);
});

test("pictures of the same name in several folders get results of their own", async () => {
  enterWithNetwork();
  mkdirSync("one");
  mkdirSync("two");
  copyFileSync(picture("dotted-disc"), "one/x.png");
  copyFileSync(picture("striped-star"), "two/X.png");
  const { code, out } = await run(..."explain vgg.onnx one two --json".split(" "));
  expect(code).toBe(0);
  const figures = parse(out).inputs.map(({ figure }) => figure);
  expect(new Set(figures.map((name) => name.toLowerCase())).size).toBe(2);
});

test("the same class asked for twice is explained once", async () => {
  enterWithNetwork();
  const { out } = await run(
    ...words('explain vgg.onnx dotted-disc.png --json --target top --target 1 --target "dotted disc"'),
  );
  expect(parse(out).inputs[0]?.explanations.map(({ target }) => target)).toEqual([1]);
});

test("what another target left is not replaced in silence, and the folder's own results are no pictures", async () => {
  enterWithNetwork();
  mkdirSync("photos");
  copyFileSync("dotted-disc.png", "photos/dotted-disc.png");
  const explain = (...more: readonly string[]) =>
    run("explain", "vgg.onnx", "photos", "--out", "photos", ...more);
  expect((await explain("--target", "dotted disc")).err).toBe("");
  expect((await explain("--target", "dotted disc")).err).toBe("");
  const other = await explain("--target", "striped disc", "--json");
  const { inputs } = parse(other.out);
  expect(inputs).toHaveLength(1);
  expect(inputs[0]?.notes).toEqual([
    `Replaced what other targets or options had left: ${join("photos", "dotted-disc.sglrp.png")} (--out chooses another folder).`,
  ]);
  expect(readdirSync("photos").sort()).toEqual([
    "dotted-disc.png",
    "dotted-disc.sglrp.0-striped-disc.png",
    "dotted-disc.sglrp.1-dotted-disc.png",
    "dotted-disc.sglrp.png",
  ]);
});
