/** Questions about one picture, with what each is contrasted with. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { PlaceShape } from "../grid/place-axes.ts";
import type { Scores } from "../network/probabilities.ts";
import { elementAt, type OutputPort, placeOf, scoreLayout } from "../output-port/output-port.ts";
import { isShown } from "./boxes.ts";
import { settle } from "./likeliest.ts";
import { type Mask, needsScores, type Question } from "./question.ts";
import { type Asked, type ResolvedTarget, resolveQuestion } from "./resolve.ts";
import type { Target, WeightedTarget } from "./target.ts";

/** What answers: an explainer, or a scorer. */
export interface Answering {
  readonly head: OutputPort;
  readonly image: PlaceShape;
  score(pictures: readonly Float32Array[]): Promise<readonly Scores[]>;
}

export interface AskedTargets {
  readonly targets: readonly ResolvedTarget[];
  /** For each target what it is contrasted with. */
  readonly against: readonly Target[] | undefined;
  /** The question that they come from, where a name in it means one class. */
  readonly contrast: Question | undefined;
  /** Sentences on how the questions were understood, if that is unusual. */
  readonly notes: readonly string[];
  /** The scores of the picture, where a question needed them. */
  readonly scores: Scores | undefined;
}

export interface Questions {
  readonly questions: readonly Question[];
  /** What all are contrasted with; a class at places is looked at where the target is. */
  readonly against?: Question | undefined;
  readonly masks: ReadonlyMap<string, Mask>;
}

/**
 * @param picture in the shape of the input without the batch, as the network takes it
 * @throws UserError as `resolveQuestion`, and for a contrast that has no meaning
 */
export async function askQuestions(
  { head, image, score }: Answering,
  picture: Float32Array,
  { questions, against, masks }: Questions,
): Promise<AskedTargets> {
  const atPlaces = head.form === "places";
  const wanted = [...questions, ...(against === undefined ? [] : [against])].some(
    (question) => needsScores(question) && (atPlaces || question.kind !== "rank"),
  );
  const [scores] = wanted ? await score([picture]) : [];
  const asked = { port: head, image, scores, masks };
  const targets = questions
    .filter((question, i) => i === 0 || isThere(question, asked))
    .map((question) => resolveQuestion(question, asked));
  const notes = new Set(targets.flatMap((target) => target.notes));
  if (against === undefined) {
    return { targets, against: undefined, contrast: undefined, notes: [...notes], scores };
  }
  const { question: contrast, notes: more } = settle(
    against,
    asked,
    targets.map((target) => target.class),
  );
  for (const note of more) notes.add(note);
  return {
    targets,
    against: targets.map((target) =>
      contrastOf(head, target, contrast, scores, () => resolveQuestion(contrast, asked)),
    ),
    contrast,
    notes: [...notes],
    scores,
  };
}

/** Whether what is explained unasked is there; the first must be. */
function isThere(question: Question, { port, image, scores }: Asked): boolean {
  if (question.kind !== "box" || question.which.by !== "default" || scores === undefined) return true;
  return isShown({ port, image, scores }, question.which.rank);
}

function contrastOf(
  port: OutputPort,
  target: ResolvedTarget,
  against: Question,
  scores: Scores | undefined,
  resolve: () => ResolvedTarget,
): Target {
  const same = () => usage("The target and what it is contrasted with are the same.");
  const other = classThere(port, target, against, scores);
  if (other === undefined) {
    const resolved = resolve();
    if (typeof resolved.target === "number" && resolved.target === target.target) throw same();
    return resolved.target;
  }
  if (target.class === undefined || typeof target.target === "number") {
    throw usage("A contrast is between classes, and the target is none.");
  }
  if (target.class === other) throw same();
  return atClass(port, target.target, other);
}

/** The class that is looked at where the target is; undefined for a contrast that has a place of its own, or none. */
function classThere(
  port: OutputPort,
  { box }: ResolvedTarget,
  against: Question,
  scores: Scores | undefined,
): number | undefined {
  if (port.boxes !== undefined && box !== undefined && scores !== undefined) {
    const layout = scoreLayout(port);
    const at = (index: number) => scores.logits[elementAt(layout, box.place, index)] ?? Number.NaN;
    return otherClass(against, (rank) => {
      const classes = Array.from({ length: layout.classes }, (_, index) => index);
      return classes.sort((a, b) => at(b) - at(a))[rank - 1] ?? 0;
    });
  }
  const found = port.form === "places" && against.kind === "at" && against.place.kind === "found";
  return found ? against.class : undefined;
}

/** The same weights, for another class at the same places. */
function atClass(port: OutputPort, { weights }: WeightedTarget, index: number): WeightedTarget {
  const layout = scoreLayout(port);
  const moved = new Float32Array(weights.length);
  for (const [i, weight] of weights.entries()) {
    if (weight !== 0) moved[elementAt(layout, placeOf(layout, i).place, index)] = weight;
  }
  return { weights: moved };
}

function otherClass(against: Question, byRank: (rank: number) => number): number {
  if (against.kind === "class") return against.class;
  if (against.kind === "rank") return byRank(against.rank);
  if (against.kind === "box" && against.which.by === "class") return against.which.class;
  if (against.kind === "box" && against.which.by === "score" && against.class === undefined) {
    return byRank(against.which.rank);
  }
  throw usage("What a box is contrasted with is another class at the same box: a class, or top.");
}

function usage(reason: string): UserError {
  return new UserError("usage", reason, { subject: { option: "against" } });
}
