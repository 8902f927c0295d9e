/** Maps of boxes, against classifiers that are made of the same detector by hand, and the methods that they are asked by. */
import type { ExplainerOptions } from "@onnx-lrp/core";
import { askQuestions, foundBoxes, parseTarget } from "@onnx-lrp/core/internal";
import type { Model } from "@onnx-lrp/onnx-loader";
import { explainerFor, explainOnce, mapOf, withExplainer } from "@onnx-lrp/test-kit/explain";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { describe, expect, test } from "vitest";
import { pictures } from "../pictures.ts";
import { classes, logitsOfYolo8, places, side, ssd, yolo5, yolo8 } from "./networks.ts";

const [picture = new Float32Array()] = pictures(1, 3 * side * side, 8);
const at = { place: 74, class: 1 };

/** Weights of one class at one place, [classes, places]. */
function box(index = at.class): { readonly weights: Float32Array } {
  const weights = new Float32Array(classes * places);
  weights[index * places + at.place] = 1;
  return { weights };
}

/** The same detector with Mul(mask) and ReduceSum behind its logits: [N, classes]. */
function classifier(): Model {
  const mask = Array.from({ length: places }, (_, i) => Number(i === at.place));
  return logitsOfYolo8((g, logits) => {
    const masked = g.add("Mul", [logits, g.floats(mask, [1, 1, places])]);
    return g.add("ReduceSum", [masked, g.ints([2])], { keepdims: 0 });
  });
}

const same: readonly ExplainerOptions[] = [
  { method: "lrp", composite: "epsilon" },
  { method: "gradient" },
  { method: "input-x-gradient" },
  { method: "integrated-gradients", samples: 4 },
  { method: "grad-cam", layer: "Relu5" },
  { method: "occlusion", window: 4, score: "logit" },
];

describe("a box is the classifier of its place alone", () => {
  test.each(same.map((options) => [`${options.method} ${options.composite ?? ""}`, options] as const))(
    "%s",
    async (_, options) => {
      const found = await explainOnce(yolo8(), [picture], [[box(0), box(1), box(2)]], options);
      const wanted = await explainOnce(classifier(), [picture], [[0, 1, 2]], options);
      // Grad-CAM may have nothing that speaks for a class.
      expect([0, 1, 2].some((k) => mapOf(wanted, 0, k).some((value) => value !== 0))).toBe(true);
      for (const k of [0, 1, 2]) expect(mapOf(found, 0, k)).toBeNear(mapOf(wanted, 0, k), 1e-5);
      expect(found[0]?.explanations[0]?.logit).toBeCloseTo(
        wanted[0]?.explanations[0]?.logit ?? Number.NaN,
        4,
      );
    },
  );

  test("by zplus, where its score is positive", async () => {
    const options = { method: "lrp", composite: "zplus" } as const;
    const wanted = await explainOnce(classifier(), [picture], [[0, 1, 2]], options);
    const found = await explainOnce(yolo8(), [picture], [[box(0), box(1), box(2)]], options);
    const logits = found[0]?.explanations.map(({ logit }) => logit) ?? [];
    const positive = logits.flatMap((logit, k) => (logit > 0 ? [k] : []));
    expect(positive.length).toBeGreaterThan(0);
    for (const k of positive) expect(mapOf(found, 0, k)).toBeNear(mapOf(wanted, 0, k), 1e-5);
  });
});

/** Central differences of a function of a picture at some pixels. */
async function differences(
  score: (pictures: readonly Float32Array[]) => Promise<readonly number[]>,
  elements: readonly number[],
): Promise<number[]> {
  const step = 1e-2;
  const moved = elements.flatMap((element) =>
    [step, -step].map((by) => {
      const copy = picture.slice();
      copy[element] = (copy[element] ?? 0) + by;
      return copy;
    }),
  );
  const scores = await score(moved);
  return elements.map((_, i) => ((scores[2 * i] ?? 0) - (scores[2 * i + 1] ?? 0)) / (2 * step));
}

test.each([
  ["YOLOv8", yolo8],
  ["YOLOv5", yolo5],
  ["SSD", ssd],
] as const)("the gradient of a box of %s is what finite differences of its score are", async (_, build) => {
  await withExplainer(explainerFor(build(), { method: "gradient" }), async (explainer) => {
    const find = (query: string) => Number(query);
    const questions = parseTarget("box:2", explainer.head, find);
    const { targets } = await askQuestions(explainer, picture, { questions, masks: new Map() });
    const [target] = targets;
    if (target === undefined || typeof target.target === "number") throw new Error("no box");
    const element = target.target.weights.indexOf(1);
    const map = mapOf(await explainer.explain([picture], [[target.target]]));
    const largest = [...map.keys()]
      .sort((a, b) => Math.abs(map[b] ?? 0) - Math.abs(map[a] ?? 0))
      .slice(0, 12);
    const score = async (moved: readonly Float32Array[]) =>
      (await explainer.score(moved)).map(({ logits }) => logits[element] ?? Number.NaN);
    expect(largest.map((i) => map[i] ?? 0)).toBeNear(await differences(score, largest), 2e-2);
  });
});

describe("rivals of a box", () => {
  test("labels do not compete: sglrp is refused, and lrp is the default", async () => {
    await withExplainer(explainerFor(yolo8()), ({ record }) => {
      expect(record.method).toBe("lrp");
    });
    const error = await userErrorOf(() => explainerFor(yolo8(), { method: "sglrp" }));
    expect(error.message).toMatch(/does not apply/);
  });

  test("unless that is asked for: then its class logits are those of a classifier, and the record says so", async () => {
    await withExplainer(
      explainerFor(yolo8(), { rivals: true, composite: "epsilon" }),
      async ({ explain, record }) => {
        expect(record.method).toBe("sglrp");
        expect(record.settings.rivals).toBe(true);
        const found = await explain([picture], [[box()]]);
        const wanted = await explainOnce(classifier(), [picture], [[at.class]], {
          ...{ method: "sglrp", composite: "epsilon" },
        });
        expect(mapOf(found)).toBeNear(mapOf(wanted), 1e-5);
        expect(found[0]?.explanations[0]?.seedScale).toBeCloseTo(
          wanted[0]?.explanations[0]?.seedScale ?? 0,
          5,
        );
      },
    );
  });

  test("are refused where classes compete anyway", async () => {
    const error = await userErrorOf(() => explainerFor(ssd(), { rivals: true }));
    expect(error.message).toMatch(/takes no rivals: its classes compete anyway/);
  });
});

test("a contrast is between classes at the same box", async () => {
  await withExplainer(explainerFor(yolo8(), { method: "gradient", contrast: true }), async (explainer) => {
    const find = (query: string) => Number(query);
    const [question] = parseTarget("box:1", explainer.head, find);
    const [scores] = await explainer.score([picture]);
    if (question === undefined || scores === undefined) throw new Error("no question");
    const [best] = foundBoxes({ port: explainer.head, image: explainer.image, scores });
    const other = (1 + (best?.class ?? 0)) % classes;
    const [against] = parseTarget(`${other}`, explainer.head, find);
    const asked = await askQuestions(explainer, picture, {
      questions: [question],
      against,
      masks: new Map(),
    });
    const [rival] = asked.against ?? [];
    if (rival === undefined || typeof rival === "number") throw new Error("no rival");
    expect(rival.weights.indexOf(1)).toBe(other * places + (best?.place ?? 0));
    const targets = asked.targets.map(({ target }) => target);
    const map = mapOf(await explainer.explain([picture], [targets], [[rival]]));
    const alone = await explainOnce(yolo8(), [picture], [[...targets, rival]], { method: "gradient" });
    const difference = mapOf(alone, 0, 0).map((value, i) => value - (mapOf(alone, 0, 1)[i] ?? 0));
    expect(map).toBeNear(difference, 1e-5);
  });
});
