/** `onnx-lrp evaluate` and `explain` with windows for each axis, on networks of signals and volumes. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { network } from "@onnx-lrp/test-kit/network";
import { numbers, seeded } from "@onnx-lrp/test-kit/random";
import { beforeEach, expect, test } from "vitest";
import { writeArray } from "./arrays.ts";
import { save } from "./networks.ts";
import { enterFolder, run, words } from "./shared.ts";

function signalNetwork() {
  const g = network({ seed: 5, input: ["N", 2, 64] });
  const first = g.add("Relu", [g.conv(g.image, [4, 2, 5], { strides: [2] })]);
  const second = g.add("Relu", [g.conv(first, [6, 4, 3])]);
  return g.model(g.add("Softmax", [g.dense(g.flatten(g.add("GlobalAveragePool", [second])), 6, 3)]));
}

function volumeNetwork() {
  const g = network({ seed: 6, input: ["N", 1, 4, 8, 8] });
  const first = g.add("Relu", [g.conv(g.image, [4, 1, 3, 3, 3], { pads: [1, 1, 1, 1, 1, 1] })]);
  const low = g.add("MaxPool", [first], { kernel_shape: [2, 2, 2], strides: [2, 2, 2] });
  return g.model(g.add("Softmax", [g.dense(g.flatten(low), 128, 3)]));
}

beforeEach(() => {
  enterFolder();
  save("signal.onnx", signalNetwork());
  save("volume.onnx", volumeNetwork());
  const random = seeded(9);
  const [signals, volumes] = [[], []] as { file: string; label: number }[][];
  for (const label of [0, 1, 2]) {
    mkdirSync(`signals/${label}`, { recursive: true });
    for (const name of ["a", "b"]) {
      const file = `signals/${label}/${name}.npy`;
      writeArray(file, [2, 64], Float32Array.from(numbers(random, 128)));
      signals?.push({ file, label });
    }
    writeArray(`volume${label}.npy`, [1, 1, 4, 8, 8], Float32Array.from(numbers(random, 256)));
    volumes?.push({ file: `volume${label}.npy`, label });
  }
  writeFileSync("volumes.json", JSON.stringify(volumes));
});

const methods = ["--methods", "sglrp,grad-cam,smoothgrad,occlusion,random"];
const withoutRegion = "patch-masking,deletion,insertion,infidelity,max-sensitivity,sparseness,randomization";

test.each([
  ["signal.onnx", "signals", 6],
  ["volume.onnx", "volumes.json", 3],
])("evaluate %s %s: every metric that needs no region", { timeout: 180_000 }, async (model, data, count) => {
  const { code, out, err } = await run(
    ...[
      "evaluate",
      model,
      data,
      ...methods,
      "--quiet",
      "--metrics",
      withoutRegion,
      "--randomization-pictures",
      "2",
    ],
    ...["--out", "run"],
  );
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(new RegExp(`^${count} pictures`));
  const { measures } = JSON.parse(readFileSync("run/summary.json", "utf8")) as {
    measures: { name: string; methods: { n: number }[] }[];
  };
  expect(measures.map(({ name }) => name)).toEqual([
    ...withoutRegion.split(","),
    ...["randomization-signed", "randomization-ssim"],
  ]);
  for (const { methods: each } of measures.slice(0, 6)) expect(each).toHaveLength(5);
  const report = readFileSync("run/report.html", "utf8");
  expect(report).toContain("Deletion");
  // The inputs worth looking at, each with its maps.
  const kind = model.replace(".onnx", "");
  expect(report).toContain("Methods disagree most about");
  expect(report).toMatch(new RegExp(`alt="${kind}".*alt="sglrp `));
  expect(JSON.parse(readFileSync("run/plan.json", "utf8")).preprocessSource).toMatchObject({ from: "guess" });
});

test("--size says how long signals are where the network takes any", async () => {
  const fixed = signalNetwork();
  const inputs = fixed.graph.inputs.map((input) => ({
    ...input,
    type: { type: "float32" as const, dims: ["N", 2, "length"] },
  }));
  save("open.onnx", { ...fixed, graph: { ...fixed.graph, inputs } });
  const line = "evaluate open.onnx signals --methods sglrp,random --metrics deletion,sparseness --quiet";
  const unknown = await run(...words(`${line} --out a`));
  expect(unknown.code).toBe(2);
  expect(unknown.err).toMatch(/"image" leaves the size of its signals open \(axis L of N x C x L\).*--size/s);
  const { code, err, out } = await run(...words(`${line} --size 64 --out b`));
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^6 pictures/);
});

test("metrics of regions say that signals have none", async () => {
  const args = ["evaluate", "signal.onnx", "signals", ...methods];
  const both = await run(...args, "--metrics", "pointing-game,sparseness", "--out", "a");
  expect(both.code).toBe(0);
  expect(both.err).toContain(
    "The metric pointing-game needs the region of an object, which pictures have and signals do not: it is left out.",
  );
  const only = await run(...args, "--metrics", "pointing-game,relevance-mass", "--out", "b");
  expect(only.code).toBe(2);
  expect(only.err).toContain(
    "The metrics pointing-game, relevance-mass need the region of an object, which pictures have and signals do not.",
  );
});

test.each([
  ["explain volume.onnx volume0.npy --method occlusion --window 2x4x4 --stride 1x2x2 --npy", 0, ""],
  ["explain signal.onnx signals/0/a.npy --method occlusion --window 8 --npy", 0, ""],
  [
    "explain volume.onnx volume0.npy --method occlusion --window 2x4",
    2,
    "one number, or one for each axis (depth, height, width); got 2.",
  ],
  ["explain signal.onnx signals/0/a.npy --method occlusion --window 2x", 2, "--window must be an integer"],
] as const)("%s", async (line, code, message) => {
  const result = await run(...words(line));
  expect(result.code).toBe(code);
  expect(result.err).toContain(message);
});
