/** Where the scores and boxes of each family of detectors are found, and what is read from them. */
import { openScorer, type Scorer } from "@onnx-lrp/core";
import { foundBoxes, parseTarget, resolveQuestion } from "@onnx-lrp/core/internal";
import { type Model, writeModel } from "@onnx-lrp/onnx-loader";
import { withExplainer } from "@onnx-lrp/test-kit/explain";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import * as ort from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { pictures } from "../pictures.ts";
import {
  classes,
  detr,
  places,
  side,
  ssd,
  torchvision,
  twoStages,
  undecoded,
  yolo5,
  yolo8,
  yolo8WithMasks,
  yolo26,
} from "./networks.ts";

const [picture = new Float32Array()] = pictures(1, 3 * side * side, 8);

/** What a model itself gives, by output. */
async function outputsOf(model: Model): Promise<Float32Array[]> {
  const session = await ort.InferenceSession.create(writeModel(model), { logSeverityLevel: 4 });
  const image = new ort.Tensor("float32", picture, [1, 3, side, side]);
  const results = await session.run({ image });
  await session.release();
  return session.outputNames.map((name) =>
    Float32Array.from(results[name]?.data as ArrayLike<number>, Number),
  );
}

function scorerOf(model: Model, options = {}): Promise<Scorer> {
  return openScorer(ort, model, options);
}

async function found(model: Model, options = {}) {
  return withExplainer(scorerOf(model, options), async (scorer) => {
    const [scores] = await scorer.score([picture]);
    if (scores === undefined) throw new Error("no scores");
    const asked = { port: scorer.head, image: scorer.image, scores };
    return { port: scorer.head, scores, boxes: foundBoxes(asked), asked };
  });
}

/** The largest of some numbers, with its index. */
function largest(numbers: ArrayLike<number>, of: (index: number) => boolean = () => true) {
  let best = -1;
  for (let i = 0; i < numbers.length; i += 1) {
    if (of(i) && (best < 0 || (numbers[i] ?? 0) > (numbers[best] ?? 0))) best = i;
  }
  return { index: best, value: numbers[best] ?? Number.NaN };
}

describe.each([
  ["YOLOv8", yolo8, 4 + classes],
  ["YOLOv8 with masks", yolo8WithMasks, 4 + classes + 2],
] as const)("%s", (_, build, rows) => {
  test("scores are the rows behind four of boxes, and boxes are centres and sizes", async () => {
    const { port, boxes } = await found(build());
    expect(port).toMatchObject({ form: "places", kind: "sigmoid", classes, classAxis: 1 });
    expect(port.boxes).toMatchObject({ layout: "YOLOv8 and YOLO11", format: "cxcywh", unit: "pixels" });
    const [all = new Float32Array()] = await outputsOf(build());
    expect(all.length).toBe(rows * places);
    const best = largest(all, (i) => i >= 4 * places && i < (4 + classes) * places);
    const place = best.index % places;
    const [x, y, w, h] = [0, 1, 2, 3].map((row) => all[row * places + place] ?? 0) as [
      number,
      number,
      number,
      number,
    ];
    const [box] = boxes;
    expect(box).toMatchObject({ rank: 1, place, class: Math.floor(best.index / places) - 4 });
    expect(box?.probability).toBeCloseTo(best.value, 5);
    expect([box?.left, box?.top, box?.right, box?.bottom]).toBeNear(
      [x - w / 2, y - h / 2, x + w / 2, y + h / 2],
      1e-5,
    );
  });
});

test("YOLOv5: the probability of a class is that of an object times its own, its logit the sum of theirs", async () => {
  const { port, boxes, scores } = await found(yolo5());
  expect(port).toMatchObject({ form: "places", kind: "sigmoid", classes, classAxis: 2 });
  expect(port.boxes?.layout).toBe("YOLOv5 and YOLOv7");
  const [all = new Float32Array()] = await outputsOf(yolo5());
  const rows = 5 + classes;
  const row = (place: number, i: number) => all[place * rows + i] ?? 0;
  const products = Array.from({ length: places * classes }, (_, i) => {
    const place = Math.floor(i / classes);
    return row(place, 4) * row(place, 5 + (i % classes));
  });
  expect(scores.probabilities).toBeNear(products, 1e-5);
  const logit = (p: number) => Math.log(p / (1 - p));
  const sums = Array.from({ length: places * classes }, (_, i) => {
    const place = Math.floor(i / classes);
    return logit(row(place, 4)) + logit(row(place, 5 + (i % classes)));
  });
  expect(scores.logits).toBeNear(sums, 1e-4);
  const best = largest(products);
  const place = Math.floor(best.index / classes);
  expect(boxes[0]).toMatchObject({ place, class: best.index % classes });
  expect(boxes[0]?.left).toBeCloseTo(row(place, 0) - row(place, 2) / 2, 4);
});

test("YOLO26: what TopK leaves over is what is found first", async () => {
  const { port, boxes } = await found(yolo26());
  expect(port).toMatchObject({ kind: "sigmoid", classes });
  expect(port.boxes).toMatchObject({ layout: "YOLO26", format: "xyxy" });
  const [rows = new Float32Array()] = await outputsOf(yolo26());
  const [left = 0, top = 0, right = 0, bottom = 0, score = 0, index = 0] = rows;
  expect(boxes[0]?.class).toBe(index);
  expect(boxes[0]?.probability).toBeCloseTo(score, 5);
  const { left: l = 0, top: t = 0, right: r = 0, bottom: b = 0 } = boxes[0] ?? {};
  expect([l, t, r, b]).toBeNear([left, top, right, bottom], 1e-5);
});

test("SSD: classes compete with a background, which is no box's class", async () => {
  const { port, boxes } = await found(ssd());
  expect(port).toMatchObject({ kind: "softmax", classes: 1 + classes, classAxis: 2 });
  expect(port.boxes).toMatchObject({ layout: "SSD", background: 0 });
  const [probabilities = new Float32Array(), all = new Float32Array()] = await outputsOf(ssd());
  const best = largest(probabilities, (i) => i % (1 + classes) !== 0);
  const place = Math.floor(best.index / (1 + classes));
  expect(boxes[0]).toMatchObject({ place, class: best.index % (1 + classes) });
  expect(boxes[0]?.probability).toBeCloseTo(best.value, 5);
  expect(boxes[0]?.right).toBeCloseTo(all[place * 4 + 2] ?? 0, 4);
  expect(boxes.every(({ class: index }) => index !== 0)).toBe(true);
});

test("DETR: the last class is no object, boxes are fractions of the picture", async () => {
  const { port, boxes } = await found(detr());
  expect(port).toMatchObject({ kind: "softmax", classes: classes + 1 });
  expect(port.boxes).toMatchObject({
    layout: "DETR",
    format: "cxcywh",
    unit: "fraction",
    background: classes,
  });
  const [, all = new Float32Array()] = await outputsOf(detr());
  const { place = 0, left, bottom } = boxes[0] ?? {};
  const at = (i: number) => all[place * 4 + i] ?? 0;
  expect(left).toBeCloseTo((at(0) - at(2) / 2) * side, 4);
  expect(bottom).toBeCloseTo((at(1) + at(3) / 2) * side, 4);
  const { port: labels } = await found(detr(), { head: "sigmoid" });
  expect(labels).toMatchObject({ kind: "sigmoid" });
});

describe.each(["ssd", "retinanet"] as const)("torchvision's %s, which ends in NonMaxSuppression", (kind) => {
  test("its scores are those before any selection, and its best box is ours", async () => {
    const model = torchvision(kind);
    const { port, boxes } = await found(model);
    expect(port).toMatchObject({ form: "places", kind: kind === "ssd" ? "softmax" : "sigmoid" });
    expect(port.boxes?.layout).toBe(kind === "ssd" ? "SSD" : "RetinaNet");
    const [all = new Float32Array(), scores = new Float32Array(), labels = new Float32Array()] =
      await outputsOf(model);
    const best = largest(scores);
    const [box] = boxes;
    expect(box?.probability).toBeCloseTo(best.value, 5);
    expect(box?.class).toBe(labels[best.index]);
    expect([box?.left, box?.top, box?.right, box?.bottom]).toBeNear(
      all.subarray(best.index * 4, best.index * 4 + 4),
      1e-5,
    );
  });
});

test("boxes that overlap a better one of their class are left out", async () => {
  const { boxes } = await found(yolo8());
  expect(boxes.length).toBeGreaterThan(5);
  for (const [i, a] of boxes.entries()) {
    for (const b of boxes.slice(0, i).filter((other) => other.class === a.class)) {
      const width = Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left));
      const height = Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
      const size = (box: typeof a) => Math.max(0, box.right - box.left) * Math.max(0, box.bottom - box.top);
      expect((width * height) / (size(a) + size(b) - width * height)).toBeLessThanOrEqual(0.5);
    }
    expect(a.probability).toBeLessThanOrEqual(boxes[i - 1]?.probability ?? 1);
  }
});

test("numbers that others make boxes of are none", async () => {
  await withExplainer(scorerOf(undecoded()), ({ head }) => {
    expect(head.boxes).toBeUndefined();
    expect(head.form).toBe("places");
  });
});

test("a second stage is refused by its first layer", async () => {
  const error = await userErrorOf(() => scorerOf(twoStages()));
  expect(error).toMatchObject({ kind: "unsupported" });
  expect(error.message).toMatch(
    /a detector of two stages: the RoiAlign node "RoiAlign\d+" works on the boxes/,
  );
});

describe("questions about boxes", () => {
  const find = (query: string) => Number(query);

  test("by score, by pixel, by class, and another class at a box", async () => {
    const { port, asked, boxes } = await found(yolo8());
    const resolve = (text: string) => {
      const [question] = parseTarget(text, port, find);
      if (question === undefined) throw new Error("no question");
      return resolveQuestion(question, { ...asked, masks: new Map() });
    };
    const [first, second] = boxes;
    expect(resolve("box:2")).toMatchObject({ class: second?.class, box: second, where: "box:2" });
    expect(resolve("top")).toMatchObject({ box: first, where: "box:1" });
    const other = (1 + (first?.class ?? 0)) % classes;
    expect(resolve(`box:1=${other}`)).toMatchObject({ class: other, box: first });
    const x = Math.floor(((first?.left ?? 0) + (first?.right ?? 0)) / 2);
    const y = Math.floor(((first?.top ?? 0) + (first?.bottom ?? 0)) / 2);
    expect(resolve(`box:${x},${y}`)).toMatchObject({ box: first, where: `box:${x},${y}` });
    const ofOther = boxes.find((box) => box.class === other);
    expect(resolve(`${other}`)).toMatchObject({ class: other, box: ofOther });
  });

  test("what is not there is a sentence", async () => {
    const { port, asked } = await found(yolo8());
    const ask = (text: string) => () =>
      parseTarget(text, port, find).map((question) =>
        resolveQuestion(question, { ...asked, masks: new Map() }),
      );
    expect(ask("box:9999")).toThrow(
      /There is no box 9999: the network finds \d+\. The best are box:1 \(class/,
    );
    expect(ask("box:16,3")).toThrow(
      "The place 16,3 lies outside the picture: it goes from 0 to 15 and 0 to 15.",
    );
    expect(ask("box:0")).toThrow('"box:0" names no box');
    expect(ask("box:a")).toThrow('"box:a" names no box');
  });

  test("a network without boxes says so", () => {
    const { boxes: _, ...port } = { boxes: undefined, form: "classes", classes: 2 } as const;
    expect(() => parseTarget("box:1", port as never, find)).toThrow("no detector that is known");
  });
});
