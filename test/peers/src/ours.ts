/** Our side of a comparison. */
import { openExplainer } from "@onnx-lrp/node";
import type { Case } from "./cases.ts";
import { modelPath, type NetworkName, type Setting } from "./setting.ts";

/** The map of a case, as the peer's is to be compared with. */
export async function ownMap(
  setting: Setting,
  network: NetworkName,
  target: number,
  wanted: Case,
): Promise<Float64Array> {
  const explainer = await openExplainer(modelPath(setting, network), {
    pixels: setting.pixels,
    ...wanted.options,
    method: wanted.method,
  });
  const picture =
    wanted.picture === "positive" ? setting.picture.map((value) => Math.max(value, 0)) : setting.picture;
  const against = wanted.againstNext ? [[(target + 1) % explainer.head.classes]] : undefined;
  const [result] = await explainer.explain([picture], [[target]], against);
  await explainer.release();
  const [explanation] = result?.explanations ?? [];
  if (explanation === undefined) throw new Error(`${wanted.method} gave no map.`);
  const map = Float64Array.from(explanation.relevance, (value) => value * explanation.seedScale);
  return wanted.as === undefined ? map : changes[wanted.as](map);
}

const changes = {
  "0 to 1": (map: Float64Array) => {
    const low = map.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const high = map.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return map.map((value) => (value - low) / (high - low));
  },
  absolute: (map: Float64Array) => map.map(Math.abs),
} as const satisfies Record<NonNullable<Case["as"]>, (map: Float64Array) => Float64Array>;
