/// <reference types="./fake-run.d.mts" />
// A small run whose numbers follow from the pictures' places alone. Plain JavaScript, for processes that tests start use it too.
import { createRandom, hashPicture } from "@onnx-lrp/core/internal";
import { UserError } from "@onnx-lrp/onnx-loader";

const classes = 5;
const side = 4;
const pixels = side * side;

export function fakeItems(count) {
  return Array.from({ length: count }, (_, i) => ({
    id: `folder/${i}.png`,
    path: `/nowhere/folder/${i}.png`,
    label: i % classes,
    region: { kind: "none" },
  }));
}

export function fakePlan(items, { unitSize = 4, ...changes } = {}) {
  return {
    format: 1,
    version: "0",
    model: { path: "net.onnx", sha256: "ab" },
    dataset: { path: "folder", name: "fake", items, sha256: "cd", notes: ["2 pictures have no label."] },
    methods: [
      { name: "sum", parameters: { epsilon: 0.1 } },
      { name: "first", parameters: {} },
      { name: "random", parameters: {} },
    ],
    measures: [
      { name: "curve", parameters: {} },
      { name: "rival", parameters: {} },
      { name: "seldom", parameters: {} },
    ],
    limit: null,
    sample: null,
    seed: 7,
    preprocess: { name: "none" },
    fill: [0],
    unitSize,
    ...changes,
  };
}

const image = {
  name: "x",
  type: "float32",
  layout: "nchw",
  channels: 1,
  axes: ["N", "C", "H", "W"],
  axesSource: { by: "sizes", why: "as its sizes are" },
  depth: 1,
  height: side,
  width: side,
  batch: "N",
  missingAxes: [],
  dims: [{ times: 1 }, 1, side, side],
};

const head = { output: "y", logits: "y", dims: [{ times: 1 }, classes], classes, kind: "softmax" };

function scoresOf(picture) {
  const logits = Float32Array.from({ length: classes }, (_, c) => picture[c] + 0.1 * picture[c + 5]);
  const powers = Float64Array.from(logits, Math.exp);
  const sum = powers.reduce((a, b) => a + b, 0);
  return { logits, probabilities: powers.map((power) => power / sum) };
}

function method(name, relevanceOf, log) {
  return {
    name,
    map: image,
    async explain(pictures, targets) {
      log?.push({ method: name, targets });
      return pictures.map((picture, i) => {
        const scores = scoresOf(picture);
        return {
          ...scores,
          quantized: undefined,
          conservation: undefined,
          explanations: targets[i].map((target) => ({
            target,
            logit: scores.logits[target],
            probability: scores.probabilities[target],
            seedScale: 1,
            relevance: relevanceOf(picture, target),
          })),
        };
      });
    },
  };
}

const group = { title: "Fakes", note: "They see pixels alone." };

export const fakeMetrics = [
  {
    name: "curve",
    title: "A curve",
    group,
    summary: "A curve with weights",
    source: "none",
    target: "label",
    needsRegion: true,
    better: "higher",
    parameter: "share (%)",
    value: "accuracy",
    evaluate: async ({ heatmap, item }) =>
      [25, 50, 100].map((parameter) => {
        const kept = (parameter * pixels) / 100;
        let hits = 0;
        for (let i = 0; i < kept; i += 1) if (heatmap.values[i] > 0 && item.inside[i]) hits += 1;
        return { parameter, value: hits / kept, weight: kept };
      }),
    chance: ({ item }) =>
      [25, 50, 100].map((parameter) => ({
        parameter,
        value: item.inside.reduce((a, b) => a + b, 0) / pixels,
        weight: pixels,
      })),
    headline: (readings) => Math.max(...readings.map(({ value }) => value)),
  },
  {
    name: "rival",
    group,
    summary: "A number of the second class",
    source: "none",
    target: "second",
    needsRegion: false,
    better: "lower",
    parameter: undefined,
    value: "change",
    evaluate: async ({ heatmap, scores, target, scorer, item, fill, explain }) => {
      const masked = item.data.slice();
      masked.fill(fill[0], 0, 2);
      const [after] = await scorer.score([masked]);
      const [again] = await explain([masked]);
      const change = after.probabilities[target] - scores.probabilities[target];
      return [{ parameter: 0, value: change + heatmap.values[3] - again.values[3] }];
    },
  },
  {
    name: "seldom",
    group,
    summary: "Says nothing of most pictures",
    source: "none",
    target: "label",
    needsRegion: false,
    better: "higher",
    parameter: undefined,
    value: "value",
    evaluate: async ({ heatmap, item, seed }) =>
      item.item.label === 1 && heatmap.values[0] > 0
        ? [{ parameter: 0, value: createRandom(seed, hashPicture(item.data)).uniform() }]
        : [],
  },
];

/**
 * @param corrupt places of pictures that cannot be read
 * @param log gets an entry for every explanation
 * @param wait milliseconds that reading and explaining a picture take
 */
export function fakeResources({ corrupt = [], log, wait = 0, atPicture } = {}) {
  const relevance = {
    sum: (picture, target) => picture.map((value, i) => value * (1 + ((i + target) % 3)) - 0.2),
    first: (picture, target) => picture.map((value) => value - 0.1 * target - 0.3),
    random: (picture, target) => {
      const random = createRandom(target, hashPicture(picture));
      return picture.map(() => random.normal());
    },
  };
  return {
    image,
    scorer: {
      image,
      head,
      batchSize: 8,
      score: async (pictures) => pictures.map(scoresOf),
      release: async () => {},
    },
    methods: Object.entries(relevance).map(([name, of]) => method(name, of, log)),
    metrics: fakeMetrics,
    fill: [0.5],
    async prepare(item) {
      const place = Number(/(\d+)\.png/.exec(item.id)?.[1]);
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      atPicture?.(place);
      if (corrupt.includes(place)) throw new UserError("input", `The picture "${item.path}" is damaged.`);
      const random = createRandom(place);
      const data = Float32Array.from({ length: pixels }, () => random.uniform());
      const inside = place % 3 === 0 ? undefined : Uint8Array.from(data, (value) => (value > 0.6 ? 1 : 0));
      return { item, data, inside };
    },
    release: async () => {},
  };
}
