import { attributes, escaped, written } from "../svg.ts";
import { fontFaces, type TextStyle, textWidth, wrap } from "../text.ts";
import { type Axis, axisAt, niceAxis } from "./axis.ts";
import { drawLegend, type Line, lineOf, sampleOf, shapeAt } from "./lines.ts";

/** Lines over a common axis, each with the interval in which its values lie. */
export interface Chart {
  readonly title?: string | undefined;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly series: readonly ChartSeries[];
  /** A horizontal line, such as what chance would get. */
  readonly level?: { readonly name: string; readonly y: number } | undefined;
  /** Points to be noticed, such as where two lines cross. */
  readonly marks?: readonly ChartMark[] | undefined;
}

/** What an axis shows. */
export interface ChartAxis {
  /** With its unit: "patch size (pixels)". */
  readonly label: string;
}

/** One curve with its name. */
export interface ChartSeries {
  readonly name: string;
  /** By x. What is not finite is left out, and the line broken there. */
  readonly points: readonly ChartPoint[];
}

/** A point of a curve, with the ends of its interval where it has one. */
export interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** Ends of the interval, if it is known. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** A point of the chart with words beside it. */
export interface ChartMark {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

/** How large a chart is drawn, and whether it stands alone. */
export interface ChartOptions {
  /** In pixels; 760 and 440 if left out. The legend is added to the height. */
  readonly width?: number;
  readonly height?: number;
  /**
   * Whether the SVG stands alone, with its font and a white ground, or in a page that gives it its font, and colours by the
   * classes `ground`, `ink`, `small`, `grid` and `s0` to `s7`; alone if left out.
   */
  readonly alone?: boolean;
}

const styles = {
  title: { size: 18, weight: "bold" },
  label: { size: 15 },
  tick: { size: 13.5 },
} as const satisfies Record<string, TextStyle>;
const inks = { text: "#1d2129", small: "#5b6472", grid: "#e3e6ea", ground: "#ffffff" };
const margin = 16;
/** Up to as many points a line has a shape at each, beyond at about nine. */
const mostShapes = 24;
const fewShapes = 9;

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/**
 * Draws a chart. Lines differ in colour, dashes and, where their points are few, shapes, so that they can be distinguished in grey
 * print too. Pointing at a line or a point tells its name and numbers.
 *
 * @returns an SVG document
 */
export function renderLineChart(chart: Chart, options: ChartOptions = {}): string {
  const { width = 760, height = 440, alone = true } = options;
  const { title = "", series, level, marks = [] } = chart;
  const xs = series.flatMap(({ points }) => points.map(({ x }) => x)).filter(Number.isFinite);
  const xAxis = axisAt(xs) ?? niceAxis(xs, 8, false);
  const yAxis = niceAxis([...series.flatMap(valuesOf), ...(level ? [level.y] : [])], 6, true);

  const titleLines = wrap(title, width - 2 * margin, styles.title);
  const top = margin + titleLines.length * 26 + (titleLines.length > 0 ? 16 : 6);
  const tickRoom = Math.max(...yAxis.ticks.map(({ text }) => textWidth(text, styles.tick))) + 10;
  const left = margin + 24 + Math.ceil(tickRoom);
  const frame = frameOf(
    { left, top, width: width - left - margin - 10, height: height - top - 66 },
    xAxis,
    yAxis,
  );
  const lines = series.map(({ name }, i) => lineOf(name, i));
  const samples = [...lines.map(sampleOf), ...(level ? [levelSample(level.name)] : [])];
  const legend = drawLegend(samples, width - 2 * margin - 8, styles.tick, inks.text);
  const whole = Math.ceil(height + legend.height + margin);

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" role="img" aria-label="${escaped(nameOf(chart))}">`,
    alone ? `<style>${fontFaces()}text{font-family:"PT Sans","Helvetica Neue",Arial,sans-serif}</style>` : "",
    `<rect class="ground" width="${width}" height="${whole}" fill="${inks.ground}"/>`,
    ...titleLines.map((text, i) =>
      classed("ink", written(text, { x: margin, y: margin + 18 + i * 26 }, styles.title, inks.text)),
    ),
    drawAxes(chart, frame, xAxis, yAxis),
    ...series.map((each, i) => drawBand(each, lines[i], frame)),
    level ? drawLevel(level, frame) : "",
    ...series.map((each, i) => drawLine(each, lines[i], frame)),
    ...marks.map((mark) => drawMark(mark, frame)),
    `<g transform="translate(${margin + 4} ${height - 2})">${legend.svg}</g>`,
    "</svg>\n",
  ].join("\n");
}

function nameOf({ title, x, y, series }: Chart): string {
  return title || `${y.label} over ${x.label} of ${series.map(({ name }) => name).join(", ")}`;
}

function valuesOf({ points }: ChartSeries): number[] {
  return points
    .filter(isThere)
    .flatMap(({ y, low = y, high = y }) => [y, low, high])
    .filter(Number.isFinite);
}

function isThere({ x, y }: ChartPoint): boolean {
  return Number.isFinite(x) && Number.isFinite(y);
}

function frameOf(box: Pick<Frame, "left" | "top" | "width" | "height">, x: Axis, y: Axis): Frame {
  return {
    ...box,
    x: (value) => box.left + ((value - x.from) / (x.to - x.from)) * box.width,
    y: (value) => box.top + (1 - (value - y.from) / (y.to - y.from)) * box.height,
  };
}

function drawAxes(chart: Chart, frame: Frame, xAxis: Axis, yAxis: Axis): string {
  const { left, top, width, height, x, y } = frame;
  const bottom = top + height;
  const parts: string[] = [];
  for (const { value, text } of yAxis.ticks) {
    const at = y(value).toFixed(1);
    parts.push(`<path class="grid" stroke="${inks.grid}" d="M${left} ${at}h${width}"/>`);
    const place = { x: left - 10, y: y(value) + 4.5 };
    parts.push(classed("small", written(text, place, styles.tick, inks.small, "end")));
  }
  for (const { value, text } of xAxis.ticks) {
    const at = x(value);
    parts.push(`<path class="grid" stroke="${inks.grid}" d="M${at.toFixed(1)} ${top}v${height + 6}"/>`);
    parts.push(classed("small", written(text, { x: at, y: bottom + 22 }, styles.tick, inks.small, "middle")));
  }
  const xLabel = written(
    chart.x.label,
    { x: left + width / 2, y: bottom + 46 },
    styles.label,
    inks.text,
    "middle",
  );
  const yLabel = written(chart.y.label, { x: 0, y: 0 }, styles.label, inks.text, "middle");
  parts.push(classed("ink", xLabel));
  parts.push(
    `<g transform="translate(${margin + 12} ${(top + height / 2).toFixed(1)}) rotate(-90)">${classed("ink", yLabel)}</g>`,
  );
  return parts.join("\n");
}

/** What a page may recolour. */
function classed(name: string, element: string): string {
  return element.replace(/^<\w+/, (start) => `${start} class="${name}"`);
}

/** The line's points in runs without a gap. */
function runsOf(points: readonly ChartPoint[]): ChartPoint[][] {
  const runs: ChartPoint[][] = [[]];
  for (const point of points) {
    if (isThere(point)) runs.at(-1)?.push(point);
    else runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

function drawBand({ points }: ChartSeries, line: Line | undefined, { x, y }: Frame): string {
  if (!line) return "";
  const ends = runsOf(points)
    .flatMap((run) => splitWhere(run, ({ low, high }) => Number.isFinite(low) && Number.isFinite(high)))
    .map((run) => {
      const upper = run.map((point) => `${x(point.x).toFixed(1)} ${y(point.high ?? point.y).toFixed(1)}`);
      const lower = run.map((point) => `${x(point.x).toFixed(1)} ${y(point.low ?? point.y).toFixed(1)}`);
      // Of a single point the interval is a stroke.
      return `M${upper.join("L")}L${lower.reverse().join("L")}Z`;
    });
  if (ends.length === 0) return "";
  return `<path ${attributes({
    class: `band s${line.colour}`,
    d: ends.join(""),
    fill: line.ink,
    stroke: line.ink,
    "fill-opacity": 0.13,
    "stroke-opacity": 0.28,
  })}/>`;
}

function splitWhere<T>(items: readonly T[], holds: (item: T) => boolean): T[][] {
  const parts: T[][] = [[]];
  for (const item of items) {
    if (holds(item)) parts.at(-1)?.push(item);
    else parts.push([]);
  }
  return parts.filter((part) => part.length > 0);
}

function drawLine({ name, points }: ChartSeries, line: Line | undefined, { x, y }: Frame): string {
  if (!line) return "";
  const runs = runsOf(points);
  const path = runs.map(
    (run) => `M${run.map((at) => `${x(at.x).toFixed(1)} ${y(at.y).toFixed(1)}`).join("L")}`,
  );
  const there = runs.flat();
  const every = there.length <= mostShapes ? 1 : Math.ceil(there.length / fewShapes);
  // Each line's shapes begin elsewhere, so that they do not lie on one another.
  const first = every === 1 ? 0 : Math.round((every * (line.colour % 4)) / 4);
  const shaped = there.filter((_, i) => i % every === first);
  const single = runs.filter((run) => run.length === 1).flat();
  return [
    `<g class="s${line.colour}" fill="none" stroke="${line.ink}" stroke-width="2"><title>${escaped(name)}</title>`,
    `<path d="${path.join("")}" stroke-linejoin="round" ${attributes({ "stroke-dasharray": line.dashes })}/>`,
    ...[...new Set([...shaped, ...single])].map((at) => {
      const title = `<title>${escaped(`${name}, ${numbersOf(at)}`)}</title>`;
      return shapeAt(line, x(at.x), y(at.y), title);
    }),
    "</g>",
  ].join("");
}

function numbersOf({ x, y, low, high }: ChartPoint): string {
  const number = (value: number) => String(Number(value.toPrecision(3))).replaceAll("-", "\u2212");
  const known = low !== undefined && high !== undefined && Number.isFinite(low) && Number.isFinite(high);
  const interval = known ? ` (${number(low)} to ${number(high)})` : "";
  return `${number(x)}: ${number(y)}${interval}`;
}

function drawLevel({ name, y: value }: { name: string; y: number }, { left, width, y }: Frame): string {
  return `<path class="small" d="M${left} ${y(value).toFixed(1)}h${width}" fill="none" stroke="${inks.small}" stroke-width="1.5" stroke-dasharray="2 4"><title>${escaped(name)}</title></path>`;
}

function levelSample(name: string): { name: string; svg: string } {
  const svg = `<path class="small" d="M0 0h34" stroke="${inks.small}" stroke-width="1.5" stroke-dasharray="2 4"/>`;
  return { name, svg };
}

/** A ring, with its label if there is room. */
function drawMark({ x: atX, y: atY, label }: ChartMark, { left, top, width, x, y }: Frame): string {
  if (!Number.isFinite(atX) || !Number.isFinite(atY)) return "";
  const [cx, cy] = [x(atX), y(atY)];
  const half = textWidth(label, styles.tick) / 2;
  const middle = Math.max(left + half, Math.min(left + width - half, cx));
  const words = written(
    label,
    { x: middle, y: cy - 11 < top + 12 ? cy + 22 : cy - 11 },
    styles.tick,
    inks.text,
    "middle",
  );
  return [
    `<circle class="mark" cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="6" fill="none" stroke="${inks.text}" stroke-width="1.5"/>`,
    `<g class="halo" paint-order="stroke" stroke="${inks.ground}" stroke-width="4" stroke-linejoin="round">${classed("ink", words)}</g>`,
  ].join("");
}
