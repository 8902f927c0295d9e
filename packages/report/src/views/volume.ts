/** Maps of volumes: the three planes through a voxel with its cross, and slices across the depth. */
import type { Heatmap } from "@onnx-lrp/core";
import { overlay, type Picture, paintHeatmap, type VolumeView } from "@onnx-lrp/pictures";
import {
  formatNumber,
  type Plane,
  type PlaneName,
  planeAt,
  scaleOf,
  slicesThrough,
  smooth,
  strongestVoxel,
  type Voxel,
  volumeOf,
} from "@onnx-lrp/pictures/internal";
import { type Mark, shifted } from "../canvas.ts";
import {
  barHeight,
  type Cell,
  type ColourRange,
  colourBar,
  colourRange,
  headingHeight,
  headingMark,
  headingMarks,
  inks,
  lineHeight,
  textStyles,
  tileMarks,
} from "../cells.ts";
import { type TextStyle, wrap } from "../text.ts";
import { scaled } from "../tile.ts";
import { channelBars } from "./channel-bars.ts";
import type { FigureExplanation } from "./explanation.ts";

const styles = { small: { size: 13.5 } } as const satisfies Record<string, TextStyle>;

/** The longest side of a plane, in pixels, and the gaps between them. */
const side = { plane: 196, slice: 142 };
const gap = 12;
/** Room for a plane's name below it. */
const nameHeight = 24;

const mostSlices = 8;

/** How wide a target's planes and slices are, whichever take more room. */
export function volumeWidth(view: VolumeView): number {
  const { depth, width } = view;
  const [plane, slice] = [factorOf(view, side.plane), factorOf({ ...view, depth: 1 }, side.slice)];
  const planes = 2 * (Math.round(width * plane) * 2 + Math.round(depth * plane) + 2 * gap) + 2 * gap;
  const slices = Math.min(mostSlices, depth) * (Math.round(width * slice) + gap) - gap;
  return Math.max(planes, slices, 760);
}

export const planeNames: readonly PlaneName[] = ["depth", "row", "column"];

export function greyPlane(
  { grey, depth, height, width }: VolumeView,
  across: PlaneName,
  at: number,
): Picture {
  const plane = planeAt({ depth, height, width, values: grey }, across, at);
  const rgb = new Uint8Array(plane.width * plane.height * 3);
  plane.values.forEach((value, i) => {
    rgb.fill(value, i * 3, i * 3 + 3);
  });
  return { width: plane.width, height: plane.height, rgb };
}

/** A map as its drawing sees it. */
export interface VolumeColours {
  readonly voxel: Voxel;
  readonly value: number;
  readonly planes: readonly VolumePlane[];
  readonly slices: readonly VolumePlane[];
}

interface VolumePlane {
  readonly across: PlaneName;
  readonly at: number;
  readonly own: Plane;
  readonly soft: Heatmap;
}

/** @param smoothing sigma as a share of the width */
export function volumeColours(heatmap: Heatmap, smoothing: number): VolumeColours {
  const volume = volumeOf(heatmap);
  const voxel = strongestVoxel([heatmap]);
  const plane = (across: PlaneName, at: number): VolumePlane => {
    const own = planeAt(volume, across, at);
    return { across, at, own, soft: smooth(own, smoothing * own.width) };
  };
  const { height, width, values } = heatmap;
  return {
    voxel,
    value: values[(voxel.depth * height + voxel.row) * width + voxel.column] ?? 0,
    planes: planeNames.map((across) => plane(across, voxel[across])),
    slices: slicesThrough(heatmap, mostSlices).map((at) => plane("depth", at)),
  };
}

export interface VolumeScales {
  readonly soft: number;
  readonly own: ColourRange;
}

export function volumeScales(colours: readonly VolumeColours[]): VolumeScales {
  const all = colours.flatMap(({ planes, slices }) => [...planes, ...slices]);
  return {
    soft: scaleOf(all.map(({ soft }) => soft)),
    own: colourRange(
      all.map(({ own }) => own),
      "voxel",
    ),
  };
}

/** The input's planes through the first target's voxel, and beside them a paragraph. */
export async function volumeInputCell(view: VolumeView, voxel: Voxel, paragraph: string): Promise<Cell> {
  const planes = await Promise.all(
    planeNames.map(async (across) => {
      const picture = await scaled(
        greyPlane(view, across, voxel[across]),
        factorOf(view, side.plane),
        "smooth",
      );
      return planeCell(picture, `${across} ${voxel[across]}`, undefined);
    }),
  );
  const row = inARow(planes);
  const x = row.width + 2 * gap;
  const marks: Mark[] = [
    headingMark("Input", 0),
    ...row.marks.map((mark) => shifted(mark, 0, headingHeight)),
  ];
  const lines = wrap(paragraph, volumeWidth(view) - x, textStyles.text);
  lines.forEach((text, i) => {
    const y = headingHeight + textStyles.text.size + i * lineHeight;
    marks.push({ kind: "text", text, x, y, style: textStyles.text, colour: inks.small });
  });
  return { height: headingHeight + Math.max(row.height, lines.length * lineHeight), marks };
}

/** A target: its planes on the input and alone, slices on the input, and the bar of its colours. */
export async function volumeCell(
  view: VolumeView,
  target: Omit<FigureExplanation, "heatmap">,
  colours: VolumeColours,
  scales: VolumeScales,
): Promise<Cell> {
  const { voxel, value, slices } = colours;
  const first = await volumePlanes(view, colours, scales, "laid");
  const second = await volumePlanes(view, colours, scales, "alone");
  const sliceFactor = factorOf({ ...view, depth: 1 }, side.slice);
  const row = await Promise.all(
    slices.map(async ({ across, at, soft }) => {
      const picture = overlay(greyPlane(view, across, at), soft, scales.soft);
      return planeCell(await scaled(picture, sliceFactor, "smooth"), `depth ${at}`, undefined);
    }),
  );
  const third = inARow(row);
  const x = first.width + 2 * gap;
  const bar = headingHeight + second.height + 4;
  const below = bar + barHeight(scales.own) + gap;
  const end = below + third.height;
  const marks: Mark[] = [
    ...headingMarks(target, volumeWidth(view)),
    ...first.marks.map((mark) => shifted(mark, 0, headingHeight)),
    ...second.marks.map((mark) => shifted(mark, x, headingHeight)),
    ...colourBar(x, bar, Math.min(320, second.width), scales.own),
    ...third.marks.map((mark) => shifted(mark, 0, below)),
  ];
  if (scales.own.strongest > 0) {
    const sign = value < 0 ? "−" : "+";
    const text = `strongest voxel: depth ${voxel.depth}, row ${voxel.row}, column ${voxel.column} (${sign}${formatNumber(Math.abs(value))})`;
    marks.push({ kind: "text", text, x: 0, y: bar + 14, style: styles.small, colour: inks.small });
  }
  if (target.byChannel === undefined) return { height: end, marks };
  const bars = channelBars({ byChannel: target.byChannel, names: view.names, width: 384, height: 70 });
  marks.push(...bars.marks.map((mark) => shifted(mark, 0, end + gap)));
  return { height: end + gap + bars.height, marks };
}

/** The three planes through the strongest voxel, with its cross: on the input, or the map alone. */
export async function volumePlanes(
  view: VolumeView,
  { voxel, planes }: VolumeColours,
  scales: VolumeScales,
  how: "laid" | "alone",
): Promise<SizedCell> {
  const factor = factorOf(view, side.plane);
  const cells = planes.map(async ({ across, at, own, soft }) => {
    const picture =
      how === "laid"
        ? await scaled(overlay(greyPlane(view, across, at), soft, scales.soft), factor, "smooth")
        : await scaled(paintHeatmap(own, scales.own.full), factor, "pixels");
    return planeCell(picture, `${across} ${at}`, { ...crossOf(voxel, across), factor });
  });
  return inARow(await Promise.all(cells));
}

/** The enlargement of a volume's planes, the same for all, so that their edges match. */
function factorOf(
  { depth, height, width }: Pick<VolumeView, "depth" | "height" | "width">,
  longest: number,
): number {
  const wanted = longest / Math.max(depth, height, width);
  return wanted > 1 ? Math.max(1, Math.floor(wanted)) : wanted;
}

/** Where on a plane a voxel is, in places from its top left. */
function crossOf(voxel: Voxel, across: PlaneName): { readonly x: number; readonly y: number } {
  switch (across) {
    case "depth":
      return { x: voxel.column, y: voxel.row };
    case "row":
      return { x: voxel.column, y: voxel.depth };
    case "column":
      return { x: voxel.depth, y: voxel.row };
  }
}

interface SizedCell extends Cell {
  readonly width: number;
}

interface Cross {
  readonly x: number;
  readonly y: number;
  readonly factor: number;
}

function planeCell(picture: Picture, name: string, cross: Cross | undefined): SizedCell {
  const { width, height } = picture;
  const marks: Mark[] = tileMarks(picture, 0, 0);
  if (cross !== undefined) marks.push(...crossMarks(picture, cross));
  const y = height + 17;
  marks.push({ kind: "text", text: name, x: 0, y, style: styles.small, colour: inks.small });
  return { width, height: height + nameHeight, marks };
}

/** Half of the hole in the middle of a cross. */
const hole = 7;

/** Two lines that meet in a place's middle, and leave out the place itself. */
function crossMarks({ width, height }: Picture, { x, y, factor }: Cross): Mark[] {
  const [cx, cy] = [Math.floor((x + 0.5) * factor), Math.floor((y + 0.5) * factor)];
  const free = Math.max(hole, Math.ceil(factor));
  const fill = "#00805d";
  const across = (from: number, to: number): Mark[] =>
    to > from ? [{ kind: "field", x: from, y: cy, width: to - from, height: 1, fill }] : [];
  const down = (from: number, to: number): Mark[] =>
    to > from ? [{ kind: "field", x: cx, y: from, width: 1, height: to - from, fill }] : [];
  return [
    ...across(0, cx - free),
    ...across(cx + free, width),
    ...down(0, cy - free),
    ...down(cy + free, height),
  ];
}

function inARow(cells: readonly SizedCell[]): SizedCell {
  const marks: Mark[] = [];
  let x = 0;
  for (const cell of cells) {
    marks.push(...cell.marks.map((mark) => shifted(mark, x, 0)));
    x += cell.width + gap;
  }
  return { width: x - gap, height: Math.max(...cells.map(({ height }) => height)), marks };
}
