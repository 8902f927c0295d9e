/** The region of a segmenter beside torch's gradient and zennit's rules on the same seed. */
import { fileURLToPath } from "node:url";
import type { MethodName } from "@onnx-lrp/core";
import { type FileExplainerOptions, openExplainer, readNpy } from "@onnx-lrp/node";
import { type Comparison, compare } from "./compare.ts";
import { runWith } from "./python.ts";
import type { NetworkRow } from "./result.ts";

const script = fileURLToPath(new URL("../regions.py", import.meta.url));

interface Case {
  readonly network: string;
  /** The peer's map, as regions.py names it, and what was called. */
  readonly map: string;
  readonly call: string;
  readonly method: MethodName;
  readonly options: Omit<FileExplainerOptions, "method">;
  /** Our options in words. */
  readonly words: string;
}

const gradient = {
  map: "gradient",
  call: "torch.autograd.grad",
  method: "gradient",
  options: {},
  words: "",
} as const;

const cases: readonly Case[] = [
  { network: "unet", ...gradient },
  { network: "fcn_resnet50", ...gradient },
  {
    ...{ network: "unet", map: "epsilon", call: "Epsilon(1e-6) everywhere", method: "lrp" },
    options: { composite: "epsilon", parameters: { epsilon: 1e-6 } },
    words: "epsilon, epsilon 1e-6",
  },
  {
    ...{ network: "unet", map: "epsilon-plus", call: "EpsilonPlus", method: "lrp" },
    options: { composite: "epsilon-plus", parameters: { bias: "positive" } },
    words: "epsilon-plus, bias positive",
  },
];

/** @returns for each case how far the maps are from each other, or what Python said */
export async function compareRegions(
  python: string,
  folder: string,
  zennit: string | undefined,
): Promise<NetworkRow[] | string> {
  const failure = runWith(python, script, folder, { zennit });
  if (failure !== undefined) return failure;
  const rows: NetworkRow[] = [];
  for (const { network, map, call, method, options, words } of cases) {
    const found = await comparison(`${folder}/${network}`, map, { ...options, method });
    rows.push({ network, method, options: words, call, ...found });
  }
  return rows;
}

async function comparison(file: string, map: string, options: FileExplainerOptions): Promise<Comparison> {
  const [input, weights, peer] = await Promise.all(
    [`${file}.npy`, `${file}.weights.npy`, `${file}.${map}.npy`].map((path) => readNpy(path)),
  );
  if (input === undefined || weights === undefined || peer === undefined) throw new Error("no arrays");
  const explainer = await openExplainer(`${file}.onnx`, options);
  const target = { weights: Float32Array.from(weights.data, Number) };
  const [result] = await explainer.explain([Float32Array.from(input.data, Number)], [[target]]);
  await explainer.release();
  const relevance = result?.explanations[0]?.relevance ?? new Float32Array();
  return compare(Float64Array.from(relevance), Float64Array.from(peer.data, Number));
}
