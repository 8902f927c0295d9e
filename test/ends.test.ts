/**
 * Wrappings in which people's files come, of one network: probabilities are those that onnxruntime gives for the untouched
 * file, maps those made in float64 beside them. Skipped where ../shared is missing.
 */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CompositeName, Feed, HeadOption, MethodName } from "@onnx-lrp/core";
import { askQuestions, findModelInput, parseTarget, scoresOf } from "@onnx-lrp/core/internal";
import { describeModelFile, openExplainer, readModelFile, readNpy } from "@onnx-lrp/node";
import { runtime } from "@onnx-lrp/node/internal";
import { writeModel } from "@onnx-lrp/onnx-loader";
import { removeUnused } from "@onnx-lrp/onnx-loader/internal";
import { findClass } from "@onnx-lrp/pictures";
import { toFloat32 } from "@onnx-lrp/pictures/internal";
import { describe, expect, onTestFinished, test } from "vitest";
import { shared } from "./golden-cases.ts";
import { relativeDifference } from "./numbers.ts";

const folder = join(shared, "ends");

interface Case {
  /** As the command line takes them; `@/` is the case's folder. */
  readonly args: readonly string[];
  readonly model?: string;
  readonly expect: string;
  /** Relative L2 difference. */
  readonly tol: number;
}

const names = existsSync(folder)
  ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "case.json")))
  : [];

function read(name: string) {
  const found = JSON.parse(readFileSync(join(folder, name, "case.json"), "utf8")) as Case;
  const option = (flag: string) => {
    const at = found.args.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
    const word = found.args[at];
    return word === flag ? found.args[at + 1] : word?.slice(flag.length + 1);
  };
  const feed = option("--feed")?.split("=");
  const size = option("--size");
  const [low, high] = [option("--low"), option("--high")];
  return {
    ...{ model: found.model ?? "model.onnx", tolerance: found.tol },
    ...{ map: join(folder, name, found.expect), target: option("--target") ?? "top" },
    feeds: feed === undefined ? {} : ({ [feed[0] ?? ""]: Number(feed[1]) } satisfies Record<string, Feed>),
    options: {
      method: option("--method") as MethodName,
      composite: option("--composite") as CompositeName | undefined,
      head: option("--head") as HeadOption | undefined,
      input: option("--input"),
      size: size === undefined ? undefined : { height: Number(size), width: Number(size) },
      pixels:
        low === undefined || high === undefined ? undefined : { low: [Number(low)], high: [Number(high)] },
    },
  };
}

/** A copy of a cache whose links are links, where they came as texts of what they point to; gone when the test ends. */
function withLinks(name: string): string {
  const copy = mkdtempSync(join(tmpdir(), "onnx-lrp-ends-"));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(join(folder, name), copy, { recursive: true, verbatimSymlinks: true });
  for (const part of readdirSync(copy, { recursive: true, encoding: "utf8" })) {
    const path = join(copy, part);
    if (!statSync(path).isFile() || statSync(path).size > 200) continue;
    const text = readFileSync(path, "utf8");
    if (!/^(\.\.\/)+blobs\/\w+$/.test(text)) continue;
    rmSync(path);
    symlinkSync(text, path);
  }
  return copy;
}

describe.skipIf(names.length === 0)("wrappings of one network (skipped where ../shared is missing)", () => {
  test.each(names)("%s", async (name) => {
    const { model, options, feeds, target, map, tolerance } = read(name);
    const path = join(name === "hf-cache" ? withLinks(name) : join(folder, name), model);
    const array = await readNpy(join(folder, name, "input.npy"));
    const input = toFloat32(array.data);
    const file = readModelFile(path);
    const explainer = await openExplainer(file, { ...options, feeds });
    const labels = (await describeModelFile(file)).labels[0]?.value;
    const find = (query: string) => findClass(query, labels, explainer.head.classes);
    const questions = parseTarget(target, explainer.head, find);
    const { targets } = await askQuestions(explainer, input, { questions, masks: new Map() });
    const [result] = await explainer.explain([input], [targets.map((one) => one.target)]);
    await explainer.release();
    const wanted = await readNpy(map);
    const { relevance = [] } = result?.explanations[0] ?? {};
    expect(relativeDifference(relevance, toFloat32(wanted.data))).toBeLessThan(tolerance);

    const { picture } = findModelInput(file.model, { ...options, feeds });
    // What the network itself makes of its scores, without what a file does with it then: the name of a class, its rank.
    const { logits } = explainer.head;
    const activation = file.model.graph.nodes.find(
      ({ op, inputs }) => inputs[0] === logits && /^(Softmax|Sigmoid)$/.test(op),
    );
    const last = activation?.outputs[0] ?? logits;
    const { graph, ...rest } = file.model;
    const whole = { ...rest, graph: removeUnused({ ...graph, outputs: [{ name: last, type: undefined }] }) };
    const bytes = path.includes("snapshots") ? path : writeModel(whole);
    const session = await runtime.InferenceSession.create(bytes as string, { logSeverityLevel: 4 });
    const other = Object.entries(feeds).map(([key, value]) => {
      const dims = file.model.graph.inputs.find((each) => each.name === key)?.type?.dims ?? [];
      const sizes = dims.map((dim) => (typeof dim === "number" ? dim : 1));
      const count = sizes.reduce((a, b) => a * b, 1);
      return [key, new runtime.Tensor("float32", new Float32Array(count).fill(value), sizes)] as const;
    });
    const outputs = await session.run({
      [picture.name]: new runtime.Tensor("float32", input, array.shape),
      ...Object.fromEntries(other),
    });
    await session.release();
    const scores = Float32Array.from(
      outputs[last]?.data ?? outputs[explainer.head.output]?.data ?? [],
      Number,
    );
    const { probabilities } =
      activation === undefined
        ? scoresOf({ ...explainer.head, own: undefined }, scores)
        : scoresOf(explainer.head, scores, scores);
    expect(probabilities).toHaveLength(result?.probabilities.length ?? 0);
    for (const [i, p] of probabilities.entries())
      expect(Math.abs(p - (result?.probabilities[i] ?? 9))).toBeLessThan(1e-5);
  });
});
