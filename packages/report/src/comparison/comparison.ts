/**
 * Methods next to each other on the same pictures and targets, as in the SGLRP paper's Figs. 6 and 7: what a comparison
 * holds, for `renderComparison` (a PNG) and `renderComparisonPage` (a page to look closer).
 */
import type { Heatmap } from "@onnx-lrp/core";
import type { InputView, ViewMap } from "@onnx-lrp/pictures";

/** Maps of several methods side by side, as data. */
export interface Comparison {
  readonly title?: string | undefined;
  /** Small print at the foot. */
  readonly caption?: string | undefined;
  /** The columns, the same for every network. */
  readonly methods: readonly ComparedMethod[];
  /** One block each. */
  readonly networks: readonly ComparedNetwork[];
}

/** A column: a method with a sentence on what it asks. */
export interface ComparedMethod {
  readonly name: string;
  /** What it is, in a line. */
  readonly summary?: string | undefined;
}

/** The rows of one network. */
export interface ComparedNetwork {
  /** Left out of a picture of one network where it is empty. */
  readonly name: string;
  /** A line under the name. */
  readonly note?: string | undefined;
  /** What each method cost here, such as "1.2 s" or "50 passes", in the methods' order. */
  readonly costs?: readonly (string | undefined)[] | undefined;
  readonly pictures: readonly ComparedPicture[];
}

/** The rows of one picture: its targets. */
export interface ComparedPicture {
  readonly name: string;
  /** What this network saw; its maps are `mapOnView` of it. */
  readonly input: InputView;
  /** The rows. */
  readonly targets: readonly ComparedTarget[];
}

/** A row: a target with a cell for each method. */
export interface ComparedTarget {
  readonly label: string;
  /** 0..1 */
  readonly probability?: number | undefined;
  /** In the methods' order. */
  readonly cells: readonly ComparisonCell[];
}

/** A map, or why there is none. */
export type ComparisonCell =
  | ({ readonly kind: "map" } & ViewMap)
  /** A sentence on why there is no map. */
  | { readonly kind: "refused"; readonly reason: string };

/**
 * @throws RangeError saying what does not fit: no method, no row, a row with more or fewer cells than there are methods, a
 * map not of its picture's size
 */
export function checkComparison({ methods, networks }: Comparison): void {
  if (methods.length === 0) throw new RangeError("a comparison needs a method");
  const rows = networks.flatMap(({ pictures }) =>
    pictures.flatMap(({ name, input, targets }) => targets.map((target) => ({ name, input, ...target }))),
  );
  if (rows.length === 0) throw new RangeError("a comparison needs a picture with a target");
  for (const { name, input, label, cells } of rows) {
    const row = `"${label}" in "${name}"`;
    if (cells.length !== methods.length) {
      throw new RangeError(`${row} has ${cells.length} maps for ${methods.length} methods`);
    }
    for (const cell of cells) {
      if (cell.kind === "refused") continue;
      const [map, wanted] = [sizeOfMap(cell.heatmap), sizeOfView(input)];
      if (map === wanted || (input.kind === "signal" && map === `${input.length} x 1`)) continue;
      throw new RangeError(`${row} has a ${map} map for ${nouns[input.kind]} of ${wanted}`);
    }
  }
}

const nouns = {
  picture: "a picture",
  bands: "a picture",
  signal: "a signal",
  volume: "a volume",
  features: "features",
};

function sizeOfMap({ width, height, depth }: Heatmap): string {
  return [width, height, ...(depth === undefined ? [] : [depth])].join(" x ");
}

/** Width first, as a map of it must have. */
function sizeOfView(view: InputView): string {
  switch (view.kind) {
    case "picture":
    case "bands":
      return `${view.picture.width} x ${view.picture.height}`;
    case "signal":
      return `${view.length} x ${view.channels}`;
    case "volume":
      return sizeOfMap({ ...view, values: new Float32Array() });
    case "features":
      return `${view.values.length} x 1`;
  }
}

/** The maps of a row, without what was refused. */
export function mapsOf(target: ComparedTarget): Heatmap[] {
  return target.cells.flatMap((cell) => (cell.kind === "map" ? [cell.heatmap] : []));
}
