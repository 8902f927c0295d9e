/** Signals and volumes beside zennit, which knows layers along any axes. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MethodName, PixelBounds } from "@onnx-lrp/core";
import type { FileExplainerOptions } from "@onnx-lrp/node";
import type { Comparison } from "./compare.ts";
import { compareFiles } from "./compare-files.ts";
import { runWith } from "./python.ts";
import type { OtherAxesRow } from "./result.ts";

const script = fileURLToPath(new URL("../other_axes.py", import.meta.url));
const positive = { parameters: { bias: "positive" } } as const;

interface Case {
  /** The peer's map, as other_axes.py names it, and what was called. */
  readonly map: string;
  readonly call: string;
  readonly method: MethodName;
  readonly options: Omit<FileExplainerOptions, "method">;
  /** Our options in words. */
  readonly words: string;
}

const cases: readonly Case[] = [
  {
    ...{ map: "epsilon-plus", call: "EpsilonPlus", method: "lrp" },
    ...{ options: { composite: "epsilon-plus", ...positive }, words: "epsilon-plus, bias positive" },
  },
  {
    ...{ map: "epsilon-plus-sglrp", call: "EpsilonPlus, seed p_t (e_t - p)", method: "sglrp" },
    options: { composite: "epsilon-plus", ...positive },
    words: "epsilon-plus, bias positive, times p_t (1 - p_t)",
  },
  {
    ...{ map: "epsilon-plus-flat", call: "EpsilonPlusFlat", method: "lrp" },
    options: { composite: "epsilon-plus-flat", ...positive },
    words: "epsilon-plus-flat, bias positive",
  },
  {
    ...{ map: "epsilon-alpha2-beta1", call: "EpsilonAlpha2Beta1", method: "lrp" },
    options: { composite: "epsilon-alpha2-beta1", ...positive },
    words: "epsilon-alpha2-beta1, bias positive",
  },
  {
    ...{ map: "epsilon-gamma-box", call: "EpsilonGammaBox", method: "lrp" },
    ...{ options: { composite: "epsilon-gamma-box" }, words: "epsilon-gamma-box" },
  },
  { map: "guided-backprop", call: "GuidedBackprop", method: "guided-backprop", options: {}, words: "" },
];

interface Facts extends PixelBounds {
  readonly networks: readonly { readonly name: string; readonly target: number }[];
}

/**
 * @param zennit the folder that holds the package, where it is not installed
 * @returns for each case how far the maps of each network are from each other, or what Python said
 */
export async function compareOtherAxes(
  python: string,
  folder: string,
  zennit: string | undefined,
): Promise<OtherAxesRow[] | string> {
  const failure = runWith(python, script, folder, { zennit });
  if (failure !== undefined) return failure;
  const { networks, low, high } = JSON.parse(readFileSync(`${folder}/other-axes.json`, "utf8")) as Facts;
  const rows: OtherAxesRow[] = [];
  for (const { map, call, method, options, words } of cases) {
    const found: Record<string, Comparison> = {};
    for (const { name, target } of networks) {
      found[name] = await compareFiles(`${folder}/${name}`, map, target, {
        ...{ pixels: { low, high }, ...options, method },
      });
    }
    rows.push({ method, options: words, call, networks: found });
  }
  return rows;
}
