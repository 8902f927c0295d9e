/** What a network says of one input, and why, as plain data: it can be cloned from one thread to another. */
import type { Explainer, OtherRelevance } from "@onnx-lrp/core";
import type { Heatmap } from "@onnx-lrp/core/maps";
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
import {
  captionOf,
  type FigureWords,
  figureWords,
  type Provenance,
  type Rival,
  targetNote,
} from "./figure-words.ts";

/** One target's map. */
export interface TargetMap extends Omit<ScoredClass, "box"> {
  readonly logit: number;
  /** The place or the element that was looked at: `@12,40`; undefined where the score is of the whole input. */
  readonly where: string | undefined;
  /** Places that were looked at; 1 where the score is of the whole input. */
  readonly places: number;
  /** Of a detector, in pixels of the picture as the network sees it. */
  readonly box: ExplainedBox | undefined;
  /** The class that it was contrasted with. */
  readonly against: Pick<ScoredClass, "class" | "label"> | undefined;
  /** Of SGLRP the strongest classes that it was set against, the strongest first; none of other methods. */
  readonly rivals: readonly Rival[];
  /** Row-major, in the shape `shape`: that of the input without its batch, or with one channel. */
  readonly relevance: Float32Array;
  readonly shape: readonly number[];
  /** The sum over channels: one number for each pixel, moment or voxel; positive supports the class. */
  readonly heatmap: Heatmap;
  /** The sum of the relevance; of methods that conserve it, the logit or what the method puts in its place. */
  readonly sum: number;
  /** In words: what it was set against, or of LRP what the map sums to of which score. */
  readonly note: string | undefined;
  /** What the map is to be multiplied with to be that of the method's definition (SGLRP: p_t (1 - p_t)); else 1. */
  readonly seedScale: number;
  /** For methods whose map sums to the change of the logit from a baseline: by how much it misses that, in logits. */
  readonly convergenceDelta: number | undefined;
  /** What relevance went to the network's other inputs; undefined where the method does not say. */
  readonly otherInputs: readonly OtherRelevance[] | undefined;
}

/** What a network says of one input. */
export interface InputAnswer {
  /** The five most probable classes, the first one first. */
  readonly top: readonly ScoredClass[];
  /** Of every class. */
  readonly logits: Float32Array;
  readonly probabilities: Float64Array;
  readonly quantized: QuantizedPrediction | undefined;
  /** The method that explained it, with its composite of rules. */
  readonly method: string;
  readonly composite: string;
  /** Sentences on how the input's numbers came about; usually none. */
  readonly notes: readonly string[];
}

/** A map with what is needed to draw it. */
export interface DrawnTarget extends TargetMap {
  /** On the input as it is shown. */
  readonly map: ViewMap;
  readonly words: FigureWords;
}

/** An input's answer and maps, with what is needed to draw them. */
export interface ExplainedInput extends InputAnswer {
  /** One for each target, in their order; of targets that turn out to be the same the first. */
  readonly explanations: readonly DrawnTarget[];
  /** What the input looks like. */
  readonly view: InputView;
  /** Input and network by name. */
  readonly title: string;
  /** Method and rules, preprocessing and labels, and who says so. */
  readonly caption: string;
  /** Whether outputs are plain numbers, not scores of classes. */
  readonly isNumber: boolean;
}

/** What an explained input is made from. */
export interface ExplainedSource extends Answers {
  readonly explainer: Pick<Explainer, "map" | "record" | "head" | "image">;
  readonly view: InputView;
  readonly notes: readonly string[];
  /** What the input is called. */
  readonly title: string;
  readonly provenance: Provenance;
}

export async function explainedInput(source: ExplainedSource): Promise<ExplainedInput> {
  const { result, explainer, labels, asked, title } = source;
  const { heatmapOf, mapSizes } = await import("@onnx-lrp/core/maps");
  const { mapOnView } = await import("@onnx-lrp/pictures");
  const { viewForMap } = await import("@onnx-lrp/pictures/internal");
  const { logits, probabilities } = result;
  const view = viewForMap(source.view, explainer.map);
  const against = await classAgainst(source);
  const shape = mapSizes(explainer.map);
  const rivals = await rivalFinder(source);
  const explanations = (await answeredTargets(source)).map(
    ({ explanation, asked: { where, places }, box }): DrawnTarget => {
      const { target, relevance, logit, probability, seedScale, convergenceDelta, otherInputs } = explanation;
      const answer = {
        ...{ class: target, label: labels?.[target], where: where || undefined, places, probability, logit },
        ...{ against, box, rivals: rivals(target) },
        sum: relevance.reduce((sum, value) => sum + value, 0),
      };
      return {
        ...{ ...answer, relevance, shape, seedScale, convergenceDelta, otherInputs },
        note: targetNote(explainer, answer),
        heatmap: heatmapOf(relevance, explainer.map),
        map: mapOnView(view, relevance, explainer.map),
        words: figureWords(explainer, answer),
      };
    },
  );
  return {
    ...{ top: await topClasses(source), logits, probabilities, explanations, view, title },
    notes: [...source.notes, ...asked.notes],
    quantized: quantizedPrediction(result, labels),
    method: explainer.record.method,
    composite: explainer.record.composite,
    isNumber: explainer.head.kind === "score",
    caption: captionOf(explainer.record, source.provenance),
  };
}

/** Whom SGLRP set a class against; nobody for other methods, and where one class is contrasted with another. */
async function rivalFinder({
  explainer,
  labels,
  asked,
  result,
}: ExplainedSource): Promise<(target: number) => Rival[]> {
  const { rivalsOf } = await import("@onnx-lrp/core/internal");
  if (explainer.record.method !== "sglrp" || asked.against !== undefined) return () => [];
  return (target) =>
    rivalsOf(explainer.head, result, target).map((rival) => ({ ...rival, label: labels?.[rival.class] }));
}
