/** Names that fit several classes. */
import type { Explainer } from "@onnx-lrp/core";
import { askQuestions, parseTarget, type Question } from "@onnx-lrp/core/internal";
import { expect, test } from "vitest";

const elephants = [
  { class: 1, name: "Indian elephant" },
  { class: 2, name: "African elephant" },
];
const find = (query: string) => (query === "elephant" ? elephants : query === "African elephant" ? 2 : 0);
const plain = { form: "classes", kind: "none", classes: 3, dims: ["N", 3], classAxis: 1 } as const;
/** A row of three places, three classes each. */
const places = { ...plain, form: "places", dims: ["N", 3, 1, 3] } as const;

async function ask(
  head: object,
  probabilities: readonly number[],
  { target, against }: { readonly target: string; readonly against?: string },
) {
  const port = head as Explainer["head"];
  const scores = {
    logits: Float32Array.from(probabilities, Math.log),
    probabilities: Float64Array.from(probabilities),
  };
  const [contrast]: readonly Question[] = against === undefined ? [] : parseTarget(against, port, find);
  const questions = { questions: parseTarget(target, port, find), against: contrast, masks: new Map() };
  const image = { height: 1, width: 3, depth: 1, channels: 3, axes: "NCHW", layout: "nchw" };
  return askQuestions(
    { head: port, image: image as never, score: async () => [scores] },
    new Float32Array(9),
    questions,
  );
}

test("the more probable class on the picture is meant, and a note says so", async () => {
  const african = await ask(plain, [0.6, 0.1, 0.3], { target: "elephant" });
  expect(african.targets[0]?.class).toBe(2);
  expect(african.notes).toEqual([
    '"elephant" may be Indian elephant or African elephant; African elephant is taken, the more probable on this picture (30.0 %).',
  ]);
  const indian = await ask(plain, [0.6, 0.3, 0.1], { target: "elephant" });
  expect(indian.targets[0]?.class).toBe(1);
  expect(indian.notes[0]).toContain("Indian elephant is taken");
  expect((await ask(plain, [0.6, 0.3, 0.1], { target: "African elephant" })).notes).toEqual([]);
});

test("a contrast is not the target itself", async () => {
  const asked = await ask(plain, [0.1, 0.2, 0.7], { target: "African elephant", against: "elephant" });
  expect(asked.contrast).toEqual({ kind: "class", class: 1 });
  expect(asked.against).toEqual([1]);
  expect(asked.notes).toEqual(['"elephant" is taken for Indian elephant, the other class of that name.']);
  const zebra = await ask(plain, [0.1, 0.2, 0.7], { target: "0", against: "elephant" });
  expect(zebra.against).toEqual([2]);
});

test("of an output with places the class counts at the place where it is strongest", async () => {
  const byClass = [0.8, 0.1, 0.7, 0.15, 0.5, 0.2, 0.05, 0.4, 0.1];
  const asked = await ask(places, byClass, { target: "elephant@all" });
  expect(asked.targets[0]?.class).toBe(1);
  expect(asked.targets[0]?.where).toBe("@all");
  expect(asked.notes[0]).toContain("(50.0 %)");
});
