/** What an explanation gives to a program, with pictures of itself. */
import type { Explanation as ClassMap, Explainer } from "@onnx-lrp/core";
import type { Heatmap } from "@onnx-lrp/core/maps";
import { titleOf } from "@onnx-lrp/core/names";
import type { InputView, ViewMap } from "@onnx-lrp/pictures";
import {
  type Answers,
  answeredTargets,
  classAgainst,
  type ExplainedBox,
  type QuantizedPrediction,
  quantizedPrediction,
  type ScoredClass,
  topClasses,
} from "./answers.ts";
import { className } from "./class-name.ts";

/** One target's map. */
export interface TargetExplanation extends Omit<ScoredClass, "box"> {
  readonly logit: number;
  /** The place or the element that was looked at: `@12,40`; undefined where the score is of the whole input. */
  readonly where: string | undefined;
  /** Of a detector, in pixels of the picture as the network sees it. */
  readonly box: ExplainedBox | undefined;
  /** The class that it was contrasted with. */
  readonly against: Pick<ScoredClass, "class" | "label"> | undefined;
  /** Row-major, in the shape `shape`: that of the input without its batch, or with one channel. */
  readonly relevance: Float32Array;
  readonly shape: readonly number[];
  /** The sum over channels: one number for each pixel, moment or voxel; positive supports the class. */
  readonly heatmap: Heatmap;
  /** The sum of the relevance; of methods that conserve it, the logit or what the method puts in its place. */
  readonly sum: number;
  /** What the map is to be multiplied with to be that of the method's definition (SGLRP: p_t (1 - p_t)); else 1. */
  readonly seedScale: number;
  /** For methods whose map sums to the change of the logit from a baseline: by how much it misses that, in logits. */
  readonly convergenceDelta: number | undefined;
  /** A PNG: the input with the map laid on it and alone, with the range of colours; or the map alone. */
  png(look?: Look): Promise<Uint8Array>;
  /** Writes `png(look)` to a file, whose folder is made if it is missing. @throws UserError `output` */
  savePng(path: string, look?: Look): Promise<void>;
}

/** The figure with words, or the map alone. */
export type Look = "figure" | "map";

/** What a network says of one input, and why. */
export interface ExplanationResult {
  /** The five most probable classes, the first one first. */
  readonly top: readonly ScoredClass[];
  /** One for each target, in their order; of targets that turn out to be the same the first. */
  readonly explanations: readonly TargetExplanation[];
  /** Of every class. */
  readonly logits: Float32Array;
  readonly probabilities: Float64Array;
  readonly quantized: QuantizedPrediction | undefined;
  /** Sentences on how the input's numbers came about; usually none. */
  readonly notes: readonly string[];
  /** The maps of all targets in one figure. */
  png(): Promise<Uint8Array>;
  /** Writes `png()` to a file. @throws UserError `output` */
  savePng(path: string): Promise<void>;
}

/** What a result is made from. */
export interface ResultSource extends Answers {
  readonly explainer: Pick<Explainer, "map" | "record" | "head" | "image">;
  readonly view: InputView;
  readonly notes: readonly string[];
  /** What the input is called. */
  readonly title: string;
}

export async function resultOf(source: ResultSource): Promise<ExplanationResult> {
  const { result, explainer, labels, asked, title } = source;
  const { heatmapOf, mapSizes } = await import("@onnx-lrp/core/maps");
  const { mapOnView } = await import("@onnx-lrp/pictures");
  const { viewForMap } = await import("@onnx-lrp/pictures/internal");
  const { logits, probabilities } = result;
  const view = viewForMap(source.view, explainer.map);
  const top = await topClasses(source);
  const rival = await classAgainst(source);
  const notes = [...source.notes, ...asked.notes];
  const isNumber = explainer.head.kind === "score";
  const caption = titleOf(explainer.record);
  const drawn = (await answeredTargets(source)).map(({ explanation, asked: { where }, box }): Drawn => {
    const label = labels?.[explanation.target];
    const map = mapOnView(view, explanation.relevance, explainer.map);
    return { explanation, where: where || undefined, label, rival, isNumber, map, box };
  });
  const shape = mapSizes(explainer.map);
  const figure = (maps: readonly Drawn[]) => figureOf(view, maps, { title, caption });
  const png = () => figure(drawn);
  return {
    ...{ top, logits, probabilities, notes, png },
    quantized: quantizedPrediction(result, labels),
    explanations: drawn.map((one): TargetExplanation => {
      const { target, ...scores } = one.explanation;
      const { relevance, logit, probability, seedScale, convergenceDelta } = scores;
      const draw = async (look: Look = "figure") =>
        look === "figure" ? figure([one]) : (await import("@onnx-lrp/report")).renderMap(view, one.map);
      return {
        ...{ class: target, label: one.label, where: one.where, probability, logit, against: rival },
        box: one.box,
        ...{ relevance, shape },
        ...{ heatmap: heatmapOf(relevance, explainer.map), seedScale, convergenceDelta },
        sum: relevance.reduce((sum, value) => sum + value, 0),
        png: draw,
        savePng: async (path, look) => save(path, await draw(look)),
      };
    }),
    savePng: async (path) => save(path, await png()),
  };
}

/** An explanation with its map as it is drawn. */
interface Drawn {
  readonly explanation: ClassMap;
  readonly where: string | undefined;
  readonly label: string | undefined;
  readonly rival: TargetExplanation["against"];
  /** Whether the output is a plain number, not the score of a class. */
  readonly isNumber: boolean;
  readonly map: ViewMap;
  readonly box: TargetExplanation["box"];
}

async function figureOf(
  input: InputView,
  maps: readonly Drawn[],
  words: { readonly title: string; readonly caption: string },
): Promise<Uint8Array> {
  const { renderFigure } = await import("@onnx-lrp/report");
  const explanations = maps.map(
    ({ explanation: { target, probability }, label, where, rival, isNumber, map, box }) => {
      const name = isNumber
        ? `${where ?? label ?? `output ${target}`}: ${Number(probability.toPrecision(4))}`
        : [className(label, target), ...(where === undefined ? [] : [where])].join(" ");
      const not = rival === undefined ? "" : `, not ${className(rival.label, rival.class)}`;
      const share = box?.positiveShare;
      const note =
        share === undefined
          ? undefined
          : `${(share * 100).toPrecision(3)} % of the positive relevance in the box`;
      return {
        ...{ ...map, label: `${name}${not}`, box, note },
        probability: isNumber ? undefined : probability,
      };
    },
  );
  return renderFigure({ input, explanations, ...words });
}

async function save(path: string, png: Uint8Array): Promise<void> {
  const { writeFileWhole } = await import("@onnx-lrp/node/internal");
  await writeFileWhole(path, png);
}
