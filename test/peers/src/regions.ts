/** The region of a segmenter beside torch's gradient and zennit's rules on the same seed. */
import { fileURLToPath } from "node:url";
import type { MethodName } from "@onnx-lrp/core";
import type { FileExplainerOptions } from "@onnx-lrp/node";
import { compareFiles, readNumbers } from "./compare-files.ts";
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
    const file = `${folder}/${network}`;
    const target = { weights: await readNumbers(`${file}.weights.npy`) };
    const found = await compareFiles(file, map, target, { ...options, method });
    rows.push({ network, method, options: words, call, ...found });
  }
  return rows;
}
