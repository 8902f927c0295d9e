/** Small detectors with random weights, each with the end that one family of exports has. */
import type { Model } from "@onnx-lrp/onnx-loader";
import { type Network, network } from "@onnx-lrp/test-kit/network";

export const side = 16;
/** Two levels of a pyramid, 8 x 8 and 4 x 4. */
export const places = 64 + 16;
export const classes = 3;

interface Level {
  readonly value: string;
  readonly channels: number;
  readonly cells: number;
}

function trunk(batch: "N" | 1 = "N"): { readonly g: Network; readonly levels: readonly Level[] } {
  const g = network({ input: [batch, 3, side, side], seed: 5 });
  const layer = (x: string, from: number, to: number, stride: number) =>
    g.add("Relu", [g.conv(x, [to, from, 3, 3], { pads: [1, 1, 1, 1], strides: [stride, stride] })]);
  const fine = layer(layer(g.image, 3, 6, 2), 6, 6, 1);
  const coarse = layer(fine, 6, 5, 2);
  return {
    g,
    levels: [
      { value: fine, channels: 6, cells: 8 },
      { value: coarse, channels: 5, cells: 4 },
    ],
  };
}

/** Small weights, so that no Sigmoid is saturated. */
function ends(g: Network, value: string, rows: number, channels: number): string {
  const weights = g.weights([rows, channels, 1, 1], -0.1, 0.1);
  return g.add("Conv", [value, weights, g.weights([rows], -0.3, 0.3)]);
}

/** A convolution's numbers as [N, rows, cells], or [N, cells, rows]. */
function head(g: Network, { value, channels, cells }: Level, rows: number, last = false): string {
  const numbers = ends(g, value, rows, channels);
  if (!last) return g.add("Reshape", [numbers, g.ints([0, rows, cells * cells])]);
  const moved = g.add("Transpose", [numbers], { perm: [0, 2, 3, 1] });
  return g.add("Reshape", [moved, g.ints([0, cells * cells, rows])]);
}

/** Centres and sizes of boxes in pixels, as [4, cells] with a constant for each cell. */
function centres(levels: readonly Level[]): number[] {
  const cells = levels.flatMap(({ cells: count }) =>
    Array.from({ length: count * count }, (_, i) => ({
      x: ((i % count) + 0.5) * (side / count),
      y: (Math.floor(i / count) + 0.5) * (side / count),
      size: side / count,
    })),
  );
  return [
    ...cells.map(({ x }) => x),
    ...cells.map(({ y }) => y),
    ...cells.map(({ size }) => 2 * size),
    ...cells.map(({ size }) => 2 * size),
  ];
}

/** Boxes [N, 4, places] and class logits [N, classes, places]. */
function heads(g: Network, levels: readonly Level[]): { readonly boxes: string; readonly logits: string } {
  const all = g.add(
    "Concat",
    levels.map((level) => head(g, level, 4 + classes)),
    { axis: 2 },
  );
  const [box = "", logits = ""] = g.addMany("Split", [all, g.ints([4, classes])], 2, { axis: 1 });
  // Boxes of plausible sizes, about the cells.
  const boxes = g.add("Add", [g.add("Tanh", [box]), g.floats(centres(levels), [1, 4, places])]);
  return { boxes, logits };
}

/** YOLOv8, YOLO11: [N, 4 + classes, places]. */
export function yolo8(): Model {
  const { g, levels } = trunk();
  const { boxes, logits } = heads(g, levels);
  return g.model(g.add("Concat", [boxes, g.add("Sigmoid", [logits])], { axis: 1 }));
}

/** The same, with the logits alone as an output. */
export function logitsOfYolo8(end: (g: Network, logits: string) => string = (_, logits) => logits): Model {
  const { g, levels } = trunk();
  return g.model(end(g, heads(g, levels).logits));
}

/** A segmenter of objects has numbers for masks behind its scores, and an output with prototypes. */
export function yolo8WithMasks(): Model {
  const { g, levels } = trunk();
  const { boxes, logits } = heads(g, levels);
  const detections = g.add("Concat", [boxes, g.add("Sigmoid", [logits])], { axis: 1 });
  const masks = g.add(
    "Concat",
    levels.map((level) => head(g, level, 2)),
    { axis: 2 },
  );
  const prototypes = g.conv(levels[0]?.value ?? "", [2, 6, 1, 1]);
  return g.model(g.add("Concat", [detections, masks], { axis: 1 }), prototypes);
}

/** YOLOv5, YOLOv7: [N, places, 5 + classes], all of it behind one Sigmoid for each level. */
export function yolo5(): Model {
  const { g, levels } = trunk();
  const rows = 5 + classes;
  const rowsOfLevels = levels.map(({ value, channels, cells }) => {
    const numbers = ends(g, value, rows, channels);
    const anchors = g.add("Reshape", [numbers, g.ints([0, 1, rows, cells, cells])]);
    const sigmoid = g.add("Sigmoid", [g.add("Transpose", [anchors], { perm: [0, 1, 3, 4, 2] })]);
    const [xy = "", wh = "", scores = ""] = g.addMany("Split", [sigmoid, g.ints([2, 2, 1 + classes])], 3, {
      axis: 4,
    });
    const stride = side / cells;
    const grid = Array.from({ length: cells * cells }, (_, i) => [i % cells, Math.floor(i / cells)]).flat();
    const centre = g.add("Mul", [
      g.add("Add", [g.add("Mul", [xy, g.floats([2], [])]), g.floats(grid, [1, 1, cells, cells, 2])]),
      g.floats([stride], []),
    ]);
    const size = g.add("Mul", [
      g.add("Pow", [g.add("Mul", [wh, g.floats([2], [])]), g.floats([2], [])]),
      g.floats([stride, stride], [1, 1, 1, 1, 2]),
    ]);
    const joined = g.add("Concat", [centre, size, scores], { axis: 4 });
    return g.add("Reshape", [joined, g.ints([0, cells * cells, rows])]);
  });
  return g.model(g.add("Concat", rowsOfLevels, { axis: 1 }));
}

/** YOLO26, end to end: [N, kept, 6], the boxes with the highest scores, by two TopK. */
export function yolo26(kept = 12): Model {
  const { g, levels } = trunk(1);
  const { boxes: centred, logits } = heads(g, levels);
  const [middle = "", size = ""] = g.addMany("Split", [centred, g.ints([2, 2])], 2, { axis: 1 });
  const half = g.add("Mul", [size, g.floats([0.5], [])]);
  const corners = g.add("Concat", [g.add("Sub", [middle, half]), g.add("Add", [middle, half])], { axis: 1 });
  const rows = g.add("Concat", [corners, g.add("Sigmoid", [logits])], { axis: 1 });
  const all = g.add("Transpose", [rows], { perm: [0, 2, 1] });
  const [boxes = "", scores = ""] = g.addMany("Split", [all, g.ints([4, classes])], 2, { axis: 2 });
  const best = g.add("ReduceMax", [scores], { axes: [2], keepdims: 0 });
  const top = g.addMany("TopK", [best, g.ints([kept])], 2, { axis: 1 })[1] ?? "";
  const column = g.add("Unsqueeze", [top, g.ints([2])]);
  const tiled = (count: number) => g.add("Tile", [column, g.ints([1, 1, count])]);
  const someBoxes = g.add("GatherElements", [boxes, tiled(4)], { axis: 1 });
  const someScores = g.add("GatherElements", [scores, tiled(classes)], { axis: 1 });
  const flat = g.add("Flatten", [someScores]);
  const [values = "", index = ""] = g.addMany("TopK", [flat, g.ints([kept])], 2, { axis: 1 });
  const row = g.add("Div", [index, g.ints([classes], [])]);
  const rowColumn = g.add("Tile", [g.add("Unsqueeze", [row, g.ints([2])]), g.ints([1, 1, 4])]);
  const chosen = g.add("GatherElements", [someBoxes, rowColumn], { axis: 1 });
  const named = g.add("Cast", [g.add("Mod", [index, g.ints([classes], [])])], { to: 1 });
  const last = g.ints([2]);
  return g.model(
    g.add("Concat", [chosen, g.add("Unsqueeze", [values, last]), g.add("Unsqueeze", [named, last])], {
      axis: 2,
    }),
  );
}

/** Rows of YOLOv8 whose boxes are numbers that others are to make boxes of. */
export function undecoded(): Model {
  const { g, levels } = trunk();
  const box = g.add(
    "Concat",
    levels.map((level) => head(g, level, 4)),
    { axis: 2 },
  );
  return g.model(g.add("Concat", [box, g.add("Sigmoid", [heads(g, levels).logits])], { axis: 1 }));
}

/** Faster R-CNN: RoiAlign cuts out what NonMaxSuppression leaves of the first stage. */
export function twoStages(): Model {
  const { g, levels } = trunk(1);
  const { boxes, logits } = pair(g, levels, 1);
  const scores = g.add("Transpose", [g.add("Sigmoid", [logits])], { perm: [0, 2, 1] });
  const kept = g.add("NonMaxSuppression", [boxes, scores, g.ints([5]), g.floats([0.5])]);
  const index = g.add("Squeeze", [g.add("Gather", [kept, g.ints([2])], { axis: 1 }), g.ints([1])]);
  const rois = g.add("Gather", [g.add("Squeeze", [boxes, g.ints([0])]), index], { axis: 0 });
  const images = g.add("Mul", [index, g.ints([0], [])]);
  const cut = g.add("RoiAlign", [levels[0]?.value ?? "", rois, images], {
    output_height: 2,
    output_width: 2,
  });
  return g.model(g.add("Softmax", [g.dense(g.flatten(cut), 24, classes)]), rois);
}

/** Boxes [N, places, 4] as corners, and scores [N, places, classes]. */
function pair(g: Network, levels: readonly Level[], rows: number): { boxes: string; logits: string } {
  const joined = (count: number) =>
    g.add(
      "Concat",
      levels.map((level) => head(g, level, count, true)),
      { axis: 1 },
    );
  const box = joined(4);
  const [x = "", y = ""] = g.addMany("Split", [box, g.ints([2, 2])], 2, { axis: 2 });
  const middle = Array.from({ length: places }, (_, i) => {
    const all = centres(levels);
    return [all[i] ?? 0, all[places + i] ?? 0];
  }).flat();
  const centre = g.add("Add", [g.add("Tanh", [x]), g.floats(middle, [1, places, 2])]);
  const half = g.add("Add", [g.add("Tanh", [y]), g.floats([2], [])]);
  const boxes = g.add("Concat", [g.add("Sub", [centre, half]), g.add("Add", [centre, half])], { axis: 2 });
  return { boxes, logits: joined(rows) };
}

/** SSD: softmax with a background, class 0; boxes beside it. */
export function ssd(): Model {
  const { g, levels } = trunk();
  const { boxes, logits } = pair(g, levels, 1 + classes);
  return g.model(g.add("Softmax", [logits], { axis: -1 }), boxes);
}

/** DETR: queries with a class for no object, the last; centres and sizes as fractions. */
export function detr(): Model {
  const { g, levels } = trunk();
  const { logits } = pair(g, levels, classes + 1);
  const box = g.add(
    "Concat",
    levels.map((level) => head(g, level, 4, true)),
    { axis: 1 },
  );
  return g.model(logits, g.add("Sigmoid", [box]));
}

/**
 * torchvision's SSD and RetinaNet: for each class, or for each level, what is above a threshold (NonZero), the best of it (TopK),
 * then NonMaxSuppression over all of it together.
 */
export function torchvision(kind: "ssd" | "retinanet"): Model {
  const { g, levels } = trunk(1);
  const { boxes, logits } = pair(g, levels, kind === "ssd" ? 1 + classes : classes);
  const first = g.ints([0], []);
  const of = (value: string) => g.add("Gather", [value, first], { axis: 0 });
  const above = (scores: string) =>
    g.add("Transpose", [g.add("NonZero", [g.add("Greater", [scores, g.floats([1e-6], [])])])], {
      perm: [1, 0],
    });
  const few = g.ints([6]);
  const best: { boxes: string; scores: string; labels: string }[] = [];
  if (kind === "ssd") {
    const probabilities = of(g.add("Softmax", [logits], { axis: -1 }));
    const allBoxes = of(boxes);
    for (let label = 1; label <= classes; label += 1) {
      const column = g.add("Gather", [probabilities, g.ints([label], [])], { axis: 1 });
      const found = above(column);
      const [scores = "", index = ""] = g.addMany("TopK", [g.add("GatherND", [column, found]), few], 2);
      const own = g.add("Gather", [g.add("GatherND", [allBoxes, found]), index], { axis: 0 });
      best.push({
        boxes: own,
        scores,
        labels: g.add("Add", [g.add("Mul", [index, first]), g.ints([label], [])]),
      });
    }
  } else {
    const sizes = g.ints([64, 16]);
    const levelLogits = g.addMany("Split", [logits, sizes], 2, { axis: 1 });
    const levelBoxes = g.addMany("Split", [boxes, sizes], 2, { axis: 1 });
    for (const [i, level] of levelLogits.entries()) {
      const flat = g.add("Reshape", [g.add("Sigmoid", [of(level)]), g.ints([-1])]);
      const found = above(flat);
      const [scores = "", index = ""] = g.addMany("TopK", [g.add("GatherND", [flat, found]), few], 2);
      const which = g.add("Gather", [g.add("Squeeze", [found, g.ints([1])]), index], { axis: 0 });
      const row = g.add("Div", [which, g.ints([classes], [])]);
      const own = g.add("Gather", [of(levelBoxes[i] ?? ""), row], { axis: 0 });
      best.push({ boxes: own, scores, labels: g.add("Mod", [which, g.ints([classes], [])]) });
    }
  }
  const joined = (name: "boxes" | "scores" | "labels") =>
    g.add(
      "Concat",
      best.map((one) => one[name]),
      { axis: 0 },
    );
  const [theirBoxes, theirScores, theirLabels] = [joined("boxes"), joined("scores"), joined("labels")];
  const suppressed = g.add("NonMaxSuppression", [
    g.add("Unsqueeze", [theirBoxes, g.ints([0])]),
    g.add("Unsqueeze", [theirScores, g.ints([0, 1])]),
    g.ints([20]),
    g.floats([0.5]),
  ]);
  const kept = g.add("Squeeze", [g.add("Gather", [suppressed, g.ints([2])], { axis: 1 }), g.ints([1])]);
  const keep = (value: string) => g.add("Gather", [value, kept], { axis: 0 });
  // Back to the size of the picture that was given, as torchvision does.
  const scaled = g.add("Mul", [keep(theirBoxes), g.floats([1])]);
  return g.model(scaled, keep(theirScores), g.add("Cast", [keep(theirLabels)], { to: 1 }));
}
