/** Questions about one picture, with what each is contrasted with. */
import { UserError } from "@onnx-lrp/onnx-loader";
import type { PlaceShape } from "../grid/place-axes.ts";
import type { Scores } from "../network/probabilities.ts";
import { elementAt, elementsOf, type OutputPort, placeOf, scoreLayout } from "../output-port/output-port.ts";
import { type FoundBox, isShown } from "./boxes.ts";
import { type Mask, needsScores, type Question } from "./question.ts";
import { type Asked, type ResolvedTarget, resolveQuestion } from "./resolve.ts";
import type { Target } from "./target.ts";

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
  if (against === undefined) return { targets, against: undefined, scores };
  return {
    targets,
    against: targets.map((target) =>
      contrastOf(head, target, against, scores, () => resolveQuestion(against, asked)),
    ),
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
  if (port.boxes !== undefined && target.box !== undefined && scores !== undefined) {
    return atSameBox(port, target.box, target.class, against, scores);
  }
  const sameClass = "The target and what it is contrasted with are the same.";
  if (port.form !== "places" || against.kind !== "at" || against.place.kind !== "found") {
    const other = resolve();
    if (typeof other.target === "number" && other.target === target.target) throw usage(sameClass);
    return other.target;
  }
  if (target.class === undefined || typeof target.target === "number") {
    throw usage("A contrast is between classes, and the target is none.");
  }
  if (target.class === against.class) throw usage(sameClass);
  const layout = scoreLayout(port);
  const weights = new Float32Array(target.target.weights.length);
  for (const [i, weight] of target.target.weights.entries()) {
    if (weight !== 0) weights[elementAt(layout, placeOf(layout, i).place, against.class)] = weight;
  }
  return { weights };
}

/** Another class at the place of a box. */
function atSameBox(
  port: OutputPort,
  { place }: FoundBox,
  target: number | undefined,
  against: Question,
  scores: Scores,
): Target {
  const layout = scoreLayout(port);
  const other = otherClass(against, (rank) => {
    const at = (index: number) => scores.logits[elementAt(layout, place, index)] ?? Number.NaN;
    const classes = Array.from({ length: layout.classes }, (_, index) => index);
    return classes.sort((a, b) => at(b) - at(a))[rank - 1] ?? 0;
  });
  if (other === target) throw usage("The target and what it is contrasted with are the same.");
  const weights = new Float32Array(elementsOf(port));
  weights[elementAt(layout, place, other)] = 1;
  return { weights };
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
