/** What an explanation gives to a program, with pictures of itself. */
import type { Explanation as ClassMap, Explainer, PictureExplanation, Rectangle } from "@onnx-lrp/core";
import type { AskedTargets, FoundBox, Question } from "@onnx-lrp/core/internal";
import type { Heatmap } from "@onnx-lrp/core/maps";
import { titleOf } from "@onnx-lrp/core/names";
import type { InputView, ViewMap } from "@onnx-lrp/pictures";

/** A class with its score. */
export interface ScoredClass {
  readonly class: number;
  /** undefined where the classes have no names. */
  readonly label: string | undefined;
  /** 0 to 1; of an output of plain numbers the number itself. */
  readonly probability: number;
  /** undefined for a class that is found at several places, each with a score of its own. */
  readonly logit: number | undefined;
  /** Of an output with scores at many places: at how many of them the class is found. */
  readonly places?: number | undefined;
  /** Of a detector, in pixels of the picture as the network sees it. */
  readonly box?: Rectangle | undefined;
}

/** The quantized network's own prediction; its float equivalent is what is explained. */
export interface QuantizedPrediction {
  readonly class: number;
  readonly label: string | undefined;
  readonly probability: number;
  /** The largest difference between the two networks' probabilities of a class. */
  readonly difference: number;
}

/** One target's map. */
export interface TargetExplanation extends Omit<ScoredClass, "box"> {
  readonly logit: number;
  /** The place or the element that was looked at: `@12,40`; undefined where the score is of the whole input. */
  readonly where: string | undefined;
  /**
   * Of a detector, in pixels of the picture as the network sees it: the box, its place by score from 1, and the share of the
   * map's positive relevance in it (undefined where there is none).
   */
  readonly box:
    | (Rectangle & { readonly rank: number; readonly positiveShare: number | undefined })
    | undefined;
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
export interface ResultSource {
  readonly result: PictureExplanation;
  readonly explainer: Pick<Explainer, "map" | "record" | "head" | "image">;
  readonly view: InputView;
  readonly labels: readonly string[] | undefined;
  readonly notes: readonly string[];
  readonly asked: AskedTargets;
  /** What targets are contrasted with. */
  readonly against: Question | undefined;
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
  const rival = await rivalOf(source);
  const notes = [...source.notes, ...asked.targets.flatMap((target) => target.notes)];
  const isNumber = explainer.head.kind === "score";
  const caption = titleOf(explainer.record);
  const { positiveShareInside } = await import("@onnx-lrp/core/internal");
  const drawn = firstOfEach(source).map(({ explanation, where, found }): Drawn => {
    const label = labels?.[explanation.target];
    const map = mapOnView(view, explanation.relevance, explainer.map);
    if (found === undefined) return { explanation, where, label, rival, isNumber, map, box: undefined };
    const { left, top: upper, right, bottom, rank } = found;
    const share = positiveShareInside(found, heatmapOf(explanation.relevance, explainer.map));
    const positiveShare = Number.isNaN(share) ? undefined : share;
    const box = { left, top: upper, right, bottom, rank, positiveShare };
    return { explanation, where, label, rival, isNumber, map, box };
  });
  const shape = mapSizes(explainer.map);
  const figure = (maps: readonly Drawn[]) => figureOf(view, maps, { title, caption });
  const png = () => figure(drawn);
  return {
    ...{ top, logits, probabilities, notes, png },
    quantized: quantizedOf(result, labels),
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

/** Of targets that turn out to be the same the first. */
function firstOfEach({
  result,
  asked,
}: ResultSource): (Pick<Drawn, "explanation" | "where"> & { readonly found: FoundBox | undefined })[] {
  const seen = new Set<string>();
  return result.explanations.flatMap((explanation, k) => {
    const where = asked.targets[k]?.where || undefined;
    const key = `${explanation.target}${where ?? ""}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ explanation, where, found: asked.targets[k]?.box }];
  });
}

/** The most probable classes; of an output with scores at many places those that are found at the most of them. */
async function topClasses({ result, explainer, labels, asked }: ResultSource): Promise<ScoredClass[]> {
  const { foundBoxes, foundClasses, leastProbability, rankClasses } = await import("@onnx-lrp/core/internal");
  const { head, image } = explainer;
  const { logits, probabilities } = result;
  if (asked.scores?.boxes !== undefined) {
    return foundBoxes({ port: head, image, scores: asked.scores })
      .slice(0, 5)
      .filter(({ probability, rank }) => rank === 1 || probability >= leastProbability)
      .map(({ class: index, probability, left, top, right, bottom }) => ({
        ...{ class: index, label: labels?.[index], probability, logit: undefined },
        box: { left, top, right, bottom },
      }));
  }
  if (head.form === "places") {
    if (head.kind === "score") return [];
    const found = foundClasses({ port: head, image, scores: result, masks: new Map() });
    return found.slice(0, 5).map(({ class: index, places, probability }) => ({
      ...{ class: index, label: labels?.[index], probability, logit: undefined, places },
    }));
  }
  return rankClasses(result)
    .slice(0, 5)
    .map((index) => ({
      ...{ class: index, label: labels?.[index], logit: logits[index] ?? 0 },
      probability: probabilities[index] ?? 0,
    }));
}

async function rivalOf({ against, labels, result }: ResultSource): Promise<TargetExplanation["against"]> {
  if (against === undefined) return undefined;
  const { rankClasses } = await import("@onnx-lrp/core/internal");
  const index = classOf(against, () => rankClasses(result));
  return index === undefined ? undefined : { class: index, label: labels?.[index] };
}

function classOf(question: Question, ranking: () => readonly number[]): number | undefined {
  switch (question.kind) {
    case "class":
    case "at":
      return question.class;
    case "rank":
      return ranking()[question.rank - 1];
    case "box":
      return question.which.by === "class" ? question.which.class : undefined;
    default:
      return undefined;
  }
}

function quantizedOf(
  { quantized }: PictureExplanation,
  labels: readonly string[] | undefined,
): QuantizedPrediction | undefined {
  if (quantized === undefined) return undefined;
  const { probabilities, difference } = quantized;
  const best = probabilities.reduce((at, p, i) => (p > (probabilities[at] ?? 0) ? i : at), 0);
  return { class: best, label: labels?.[best], probability: probabilities[best] ?? 0, difference };
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
        : [nameOf(label, target), ...(where === undefined ? [] : [where])].join(" ");
      const not = rival === undefined ? "" : `, not ${nameOf(rival.label, rival.class)}`;
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

/** The first of a label's synonyms, or the class's number where it has no label. */
function nameOf(label: string | undefined, index: number): string {
  return label?.split(",")[0] ?? `class ${index}`;
}

async function save(path: string, png: Uint8Array): Promise<void> {
  const { writeFileWhole } = await import("@onnx-lrp/node/internal");
  await writeFileWhole(path, png);
}
