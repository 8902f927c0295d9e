import type { InputView } from "@onnx-lrp/pictures";
import {
  channelName,
  divergingColour,
  formatNumber,
  fullColourPercentile,
  isCoarse,
  pageLook,
  percent,
} from "@onnx-lrp/pictures/internal";
import { encodePng } from "../canvas.ts";
import { encodeMap } from "../page/map.ts";
import { dataUri, page } from "../page/page.ts";
import { escaped } from "../svg.ts";
import { barColour, largestOf } from "../views/channel-bars.ts";
import { overlaySmoothing } from "../views/picture.ts";
import { bandsNote } from "../views/words.ts";
import {
  type ComparedMethod,
  type ComparedNetwork,
  type ComparedPicture,
  type ComparedTarget,
  type Comparison,
  type ComparisonCell,
  checkComparison,
  mapsOf,
} from "./comparison.ts";
import type { ComparisonOptions } from "./render-figure.ts";
import type { ComparisonData } from "./script.ts";
import { comparisonScriptText } from "./script-text.ts";
import { type Sheet, sheetOf } from "./sheet.ts";
import { comparisonStyle } from "./style.ts";

/**
 * One HTML page with all maps and all that it needs. Pointing at a map, or arrow keys on it, tell the relevance there in all maps
 * of the picture; switches choose overlay or map, the signs, the range of colours, smoothing, the size and the methods.
 *
 * @param options what the page starts with
 * @throws RangeError if the comparison does not fit together (`checkComparison`)
 */
export async function renderComparisonPage(
  comparison: Comparison,
  options: ComparisonOptions = {},
): Promise<string> {
  checkComparison(comparison);
  const { title = "Comparison of methods", caption, methods, networks } = comparison;
  const { view = "overlay", scale = "each" } = options;
  const data: PageData = { look: pageLook(), percentile: fullColourPercentile, pictures: [], maps: [] };
  const notes = new Set<string>();
  const count = { rows: 0 };
  const sections: string[] = [];
  const places = placeWordsOf(comparison);
  for (const network of networks) {
    const pictures: string[] = [];
    for (const picture of network.pictures) {
      const sheet = await sheetOf(
        picture.input,
        picture.targets.flatMap(mapsOf),
        sheetWidths[picture.input.kind],
      );
      for (const note of [bandsNote(picture.input), sheet.note]) if (note !== "") notes.add(note);
      pictures.push(await pictureOf(picture, sheet, { network, methods, data, count }));
    }
    sections.push(networkOf(network, pictures));
  }
  const body = [
    `<header><h1>${escaped(title)}</h1>`,
    `<p class="small">Red speaks for the class, blue against it. Point at a map to read that ${places.one} in all maps of the ${places.input} (keys: Tab, then arrows).</p>`,
    "<noscript><p><strong>This page draws its maps with a script, and scripts are turned off.</strong></p></noscript></header>",
    controls(methods, view, scale),
    `<main>${sections.join("\n")}</main>`,
    footer(methods, places.one, [...notes, caption ?? ""].join(" ").trim()),
    '<div id="status" class="unseen" role="status"></div>',
  ].join("\n");
  return page({ title, style: comparisonStyle, body, data, script: comparisonScriptText() });
}

function networkOf({ name, note }: ComparedNetwork, pictures: readonly string[]): string {
  const heading = name === "" ? "" : `<h2>${escaped(name)}</h2>`;
  return `<section>${heading}${note ? `<p class="small">${escaped(note)}</p>` : ""}${pictures.join("\n")}</section>`;
}

/** As the page fills. */
interface PageData extends ComparisonData {
  readonly pictures: ComparisonData["pictures"][number][];
  readonly maps: ComparisonData["maps"][number][];
}

interface Filling {
  readonly network: ComparedNetwork;
  readonly methods: readonly ComparedMethod[];
  readonly data: PageData;
  readonly count: { rows: number };
}

/** Of drawings that have no size of their own. */
const sheetWidths = { picture: 0, bands: 0, volume: 0, signal: 720, features: 320 };

async function pictureOf(
  { name, input, targets }: ComparedPicture,
  sheet: Sheet,
  { network, methods, data, count }: Filling,
): Promise<string> {
  const number = data.pictures.length;
  const { drawing, blend, panels, smoothness, places } = sheet;
  const { width, height } = drawing;
  data.pictures.push({ blend, panels, smoothness, places, width, height });
  const source = dataUri("image/png", await encodePng(drawing));
  const rows = targets.map((target) => {
    const row = count.rows++;
    const figures = target.cells.map((cell, i) => {
      const method = methods[i]?.name ?? "";
      if (cell.kind === "map") {
        const words = `${method}, ${target.label}`;
        const onSheet = sheet.onto(cell.heatmap, "strongest");
        data.maps.push({
          ...encodeMap(onSheet),
          coarse: isCoarse(cell.heatmap),
          picture: number,
          row,
          words,
        });
      }
      return figureOf(cell, { width, height }, target, {
        method,
        index: i,
        map: data.maps.length - 1,
        cost: network.costs?.[i],
        bars: cell.kind === "map" ? barsOf(input, cell.byChannel) : "",
      });
    });
    return `<section class="row"><h3>${headingOf(target)}</h3><div class="maps">${figures.join("\n")}</div></section>`;
  });
  return [
    `<article class="picture ${input.kind}"><div class="shown">`,
    `<img id="picture-${number}" src="${source}" width="${width}" height="${height}" alt="${escaped(name === "" ? "The picture" : name)}">`,
    `<p class="small">${escaped(name)}<br><span data-place="${number}"></span></p></div>`,
    `<div>${rows.join("\n")}</div></article>`,
  ].join("");
}

/** The sum of each channel's relevance as bars, each with its name and number where one points. */
function barsOf(input: InputView, byChannel: Float32Array | undefined): string {
  if (byChannel === undefined || input.kind === "picture") return "";
  const largest = largestOf(byChannel) || 1;
  const bars = Array.from(byChannel, (value, i) => {
    const long = Number.isFinite(value) ? (Math.abs(value) / largest) * 20 : 0;
    const title = `${channelName(input, i)}: ${value < 0 ? "\u2212" : ""}${formatNumber(Math.abs(value), 3)}`;
    const y = value < 0 ? 20 : 20 - long;
    return [
      `<g><title>${escaped(title)}</title><path d="M${i} 0h1v40h-1z" fill="none" pointer-events="all"/>`,
      `<rect x="${i + 0.14}" y="${y.toFixed(2)}" width=".72" height="${long.toFixed(2)}" fill="${barColour(value)}"/></g>`,
    ].join("");
  });
  const size = `viewBox="0 0 ${byChannel.length} 40" preserveAspectRatio="none"`;
  return `<svg class="bars" ${size} role="img" aria-label="Relevance by channel">${bars.join("")}</svg>`;
}

function headingOf({ label, probability }: ComparedTarget): string {
  return escaped(label) + (probability === undefined ? "" : `<span>${escaped(percent(probability))}</span>`);
}

interface FigureWords {
  readonly method: string;
  readonly index: number;
  readonly map: number;
  readonly cost: string | undefined;
  /** Bars by channel, an element; empty without. */
  readonly bars: string;
}

function figureOf(
  cell: ComparisonCell,
  { width, height }: { readonly width: number; readonly height: number },
  { label }: ComparedTarget,
  { method, index, map, cost, bars }: FigureWords,
): string {
  const small = cost ? `<span>${escaped(cost)}</span>` : "";
  const name = `<b>${escaped(method)}</b>`;
  if (cell.kind === "refused") {
    return [
      `<figure data-method="${index}"><div class="map refused" style="aspect-ratio:${width}/${height}">`,
      `<p>${escaped(cell.reason)}</p></div><figcaption>${name}<p>${small}</p></figcaption></figure>`,
    ].join("");
  }
  const words = escaped(`Relevance by ${method} for ${label}`);
  return [
    `<figure data-method="${index}"><div class="map">`,
    `<canvas data-map="${map}" width="${width}" height="${height}" tabindex="0" role="img" aria-label="${words}"></canvas>`,
    `<span class="marker" hidden></span></div>${bars}`,
    `<figcaption>${name}<p><span class="readout"></span>${small}</p></figcaption></figure>`,
  ].join("");
}

function controls(methods: readonly ComparedMethod[], view: string, scale: string): string {
  const boxes = methods.map(
    ({ name }, i) =>
      `<label><input type="checkbox" name="method" value="${i}" checked autocomplete="off"> ${escaped(name)}</label>`,
  );
  return [
    '<form id="controls" autocomplete="off"><div class="inner">',
    choices("View", "view", { overlay: "overlay", map: "map" }, view),
    choices("Sign", "sign", { both: "both", for: "for", against: "against" }, "both"),
    choices("Colours", "scale", { each: "each map", row: "shared in a row" }, scale),
    choices(
      "Smoothing",
      "smoothing",
      { 0: "none", [overlaySmoothing]: "some", 0.03: "much" },
      view === "map" ? 0 : overlaySmoothing,
    ),
    choices("Size", "size", { small: "S", middle: "M", large: "L" }, "middle"),
    methods.length > 1
      ? `<details id="methods"><summary>Methods to show</summary><fieldset>${boxes.join("")}</fieldset></details>`
      : "",
    "</div></form>",
  ].join("\n");
}

function choices(
  title: string,
  name: string,
  values: Readonly<Record<string, string>>,
  chosen: string | number,
): string {
  const labels = Object.entries(values).map(([value, words]) => {
    const checked = value === String(chosen) ? " checked" : "";
    return `<label><input type="radio" name="${name}" value="${value}"${checked}><span>${words}</span></label>`;
  });
  return `<fieldset><legend>${title}</legend><div class="choices">${labels.join("")}</div></fieldset>`;
}

interface PlaceWords {
  /** What a place of a map is called, and the input. */
  readonly one: string;
  readonly input: string;
}

const placeWords: Readonly<Record<InputView["kind"], PlaceWords>> = {
  picture: { one: "pixel", input: "picture" },
  bands: { one: "pixel", input: "picture" },
  signal: { one: "sample", input: "signal" },
  volume: { one: "voxel", input: "volume" },
  features: { one: "feature", input: "input" },
};

/** The words for the inputs of all networks; common ones where they are of several kinds. */
function placeWordsOf({ networks }: Comparison): PlaceWords {
  const words = networks.flatMap(({ pictures }) => pictures.map(({ input }) => placeWords[input.kind]));
  const [first = placeWords.picture] = words;
  return words.every(({ one }) => one === first.one) ? first : { one: "place", input: "input" };
}

function footer(methods: readonly ComparedMethod[], place: string, caption: string): string {
  const stops = Array.from({ length: 17 }, (_, i) => `rgb(${divergingColour(i / 8 - 1).join(" ")})`);
  const terms = methods
    .filter(({ summary }) => summary)
    .map(({ name, summary = "" }) => `<dt>${escaped(name)}</dt><dd>${escaped(summary)}</dd>`);
  return [
    `<footer><div class="key">against <i style="background:linear-gradient(90deg,${stops.join(",")})"></i> for</div>`,
    `<p class="small">Full colour, written below each map: the ${fullColourPercentile}th percentile of what is drawn, of the map or of its row. The value at a ${place} is that of the map itself, not smoothed. Methods without a sign have only red.</p>`,
    terms.length > 0 ? `<dl>${terms.join("")}</dl>` : "",
    caption !== "" ? `<p class="small">${escaped(caption)}</p>` : "",
    "</footer>",
  ].join("\n");
}
