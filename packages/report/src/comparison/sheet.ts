/**
 * What the maps of a comparison are drawn on, whatever the input is: a drawing of it, and how a map becomes colours at its places. A
 * picture is its own sheet; of a signal the curves of its channels stand one below the other, of a volume its three planes
 * side by side, of features their names.
 */
import type { Heatmap } from "@onnx-lrp/core";
import {
  type FeaturesView,
  type InputView,
  overlay,
  type Picture,
  paintHeatmap,
  type SignalView,
  type VolumeView,
} from "@onnx-lrp/pictures";
import {
  channelName,
  channelsToDraw,
  formatNumber,
  inColumns,
  type Panel,
  type PlaneName,
  planeAt,
  rowsOf,
  smooth,
  smoothPanels,
  strongestFeatures,
  strongestVoxel,
  underInk,
  type Voxel,
  volumeOf,
} from "@onnx-lrp/pictures/internal";
import { rasterize, textShape } from "../canvas.ts";
import { inks } from "../cells.ts";
import { ellipsize } from "../text.ts";
import { drawCurves, plotOf } from "../views/curves.ts";
import { overlaySmoothing } from "../views/picture.ts";
import { signalSmoothing } from "../views/signal.ts";
import { greyPlane, planeNames } from "../views/volume.ts";

/** What a place of a sheet is of the input, as JSON: a page says it where one points. */
type SheetPlaces =
  | { readonly kind: "pixels" }
  | {
      readonly kind: "samples";
      readonly length: number;
      readonly columns: number;
      readonly rows: readonly string[];
    }
  | { readonly kind: "voxels"; readonly planes: readonly SheetPlane[] }
  | { readonly kind: "features"; readonly names: readonly string[] };

interface SheetPlane extends Panel {
  readonly across: PlaneName;
  readonly at: number;
}

export interface Sheet {
  /** As large as the maps, or an integer number of times as wide and high. */
  readonly drawing: Picture;
  /** Whether colours lie over a faded picture, or on white under a drawing in ink. */
  readonly blend: "over" | "under";
  /** Parts that are smoothed each by itself; undefined where the map is one. */
  readonly panels: readonly Panel[] | undefined;
  /** Sigma of smoothing against that of pictures. */
  readonly smoothness: number;
  readonly places: SheetPlaces;
  /** What is drawn of an input that is too large to be drawn whole; empty otherwise. */
  readonly note: string;
  /** A map of the input at the sheet's places: of several in one the strongest, or their mean to be smoothed. */
  readonly onto: (map: Heatmap, how: "strongest" | "mean") => Heatmap;
}

/**
 * @param maps all that will be drawn on it
 * @param width about how wide the drawing of a signal or of features is
 */
export async function sheetOf(view: InputView, maps: readonly Heatmap[], width: number): Promise<Sheet> {
  switch (view.kind) {
    case "picture":
    case "bands":
      return {
        ...{ drawing: view.picture, blend: "over", panels: undefined, smoothness: 1 },
        ...{ places: { kind: "pixels" }, note: "", onto: (map) => map },
      };
    case "signal":
      return await signalSheet(view, maps, width);
    case "volume":
      return volumeSheet(view, maps);
    case "features":
      return await featuresSheet(view, maps, width);
  }
}

/** A map smoothed on its sheet. @param sigma as a share of a picture's width */
export function smoothOnSheet({ panels, smoothness }: Sheet, map: Heatmap, sigma: number): Heatmap {
  const width = sigma * smoothness * map.width;
  return panels === undefined ? smooth(map, width) : smoothPanels(map, panels, width);
}

/** The drawing with the colours of a map that is at the sheet's places. @param coarse whether it is one of patches */
export function coloured({ drawing, blend }: Sheet, map: Heatmap, scale: number, coarse: boolean): Picture {
  return blend === "over" ? overlay(drawing, map, scale, { coarse }) : underInk(drawing, map, scale);
}

/** The map alone; what lies between the planes of a volume is white. */
export function alone({ panels, places }: Sheet, map: Heatmap, scale: number): Picture {
  const painted = paintHeatmap(map, scale);
  if (places.kind !== "voxels" || panels === undefined) return painted;
  const { width, height, rgb } = painted;
  for (let i = 0; i < width * height; i += 1) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const within = panels.some(
      (panel) => x >= panel.x && x < panel.x + panel.width && y >= panel.y && y < panel.y + panel.height,
    );
    if (!within) rgb.fill(255, i * 3, i * 3 + 3);
  }
  return painted;
}

async function signalSheet(view: SignalView, maps: readonly Heatmap[], width: number): Promise<Sheet> {
  const channels = channelsToDraw(view, maps);
  const plot = plotOf(view.length, width);
  const strip = channels.length === 1 ? 110 : channels.length <= 4 ? 64 : channels.length <= 8 ? 44 : 30;
  const { columns } = plot;
  return {
    drawing: await drawCurves(view, channels, plot, strip, { named: view.channels > 1 }),
    blend: "under",
    panels: channels.map((_, y) => ({ x: 0, y, width: columns, height: 1 })),
    smoothness: signalSmoothing / overlaySmoothing,
    places: {
      ...{ kind: "samples", length: view.length, columns },
      rows: view.channels === 1 ? [""] : channels.map((channel) => channelName(view, channel)),
    },
    note:
      channels.length === view.channels
        ? ""
        : `Of the ${view.channels} channels the ${channels.length} with the most relevance are drawn.`,
    onto: (map, how) => inColumns(rowsOf(map, channels), columns, how),
  };
}

/** White between the planes of a volume, in voxels. */
const seam = 2;

/** The planes as in a technical drawing: across the depth, below it across the rows, to its right across the columns. */
function volumeSheet(view: VolumeView, maps: readonly Heatmap[]): Sheet {
  const { depth, height, width } = view;
  const voxel = strongestVoxel(maps);
  const places = {
    depth: { x: 0, y: 0 },
    row: { x: 0, y: height + seam },
    column: { x: width + seam, y: 0 },
  };
  const planes = planeNames.map((across): SheetPlane => {
    const { width, height } = planeSize(view, across);
    return { ...places[across], width, height, across, at: voxel[across] };
  });
  const size = { width: width + seam + depth, height: height + seam + depth };
  const rgb = new Uint8Array(size.width * size.height * 3).fill(255);
  for (const plane of planes) {
    const grey = greyPlane(view, plane.across, plane.at);
    for (let y = 0; y < plane.height; y += 1) {
      const row = grey.rgb.subarray(y * plane.width * 3, (y + 1) * plane.width * 3);
      rgb.set(row, ((plane.y + y) * size.width + plane.x) * 3);
    }
  }
  return {
    drawing: { ...size, rgb },
    ...{ blend: "over", panels: planes, smoothness: width / size.width, places: { kind: "voxels", planes } },
    note: `The planes cross at ${voxelText(voxel)}, where the maps together are strongest.`,
    onto: (map) => {
      const values = new Float32Array(size.width * size.height);
      for (const plane of planes) {
        const own = planeAt(volumeOf(map), plane.across, plane.at);
        for (let y = 0; y < plane.height; y += 1) {
          const row = own.values.subarray(y * plane.width, (y + 1) * plane.width);
          values.set(row, (plane.y + y) * size.width + plane.x);
        }
      }
      return { ...size, values };
    },
  };
}

function planeSize(view: VolumeView, across: PlaneName): { readonly width: number; readonly height: number } {
  const { depth, height, width } = view;
  return {
    depth: { width, height },
    row: { width, height: depth },
    column: { width: depth, height },
  }[across];
}

function voxelText({ depth, row, column }: Voxel): string {
  return `depth ${depth}, row ${row}, column ${column}`;
}

const mostFeatures = 20;
const rowHeight = 18;

async function featuresSheet(view: FeaturesView, maps: readonly Heatmap[], width: number): Promise<Sheet> {
  const count = view.values.length;
  const strength = new Float32Array(count);
  for (const { values } of maps) {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
    if (largest === 0) continue;
    values.forEach((value, i) => {
      strength[i] = Math.max(strength[i] ?? 0, Math.abs(value) / largest || 0);
    });
  }
  const strongest = strongestFeatures({ width: count, height: 1, values: strength }, mostFeatures);
  const features = strongest.sort((a, b) => a - b);
  const style = { size: 13 };
  const shapes = features.map((feature, row) => {
    const y = row * rowHeight + 13;
    const text = { kind: "text", style, colour: inks.text, y } as const;
    const name = ellipsize(channelName(view, feature), width - 76, style);
    const value = view.values[feature] ?? 0;
    const number = Number.isNaN(value) ? "" : `${value < 0 ? "−" : ""}${formatNumber(Math.abs(value), 3)}`;
    return (
      textShape({ ...text, text: name, x: 8 }) +
      textShape({ ...text, text: number, x: width - 8, align: "right" })
    );
  });
  return {
    drawing: await rasterize(shapes.join(""), width, features.length * rowHeight),
    ...{ blend: "under", panels: [], smoothness: 0 },
    places: { kind: "features", names: features.map((feature) => channelName(view, feature)) },
    note:
      features.length === count
        ? ""
        : `Of the ${count} features the ${features.length} with the most relevance are drawn.`,
    onto: ({ values }) => ({
      ...{ width: 1, height: features.length },
      values: Float32Array.from(features, (feature) => values[feature] ?? 0),
    }),
  };
}
