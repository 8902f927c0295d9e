/** Names that fit several classes: the class that is most probable on the picture is meant. */
import type { Scores } from "../network/probabilities.ts";
import { elementAt, type OutputPort, scoreLayout } from "../output-port/output-port.ts";
import type { Candidate, Question } from "./question.ts";

/** A question that means one class, and a sentence on how that was decided, if it had to be. */
interface Settled {
  readonly question: Question;
  readonly notes: readonly string[];
}

/**
 * @param scores of the picture; needed where a name fits several classes
 * @param except classes that are not meant, unless there are no others
 */
export function settle(
  question: Question,
  { port, scores }: { readonly port: OutputPort; readonly scores: Scores | undefined },
  except: readonly (number | undefined)[] = [],
): Settled {
  if (question.kind !== "likeliest") return { question, notes: [] };
  if (scores === undefined) throw new Error("the question needs the scores of the picture");
  const others = question.among.filter((one) => !except.includes(one.class));
  const among = others.length === 0 ? question.among : others;
  const rated = among.map((one) => ({ ...one, score: highestScore(port, scores, one.class) }));
  const best = rated.reduce((a, b) => (b.score > a.score ? b : a));
  return { question: best.question, notes: [noteOf(question.query, port, among, best)] };
}

/** Of a class, at whatever place it is highest. */
function highestScore(port: OutputPort, { probabilities }: Scores, index: number): number {
  if (port.form !== "places") return probabilities[index] ?? 0;
  const layout = scoreLayout(port);
  let highest = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < layout.places; place += 1) {
    highest = Math.max(highest, probabilities[elementAt(layout, place, index)] ?? 0);
  }
  return highest;
}

const mostNamed = 3;

function noteOf(
  query: string,
  { kind }: OutputPort,
  among: readonly Candidate[],
  { name, score }: { readonly name: string; readonly score: number },
): string {
  const names = among.map((one) => one.name);
  const fits =
    names.length > mostNamed
      ? `fits ${names.length} classes`
      : `may be ${[names.slice(0, -1).join(", "), names.at(-1)].filter((text) => text !== "").join(" or ")}`;
  const what = kind === "score" ? "the highest" : `the ${among.length === 2 ? "more" : "most"} probable`;
  const number = kind === "score" ? score.toPrecision(4) : `${(100 * score).toPrecision(3)} %`;
  return among.length === 1
    ? `"${query}" is taken for ${name}, the other class of that name.`
    : `"${query}" ${fits}; ${name} is taken, ${what} on this picture (${number}).`;
}
