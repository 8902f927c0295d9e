/** The example for Ray gives the numbers that a run in this program gives. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { MethodName } from "@onnx-lrp/core/names";
import {
  type Item,
  metrics as known,
  metricByName,
  openDataSet,
  runEvaluation,
  summarize,
} from "@onnx-lrp/evaluation";
import {
  hashItems,
  meanColour,
  openRunFolder,
  type Plan,
  prepareItem,
  sampleItems,
} from "@onnx-lrp/evaluation/internal";
import { shippedClassifiers, writeScenes } from "@onnx-lrp/models";
import {
  openExplainer,
  openFileScorer,
  readModelFile,
  resolvePreprocess,
  writeExplanationModel,
} from "@onnx-lrp/node";
import { readModel, writeModel } from "@onnx-lrp/onnx-loader";
import { type Preprocess, parsePreprocess, pixelBounds } from "@onnx-lrp/pictures";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "./shared.ts";

const execute = promisify(execFile);
const python = process.env.ONNX_LRP_PYTHON ?? "python3";
const example = fileURLToPath(new URL("../../../examples/ray/evaluate_with_ray.py", import.meta.url));
const shared = fileURLToPath(new URL("../../../../shared/", import.meta.url));
const modules = "numpy, onnx, onnxruntime, PIL, pyarrow, ray.data";
const importable = await execute(python, ["-c", `import ${modules}`]).then(
  () => true,
  () => false,
);

const folder = mkdtempSync(join(tmpdir(), "onnx-lrp-ray-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const metrics = ["patch-masking", "pointing-game", "pointing-one"].map(metricByName);

interface Case {
  readonly title: string;
  readonly network: () => string;
  readonly methods: readonly MethodName[];
  /** Named where the network's file does not say it. */
  readonly preprocess: string | undefined;
  /** Makes or finds the data set. */
  readonly dataset: () => Promise<string>;
  readonly limit: number;
  readonly missing: string | undefined;
}

const scenes = async () => {
  const path = join(folder, "scenes");
  await writeScenes(path, { count: 6 });
  return path;
};
const cases: readonly Case[] = [
  ...["resnet", "densenet"].map(
    (name): Case => ({
      title: `${name} on scenes with masks`,
      network: () => shipped(name),
      methods: ["sglrp", "lrp"],
      preprocess: undefined,
      dataset: scenes,
      limit: 12,
      missing: undefined,
    }),
  ),
  {
    title: "a network that ends in a Sigmoid",
    network: endingInSigmoid,
    methods: ["clrp", "lrp"],
    preprocess: undefined,
    dataset: scenes,
    limit: 6,
    missing: undefined,
  },
  {
    title: "SqueezeNet on photographs with boxes",
    network: () => join(shared, "models/squeezenet1.1.onnx"),
    methods: ["sglrp", "guided-grad-cam"],
    preprocess: "imagenet",
    dataset: async () => join(shared, "imagenet-val"),
    limit: 6,
    missing: existsSync(shared) ? undefined : "../shared is missing",
  },
];

function shipped(name: string): string {
  return fileURLToPath(shippedClassifiers.find((network) => network.name === name)?.file ?? "");
}

/** The shipped network with each class's probability of its own at the end. */
function endingInSigmoid(): string {
  const path = join(folder, "sigmoid.onnx");
  const model = readModel(readFileSync(shipped("resnet")));
  const { nodes, outputs } = model.graph;
  const [last = ""] = outputs.map(({ name }) => name);
  const rename = (name: string) => (name === last ? "raw" : name);
  const renamed = nodes.map((node) => ({ ...node, outputs: node.outputs.map(rename) }));
  const added = {
    op: "Sigmoid",
    domain: "",
    name: "sigmoid",
    inputs: ["raw"],
    outputs: [last],
    attributes: new Map(),
  };
  writeFileSync(path, writeModel({ ...model, graph: { ...model.graph, nodes: [...renamed, added] } }));
  return path;
}

describe("examples/ray", () => {
  for (const { title, missing, ...rest } of cases) {
    const reason = importable ? missing : `set ONNX_LRP_PYTHON to a Python that has ${modules}`;
    test.skipIf(reason !== undefined)(
      reason === undefined ? title : `${title} (skipped: ${reason})`,
      () => compareRuns({ title, missing, ...rest }),
      300_000,
    );
  }
});

async function compareRuns({ title, methods, preprocess, dataset, limit, ...own }: Case): Promise<void> {
  const [ours, theirs] = [join(folder, `${title} here`), join(folder, `${title} by Ray`)];
  const [network, path] = [own.network(), await dataset()];
  const model = readModelFile(network);
  const spec =
    preprocess === undefined
      ? parsePreprocess(model.model.metadata["onnx-lrp.preprocess"] ?? "", network)
      : await resolvePreprocess(preprocess);
  const compiled: string[] = [];
  for (const method of methods) {
    const out = join(folder, `${title}.${method}.onnx`);
    await writeExplanationModel(model, out, { method, pixels: pixelBounds(spec, 3) });
    compiled.push(out);
  }
  const words = [example, path, ...compiled, "--out", theirs, "--limit", String(limit), "--unit", "4"];
  const options = preprocess === undefined ? [] : ["--preprocess", preprocess];
  const first = await execute(python, [...words, ...options]);
  expect(first.stdout).toContain(`${limit} of ${limit} pictures, 0 failed`);
  await evaluateHere({ network, methods, spec, path, limit, out: ours });

  const [wanted, found] = [await readRows(ours), await readRows(theirs)];
  expect(wanted.pictures.size).toBe(limit);
  for (const kind of ["pictures", "values"] as const) {
    expect([...found[kind].keys()].toSorted()).toEqual([...wanted[kind].keys()].toSorted());
    for (const [key, numbers] of wanted[kind]) {
      for (const [i, number] of numbers.entries()) {
        const other = found[kind].get(key)?.[i] ?? Number.NaN;
        expect(Math.abs(other - number), `${key}: ${other}, not ${number}`).toBeLessThan(1e-4);
      }
    }
  }

  const described = [...known.values()];
  const [here, there] = [
    await summarize(ours, { metrics: described }),
    await summarize(theirs, { metrics: described }),
  ];
  expect(there.plan).toBeNull();
  expect(there.pictures).toMatchObject({ ok: limit, failed: 0, correct: here.pictures.correct });
  for (const metric of here.measures) {
    const same = there.measures.find(({ name }) => name === metric.name);
    for (const [m, { method, n, headline }] of metric.methods.entries()) {
      expect(same?.methods[m]).toMatchObject({ method, n });
      for (const bound of ["value", "low", "high"] as const) {
        expect(same?.methods[m]?.headline?.[bound]).toBeCloseTo(headline?.[bound] ?? Number.NaN, 3);
      }
    }
  }

  expect(await run("summarize", theirs)).toMatchObject({ code: 0 });
  const written = JSON.parse(readFileSync(join(theirs, "summary.json"), "utf8"));
  expect(written.measures.map(({ name }: { name: string }) => name).toSorted()).toEqual(
    metrics.map(({ name }) => name).toSorted(),
  );

  // Begun again, it has nothing to do; with another network's maps it refuses.
  const again = await execute(python, [...words, ...options]);
  expect(again.stdout).not.toContain("failed");
  const other = execute(python, [...words.filter((word) => word !== compiled[1]), ...options]);
  await expect(other).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining("another models") });
}

interface HereOptions {
  readonly network: string;
  readonly methods: readonly MethodName[];
  readonly spec: Preprocess;
  readonly path: string;
  readonly limit: number;
  readonly out: string;
}

async function evaluateHere({ network, methods, spec, path, limit, out }: HereOptions): Promise<void> {
  const scorer = await openFileScorer(network);
  const { image, head } = scorer;
  const dataset = await openDataSet(path, { labels: undefined, classes: head.classes });
  const items = sampleItems(dataset, { limit });
  const plan = await planOf({ network, methods, spec, path, items, fill: meanColour(spec, image) });
  const explainers = await Promise.all(
    methods.map((method) => openExplainer(network, { method, pixels: pixelBounds(spec, 3) })),
  );
  await runEvaluation({
    folder: await openRunFolder(out, plan, { resume: false }),
    items,
    open: async () => ({
      ...{ image, scorer, metrics, fill: plan.fill },
      methods: explainers.map((explainer, i) => ({
        name: methods[i] ?? "",
        map: explainer.map,
        explain: (pictures, targets) =>
          explainer.explain(
            [...pictures],
            targets.map((list) => [...list]),
          ),
      })),
      prepare: (item) => prepareItem(item, spec, image),
      async release() {
        for (const explainer of explainers) await explainer.release();
        await scorer.release();
      },
    }),
  });
}

async function planOf({
  network,
  methods,
  spec,
  path,
  items,
  fill,
}: Pick<HereOptions, "network" | "methods" | "spec" | "path"> & {
  items: readonly Item[];
  fill: number[];
}): Promise<Plan> {
  const named = (name: string) => ({ name, parameters: {} });
  return {
    format: 1,
    version: "test",
    model: { path: network, sha256: "" },
    dataset: { path, name: "test", items: items.length, sha256: await hashItems(items), notes: [] },
    methods: methods.map(named),
    measures: metrics.map(({ name }) => named(name)),
    ...{ limit: null, sample: null, seed: 0, preprocess: spec.name, fill, unitSize: 32 },
  };
}

/** A run's rows by what they are of; Python reads the files, so that this holds for its readers too. */
interface Rows {
  readonly values: ReadonlyMap<string, readonly number[]>;
  readonly pictures: ReadonlyMap<string, readonly number[]>;
}

const reader = `
import json, pathlib, sys
import pyarrow, pyarrow.parquet
for kind in ("values", "pictures"):
    parts = sorted((pathlib.Path(sys.argv[1]) / kind).glob("*.parquet"))
    print(json.dumps([row for part in parts for row in pyarrow.parquet.read_table(part).to_pylist()]))
`;

async function readRows(run: string): Promise<Rows> {
  const { stdout } = await execute(python, ["-c", reader, run], { maxBuffer: 2 ** 28 });
  const [values = [], pictures = []] = stdout
    .trim()
    .split("\n")
    .map((line): Record<string, string | number | null>[] => JSON.parse(line));
  const by = (rows: typeof values, keys: readonly string[], numbers: readonly string[]) => {
    const found = new Map(
      rows.map((row) => [
        keys.map((key) => row[key]).join(" "),
        numbers.map((name) => Number(row[name] ?? Number.NaN)),
      ]),
    );
    expect(found.size).toBe(rows.length);
    return found;
  };
  return {
    values: by(values, ["index", "image", "method", "measure", "parameter"], ["value", "weight"]),
    pictures: by(
      pictures,
      ["index", "image", "status", "label", "predicted", "second"],
      ["label_probability", "predicted_probability", "second_probability"],
    ),
  };
}
