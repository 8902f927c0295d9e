/** Vision transformers beside LXT. */
import { fileURLToPath } from "node:url";
import type { FileExplainerOptions } from "@onnx-lrp/node";
import { compareFiles } from "./compare-files.ts";
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
      const found = await compareFiles(`${folder}/${network}`, map, target, { ...options, method: "lrp" });
      rows.push({ network, method: "lrp", options: words, call, ...found });
    }
  }
  return rows;
}
