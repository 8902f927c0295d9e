/**
 * Which operations onnxruntime has kernels for, by host, as it says itself: of one node for each operation and type that
 * explanations are made of, at every opset, whether its session takes it, and on which execution provider it lies.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  type DataType,
  type Model,
  type Node,
  type SessionFactory,
  type Tensor,
  UserError,
  writeModel,
} from "@onnx-lrp/onnx-loader";
import { modelOf, output, value } from "@onnx-lrp/test-kit/model";
import type { InferenceSession } from "onnxruntime-node";
import type * as ort from "onnxruntime-web";
import { withOnnxruntimeWeb } from "../browser/chromium.ts";
import type { Example } from "./placement.ts";

export const hosts = ["cpu", "wasm", "webgpu"] as const;
type Host = (typeof hosts)[number];

/** Of each host, by use ("Equal int64"), the opsets with a kernel. */
type KernelsByHost = Readonly<Record<Host, Readonly<Record<string, readonly number[]>>>>;

type Examples = ReadonlyMap<string, Example>;

/** One node for each use; none reads what another makes. The name of a node is its use. */
function modelOfAll(examples: Examples, opset: number): Model {
  const nodes: Node[] = [];
  const inputs: { readonly name: string; readonly type: DataType }[] = [];
  const initializers: Tensor[] = [];
  for (const [i, [use, { node, inputs: given }]] of [...examples].entries()) {
    const names = given.map((input, j) => {
      if (input === "") return "";
      const name = `x${i}_${j}`;
      if (typeof input === "string") inputs.push({ name, type: input });
      else initializers.push({ ...input, name });
      return name;
    });
    const outputs = node.outputs.map((_, j) => `y${i}_${j}`);
    nodes.push(overAllAxes({ ...node, name: use, inputs: names, outputs }));
  }
  return modelOf({
    opset,
    nodes,
    inputs: inputs.map(({ name, type }) => value(name, undefined, type)),
    outputs: nodes.map(({ outputs: [first = ""] }) => output(first)),
    initializers,
  });
}

/** Reductions have their axes in an attribute or, since opset 18, in an input; all axes are said the same way. */
function overAllAxes(node: Node): Node {
  if (!node.op.startsWith("Reduce") || node.op === "ReduceSum") return node;
  const attributes = new Map([...node.attributes].filter(([name]) => name !== "axes"));
  return { ...node, inputs: node.inputs.slice(0, 1), attributes };
}

const plain = { graphOptimizationLevel: "disabled", logSeverityLevel: 4 } as const;

/** Uses that the CPU's provider of a runtime has no kernel for: a session names one at a time. */
async function missingOnCpu(runtime: SessionFactory, examples: Examples, opset: number): Promise<string[]> {
  const left = new Map(examples);
  for (;;) {
    const model = modelOfAll(left, opset);
    try {
      const session: InferenceSession = await runtime.InferenceSession.create(writeModel(model), plain);
      await session.release();
      return [...examples.keys()].filter((use) => !left.has(use));
    } catch (error) {
      const use = /node with name '([^']+)'/.exec(String(error))?.[1];
      if (use === undefined || !left.delete(use)) throw error;
    }
  }
}

const placed = /VerifyEachNodeIsAssignedToAnEp\] (?: *Node\(s\) placed on \[(\w+)\]| +\w+ \((.+)\)$)/;

/** Uses that onnxruntime's WebGPU provider leaves to the CPU. */
async function missingOnWebGpu(
  examples: Examples,
  opsets: readonly number[],
): Promise<Map<number, string[]>> {
  return withOnnxruntimeWeb("webgpu", async (page, said) => {
    const missing = new Map<number, string[]>();
    for (const opset of opsets) {
      said();
      await page.evaluate(
        async (model) => {
          const { ort } = globalThis as unknown as { readonly ort: typeof import("onnxruntime-web") };
          const session = await ort.InferenceSession.create(Uint8Array.from(model), {
            executionProviders: ["webgpu"],
            graphOptimizationLevel: "disabled",
            logSeverityLevel: 0,
          });
          await session.release();
        },
        [...writeModel(modelOfAll(examples, opset))],
      );
      const onGpu = new Set<string>();
      let provider = "";
      for (const line of said()) {
        const [, named, node] = placed.exec(line) ?? [];
        if (named !== undefined) provider = named;
        else if (node !== undefined && provider === "WebGpuExecutionProvider") onGpu.add(node);
      }
      if (onGpu.size === 0) throw new UserError("run", "onnxruntime-web says nothing of where nodes lie.");
      missing.set(
        opset,
        [...examples.keys()].filter((use) => !onGpu.has(use)),
      );
    }
    return missing;
  });
}

/** Asks the three hosts. */
export async function measureKernels(
  examples: Examples,
  opsets: readonly number[],
  cpu: SessionFactory,
): Promise<KernelsByHost> {
  const wasm: typeof ort = createRequire(import.meta.url)("onnxruntime-web");
  wasm.env.logLevel = "fatal";
  const onWebGpu = await missingOnWebGpu(examples, opsets);
  const kernels: Record<Host, Record<string, number[]>> = { cpu: {}, wasm: {}, webgpu: {} };
  for (const opset of opsets) {
    const missing: Readonly<Record<Host, readonly string[]>> = {
      cpu: await missingOnCpu(cpu, examples, opset),
      wasm: await missingOnCpu(wasm, examples, opset),
      webgpu: onWebGpu.get(opset) ?? [],
    };
    for (const host of hosts) {
      const lacks = new Set(missing[host]);
      for (const use of [...examples.keys()].sort()) {
        const known = kernels[host][use] ?? [];
        kernels[host][use] = lacks.has(use) ? known : [...known, opset];
      }
    }
  }
  return kernels;
}

/** The uses in a file, with the opsets as "17-21 24". */
export function readKernels(file: URL): KernelsByHost {
  const stored: { readonly kernels: Readonly<Record<Host, Readonly<Record<string, string>>>> } = JSON.parse(
    readFileSync(file, "utf8"),
  );
  const parsed = hosts.map((host) => {
    const uses = Object.entries(stored.kernels[host]).map(([use, ranges]) => [use, opsetsOf(ranges)]);
    return [host, Object.fromEntries(uses)];
  });
  return Object.fromEntries(parsed) as KernelsByHost;
}

function opsetsOf(ranges: string): number[] {
  return ranges
    .split(" ")
    .filter((range) => range !== "")
    .flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

export function writeKernels(file: URL, kernels: KernelsByHost): void {
  const written = Object.fromEntries(
    hosts.map((host) => [
      host,
      Object.fromEntries(Object.entries(kernels[host]).map(([use, opsets]) => [use, rangesOf(opsets)])),
    ]),
  );
  const web = versionOf("onnxruntime-web");
  const source = {
    cpu: `onnxruntime-node ${versionOf("onnxruntime-node")}`,
    wasm: `onnxruntime-web ${web}, wasm`,
    webgpu: `onnxruntime-web ${web}, its entry webgpu`,
  };
  const about =
    "Which operations, with the type of their data, onnxruntime has kernels for, by opset; as its sessions say.";
  writeFileSync(file, `${JSON.stringify({ about, source, kernels: written }, undefined, 2)}\n`);
}

/** The version of a package that is installed. */
function versionOf(name: string): string {
  const entry = createRequire(import.meta.url).resolve(name);
  const [root] = entry.split("/dist/");
  return JSON.parse(readFileSync(`${root}/package.json`, "utf8")).version;
}

function rangesOf(opsets: readonly number[]): string {
  const starts = opsets.filter((opset, i) => opset - 1 !== opsets[i - 1]);
  const ends = opsets.filter((opset, i) => opset + 1 !== opsets[i + 1]);
  return starts.map((start, i) => (start === ends[i] ? `${start}` : `${start}-${ends[i]}`)).join(" ");
}

export function hasKernel(kernels: KernelsByHost, host: Host, use: string, opset: number): boolean {
  return kernels[host][use]?.includes(opset) ?? false;
}
