/** What an explanation gives to a program on Node.js: with figures of itself. */
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { ExplainedInput, InputAnswer, TargetMap } from "../explained.ts";
import type { ExplainOptions } from "../options.ts";
import { drawFigure } from "./figure.ts";

/** One target's map. */
export interface TargetExplanation extends TargetMap {
  /** A PNG: the input with the map laid on it and alone, with the range of colours; or the map alone. */
  png(look?: Look): Promise<Uint8Array>;
  /** Writes `png(look)` to a file, whose folder is made if it is missing. @throws UserError `output` */
  savePng(path: string, look?: Look): Promise<void>;
}

/** The figure with words, or the map alone. */
export type Look = "figure" | "map";

/** What a network says of one input, and why. */
export interface ExplanationResult extends InputAnswer {
  /** One for each target, in their order; of targets that turn out to be the same the first. */
  readonly explanations: readonly TargetExplanation[];
  /** The maps of all targets in one figure. */
  png(): Promise<Uint8Array>;
  /** Writes `png()` to a file. @throws UserError `output` */
  savePng(path: string): Promise<void>;
}

/** @param backdrop what lies under maps */
export function withFigures(
  explained: ExplainedInput,
  { backdrop }: Pick<ExplainOptions, "backdrop"> = {},
): ExplanationResult {
  const { explanations, view, title: _, caption: __, isNumber: ___, ...answer } = explained;
  const png = () => drawFigure(explained, explanations, { backdrop });
  return {
    ...answer,
    png,
    explanations: explanations.map((one): TargetExplanation => {
      const { map, words: _, ...target } = one;
      const draw = async (look: Look = "figure") => {
        if (look === "figure") return drawFigure(explained, [one], { backdrop });
        if (look === "map") return (await import("@onnx-lrp/report")).renderMap(view, map);
        throw new UserError("usage", `A map is drawn as figure or as map; got "${look satisfies never}".`);
      };
      return { ...target, png: draw, savePng: async (path, look) => save(path, await draw(look)) };
    }),
    savePng: async (path) => save(path, await png()),
  };
}

export async function save(path: string, bytes: Uint8Array): Promise<void> {
  const { writeFileWhole } = await import("@onnx-lrp/node/internal");
  await writeFileWhole(path, bytes);
}
