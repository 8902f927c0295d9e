/** Operations that repeat elements or rearrange blocks of them: relevance goes back to where each element came from. */
import { int, intAttribute, ints, string, stringAttribute } from "@onnx-lrp/onnx-loader";
import { type OperatorEntry, type Refusal, type Route, refuse, type Site } from "./operator.ts";
import { scatterAlong } from "./scatter.ts";
import { staticSize, staticSizes } from "./size.ts";

function route(adjoint: Route["adjoint"]): Route {
  return { kind: "route", name: "route", inputs: [0], adjoint };
}

export const Tile: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const repeats = site.numbers(site.node.inputs[1] ?? "");
    if (repeats === undefined) return refuse("repeats a number of times that is not known before the run");
    if ((repeats[0] ?? 1) !== 1) return refuse("repeats the batch");
    const dims = site.shape(site.node.inputs[0] ?? "");
    const sizes = staticSizes(dims, site, 1);
    const pairs = sizes.flatMap((size, i) => [repeats[i + 1] ?? 1, size]);
    const axes = sizes.map((_, i) => 2 * i + 1);
    return route(({ tape }, r) => {
      const copies = tape.emit("Reshape", [r, tape.ints([-1, ...pairs])]);
      return [tape.emit("ReduceSum", [copies, tape.ints(axes)], { keepdims: int(0) })];
    });
  },
};

export const DepthToSpace: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const block = intAttribute(site.node, "blocksize", 1);
    if (stringAttribute(site.node, "mode", "DCR") === "DCR") {
      return route(({ tape }, r) => [tape.emit("SpaceToDepth", [r], { blocksize: int(block) })]);
    }
    const [channels = 0, height = 0, width = 0] = staticSizes(site.shape(site.node.inputs[0] ?? ""), site, 1);
    const apart = [-1, channels / block ** 2, height, block, width, block];
    return route(({ tape }, r) => {
      const open = tape.emit("Reshape", [r, tape.ints(apart)]);
      const turned = tape.emit("Transpose", [open], { perm: ints([0, 1, 3, 5, 2, 4]) });
      return [tape.emit("Reshape", [turned, tape.ints([-1, channels, height, width])])];
    });
  },
};

export const SpaceToDepth: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const block = int(intAttribute(site.node, "blocksize", 1));
    return route(({ tape }, r) => [
      tape.emit("DepthToSpace", [r], { blocksize: block, mode: string("DCR") }),
    ]);
  },
};

export const Resize: OperatorEntry = {
  sign: "kept",
  describe(site) {
    const { node } = site;
    const mode = stringAttribute(node, "mode", "nearest");
    if (mode !== "nearest") return refuse(`interpolates (${mode})`);
    const from = site.shape(node.inputs[0] ?? "");
    const to = site.shape(node.outputs[0] ?? "");
    const scales = site.numbers(node.inputs[2] ?? "");
    const picks: { axis: number; size: number; places: readonly number[] }[] = [];
    for (let axis = 1; axis < from.length; axis += 1) {
      const size = staticSize(from[axis], site, "size");
      const out = staticSize(to[axis], site, "size");
      const scale = scales?.length === from.length ? (scales[axis] ?? 1) : out / size;
      const places = nearestPlaces(site, size, out, scale);
      if (!Array.isArray(places)) return places;
      if (size !== out || places.some((place, i) => place !== i)) picks.push({ axis, size, places });
    }
    return route((emission, r) => [
      picks.reduceRight((rest, pick) => scatterAlong(emission, rest, { ...pick, rank: from.length }), r),
    ]);
  },
};

/** The input's place for each output along an axis (ONNX's definition of Resize). */
function nearestPlaces({ node }: Site, size: number, out: number, scale: number): number[] | Refusal {
  const transformation = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  const rounding = roundings[stringAttribute(node, "nearest_mode", "round_prefer_floor")];
  const original = coordinates[transformation];
  if (original === undefined || rounding === undefined)
    return refuse(`resizes by ${transformation} coordinates`);
  return Array.from({ length: out }, (_, i) => {
    const place = rounding(original(i, scale, size, out));
    return Math.min(Math.max(place, 0), size - 1);
  });
}

type Coordinate = (i: number, scale: number, size: number, out: number) => number;

const coordinates: Readonly<Record<string, Coordinate>> = {
  half_pixel: (i, scale) => (i + 0.5) / scale - 0.5,
  pytorch_half_pixel: (i, scale, _, out) => (out > 1 ? (i + 0.5) / scale - 0.5 : 0),
  asymmetric: (i, scale) => i / scale,
  align_corners: (i, _, size, out) => (out > 1 ? (i * (size - 1)) / (out - 1) : 0),
};

const roundings: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};
