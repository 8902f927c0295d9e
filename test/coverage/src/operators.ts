/**
 * Which of ONNX's operators have a right gradient: its own tests as little networks, whose gradients are compared with
 * differences of onnxruntime's scores along random directions. Writes docs/operators.md.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createExplainer } from "@onnx-lrp/core";
import { readModel, UserError, writeModel } from "@onnx-lrp/onnx-loader";
import * as ort from "onnxruntime-node";

const script = "models/recipes/export_operator_cases.py";
const page = "docs/operators.md";

interface Case {
  readonly name: string;
  readonly operators: readonly string[];
  readonly picture: readonly number[];
}

interface Outcome {
  readonly at: Case;
  /** `kink`: the differences to either side are not the same. */
  readonly kind: "right" | "wrong" | "kink" | "refused" | "not run";
  readonly why?: string;
}

/** @returns a sentence that says why it could not be done */
export async function coverOperators(python: string, folder: string): Promise<string | undefined> {
  const run = spawnSync(python, [script, folder], { encoding: "utf8" });
  if (run.status !== 0) return `The operator tests cannot be exported with "${python}": pip install onnx`;
  const listed = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8")) as {
    onnx: string;
    cases: readonly Case[];
  };
  const outcomes: Outcome[] = [];
  for (const at of listed.cases) outcomes.push(await tryCase(at, join(folder, `${at.name}.onnx`)));
  rmSync(folder, { recursive: true });
  writeFileSync(page, renderOperators(outcomes, listed.onnx));
  return undefined;
}

type Run = (picture: Float32Array) => Promise<number[]>;

async function tryCase(at: Case, file: string): Promise<Outcome> {
  const bytes = new Uint8Array(readFileSync(file));
  const given = Float32Array.from(at.picture);
  // A little off the tests' round numbers, at which functions have kinks, jumps and ties.
  let picture = given.map((value, i) => value + 0.03 * (1.3 + Math.sin(1.7 * i)));
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 4 }).catch(() => undefined);
  if (session === undefined) return { at, kind: "not run" };
  const run: Run = async (values) => {
    const feeds = { picture: new ort.Tensor("float32", values, [1, 1, 1, values.length]) };
    return Array.from((await session.run(feeds)).scores?.data as Float32Array);
  };
  try {
    let base = await run(picture).catch(() => []);
    if (base.length === 0 || !base.every(Number.isFinite)) {
      picture = given;
      base = await run(picture).catch(() => []);
    }
    if (base.length === 0 || !base.every(Number.isFinite)) return { at, kind: "not run" };
    const gradients = await gradientsOf(bytes, picture);
    return typeof gradients === "string"
      ? { at, kind: "refused", why: gradients }
      : { at, kind: await compare(run, picture, base, gradients) };
  } finally {
    await session.release();
  }
}

const targets = [0, 2];

/** @returns the reason, where there are none */
async function gradientsOf(
  bytes: Uint8Array,
  picture: Float32Array,
): Promise<readonly Float32Array[] | string> {
  try {
    const explainer = await createExplainer(ort, readModel(bytes), {
      method: "gradient",
      layout: "nchw",
      openSession: (model) =>
        ort.InferenceSession.create(writeModel(model), {
          graphOptimizationLevel: "all",
          logSeverityLevel: 4,
        }),
    });
    try {
      const [result] = await explainer.explain([picture], [targets]);
      return (result?.explanations ?? []).map(({ relevance }) => relevance);
    } finally {
      await explainer.release();
    }
  } catch (error) {
    if (error instanceof UserError) return error.reason;
    throw error;
  }
}

async function compare(
  run: Run,
  picture: Float32Array,
  base: readonly number[],
  gradients: readonly Float32Array[],
): Promise<Outcome["kind"]> {
  const size = Math.min(1, Math.max(1e-3, ...picture.map(Math.abs)));
  const largest = Math.max(1, ...base.map(Math.abs));
  let kink = false;
  for (let trial = 1; trial <= 3; trial += 1) {
    const direction = picture.map((_, i) => Math.sin(78.233 * (i + 1) * trial));
    for (const [k, target] of targets.entries()) {
      const found = (gradients[k] ?? direction).reduce((sum, g, i) => sum + g * (direction[i] ?? 0), 0);
      const slopes = (gradients[k] ?? direction).reduce(
        (sum, g, i) => sum + Math.abs(g * (direction[i] ?? 0)),
        0,
      );
      let fits = false;
      let smooth = true;
      for (const step of [1e-2 * size, 1e-3 * size]) {
        const at = async (sign: number) =>
          (await run(picture.map((value, i) => value + sign * step * (direction[i] ?? 0))))[target] ?? 0;
        const [above, below, here] = [await at(1), await at(-1), base[target] ?? 0];
        const noise = (3e-6 * largest + 2.4e-7 * Math.max(...picture.map(Math.abs)) * slopes) / step;
        const same = (a: number, b: number, share: number) =>
          Math.abs(a - b) <= noise + share * Math.max(Math.abs(a), Math.abs(b));
        fits ||= same((above - below) / (2 * step), found, 0.02);
        smooth &&= same((above - here) / step, (here - below) / step, 0.1);
      }
      if (fits) continue;
      if (smooth) return "wrong";
      kink = true;
    }
  }
  return kink ? "kink" : "right";
}

function renderOperators(outcomes: readonly Outcome[], version: string): string {
  const count = (kind: Outcome["kind"]) => outcomes.filter((outcome) => outcome.kind === kind).length;
  const run = outcomes.length - count("not run");
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const [only = "", ...more] = outcome.at.operators;
    const name = more.length === 0 ? only : "(several, as a function body is expanded)";
    groups.set(name, [...(groups.get(name) ?? []), outcome]);
  }
  const rows = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([name, all]) => row(name, all));
  return `# Which operators have a gradient

Made by \`pnpm coverage --operators\`: the ${outcomes.length} of ONNX's own operator tests (onnx ${version}) with a float input and a float output, each as a
little network of which the gradient is compared with differences of onnxruntime's scores.

Of ${run} that onnxruntime runs (${count("not run")} it does not), ${count("right")} are right, ${count("kink")} stand at a kink, a jump or a tie, where differences to either side are not
the same, ${count("wrong")} are wrong, and ${count("refused")} are refused.

| operator | tests | right | at a kink | wrong | refused | why |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

function row(name: string, all: readonly Outcome[]): string[] {
  const run = all.filter(({ kind }) => kind !== "not run");
  if (run.length === 0) return [];
  const count = (kind: Outcome["kind"]) => run.filter((outcome) => outcome.kind === kind).length || "";
  const why = [...new Set(run.flatMap((outcome) => outcome.why?.replace(/.* is (an|not) /s, "$1 ") ?? []))];
  const cells = [
    name,
    run.length,
    count("right"),
    count("kink"),
    count("wrong"),
    count("refused"),
    why.join("; "),
  ];
  return [`| ${cells.join(" | ")} |`];
}
