/** Vision transformers beside LXT. */
import { fileURLToPath } from "node:url";
import { type FileExplainerOptions, openExplainer, readNpy } from "@onnx-lrp/node";
import { type Comparison, compare } from "./compare.ts";
import { runWith } from "./python.ts";
import type { NetworkRow } from "./result.ts";

const script = fileURLToPath(new URL("../attention.py", import.meta.url));

/** Of attention.py. */
const target = 3;

/** LXT's gamma is at modules; the projections of attention are none in torch, and stay at epsilon. */
const asModules: NonNullable<FileExplainerOptions["rules"]> = {
  name: "gamma at modules",
  base: "cp-lrp",
  layers: [
    { name: ["*self_attention*"], rule: { kind: "epsilon", epsilon: 1e-9 } },
    { op: ["Conv"], rule: { kind: "gamma", gamma: 100 } },
    { role: ["dense"], rule: { kind: "gamma", gamma: 0.05 } },
  ],
};

const cases = [
  {
    // In the small network a unit of the patch embedding is nearly zero: plain epsilon in float32 is 5e-4 from float64 there.
    networks: ["vit_b_16"],
    ...{ map: "cp-lrp", call: "cp_LRP, no rule at modules", words: "cp-lrp, epsilon 1e-9" },
    options: { composite: "cp-lrp", parameters: { epsilon: 1e-9 } },
  },
  {
    networks: ["small", "vit_b_16"],
    ...{ map: "gamma", call: "cp_LRP, Gamma(100) at Conv2d, Gamma(0.05) at Linear" },
    words: "the same by rules, the projections of attention at epsilon",
    options: { rules: asModules },
  },
] as const;

/** @returns for each case how far the maps are from each other, or what Python said */
export async function compareAttention(
  python: string,
  folder: string,
  sources: { readonly lxt: string; readonly zennit: string | undefined },
): Promise<NetworkRow[] | string> {
  const failure = runWith(python, script, folder, sources);
  if (failure !== undefined) return failure;
  const rows: NetworkRow[] = [];
  for (const { networks, map, call, words, options } of cases) {
    for (const network of networks) {
      const found = await comparison(`${folder}/${network}`, map, { ...options, method: "lrp" });
      rows.push({ network, method: "lrp", options: words, call, ...found });
    }
  }
  return rows;
}

async function comparison(file: string, map: string, options: FileExplainerOptions): Promise<Comparison> {
  const [input, peer] = await Promise.all([readNpy(`${file}.npy`), readNpy(`${file}.${map}.npy`)]);
  const explainer = await openExplainer(`${file}.onnx`, options);
  const [result] = await explainer.explain([Float32Array.from(input.data, Number)], [[target]]);
  await explainer.release();
  const relevance = result?.explanations[0]?.relevance ?? new Float32Array();
  return compare(Float64Array.from(relevance), Float64Array.from(peer.data, Number));
}
