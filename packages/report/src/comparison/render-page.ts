import { divergingColour, fullColourPercentile } from "@onnx-lrp/pictures";
import { encodePng } from "../canvas.ts";
import { percent } from "../cells.ts";
import { overlaySmoothing } from "../figure.ts";
import { encodeMap } from "../page/map.ts";
import { dataUri, page } from "../page/page.ts";
import { pageLook } from "../page/paint.ts";
import { escaped } from "../svg.ts";
import {
  type ComparedMethod,
  type ComparedNetwork,
  type ComparedPicture,
  type ComparedTarget,
  type Comparison,
  type ComparisonCell,
  checkComparison,
} from "./comparison.ts";
import type { ComparisonOptions } from "./render-figure.ts";
import type { ComparisonData } from "./script.ts";
import { comparisonScriptText } from "./script-text.ts";
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
  const data: ComparisonData & { maps: ComparisonData["maps"][number][] } = {
    look: pageLook(),
    percentile: fullColourPercentile,
    maps: [],
  };
  const count = { pictures: 0, rows: 0 };
  const sections: string[] = [];
  for (const network of networks) {
    const pictures: string[] = [];
    for (const picture of network.pictures) {
      pictures.push(await pictureOf(picture, network, methods, data.maps, count));
    }
    sections.push(networkOf(network, pictures));
  }
  const body = [
    `<header><h1>${escaped(title)}</h1>`,
    `<p class="small">Red speaks for the class, blue against it. Point at a map to read that pixel in all maps of the picture (keys: Tab, then arrows).</p>`,
    "<noscript><p><strong>This page draws its maps with a script, and scripts are turned off.</strong></p></noscript></header>",
    controls(methods, view, scale),
    `<main>${sections.join("\n")}</main>`,
    footer(methods, caption),
    '<div id="status" class="unseen" role="status"></div>',
  ].join("\n");
  return page({ title, style: comparisonStyle, body, data, script: comparisonScriptText() });
}

function networkOf({ name, note }: ComparedNetwork, pictures: readonly string[]): string {
  const heading = name === "" ? "" : `<h2>${escaped(name)}</h2>`;
  return `<section>${heading}${note ? `<p class="small">${escaped(note)}</p>` : ""}${pictures.join("\n")}</section>`;
}

async function pictureOf(
  picture: ComparedPicture,
  network: ComparedNetwork,
  methods: readonly ComparedMethod[],
  maps: ComparisonData["maps"][number][],
  count: { pictures: number; rows: number },
): Promise<string> {
  const number = count.pictures++;
  const { name, shown, targets } = picture;
  const source = dataUri("image/png", await encodePng(shown));
  const rows = targets.map((target) => {
    const row = count.rows++;
    const figures = target.cells.map((cell, i) => {
      const method = methods[i]?.name ?? "";
      if (cell.kind === "map") {
        const words = `${method}, ${target.label}`;
        maps.push({ ...encodeMap(cell.heatmap), picture: number, row, words });
      }
      return figureOf(cell, picture, target, {
        method,
        index: i,
        map: maps.length - 1,
        cost: network.costs?.[i],
      });
    });
    return `<section class="row"><h3>${headingOf(target)}</h3><div class="maps">${figures.join("\n")}</div></section>`;
  });
  return [
    '<article class="picture"><div class="shown">',
    `<img id="picture-${number}" src="${source}" width="${shown.width}" height="${shown.height}" alt="${escaped(name === "" ? "The picture" : name)}">`,
    `<p class="small">${escaped(name)}<br><span data-place="${number}"></span></p></div>`,
    `<div>${rows.join("\n")}</div></article>`,
  ].join("");
}

function headingOf({ label, probability }: ComparedTarget): string {
  return escaped(label) + (probability === undefined ? "" : `<span>${escaped(percent(probability))}</span>`);
}

interface FigureWords {
  readonly method: string;
  readonly index: number;
  readonly map: number;
  readonly cost: string | undefined;
}

function figureOf(
  cell: ComparisonCell,
  { shown: { width, height } }: ComparedPicture,
  { label }: ComparedTarget,
  { method, index, map, cost }: FigureWords,
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
    '<span class="marker" hidden></span></div>',
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

function footer(methods: readonly ComparedMethod[], caption: string | undefined): string {
  const stops = Array.from({ length: 17 }, (_, i) => `rgb(${divergingColour(i / 8 - 1).join(" ")})`);
  const terms = methods
    .filter(({ summary }) => summary)
    .map(({ name, summary = "" }) => `<dt>${escaped(name)}</dt><dd>${escaped(summary)}</dd>`);
  return [
    `<footer><div class="key">against <i style="background:linear-gradient(90deg,${stops.join(",")})"></i> for</div>`,
    `<p class="small">Full colour, written below each map: the ${fullColourPercentile}th percentile of what is drawn, of the map or of its row. The value at a pixel is that of the map itself, not smoothed. Methods without a sign have only red.</p>`,
    terms.length > 0 ? `<dl>${terms.join("")}</dl>` : "",
    caption ? `<p class="small">${escaped(caption)}</p>` : "",
    "</footer>",
  ].join("\n");
}
