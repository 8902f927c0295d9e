/**
 * The figures and tables of docs/evaluation.md, from the summaries of `onnx-lrp evaluate`. Its text is written by hand.
 *
 *     node test/bench/dist/evaluation.js NAME=FOLDER [NAME=FOLDER ...]
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderLineChart } from "@onnx-lrp/report";

interface Interval {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

interface MethodFigures {
  readonly method: string;
  readonly n: number;
  readonly headline: Interval | null;
  readonly difference: Interval | null;
  readonly points: readonly { readonly parameter: number; readonly mean: Interval }[];
}

interface MeasureFigures {
  readonly name: string;
  readonly methods: readonly MethodFigures[];
  readonly chance: Pick<MethodFigures, "headline"> | null;
}

interface SummaryFile {
  readonly pictures: { readonly ok: number; readonly correct: number };
  readonly measures: readonly MeasureFigures[];
}

/** What docs/evaluation.json keeps of a run. */
interface Kept {
  readonly network: string;
  readonly pictures: number;
  readonly accuracy: number;
  readonly measures: readonly MeasureFigures[];
}

const charts: Readonly<Record<string, { file: string; title: string; x: string; y: string }>> = {
  "patch-masking": {
    file: "label",
    title: "ground truth",
    x: "patch size (pixels)",
    y: "change of probability",
  },
  "patch-masking-second": {
    file: "second",
    title: "second most probable class",
    x: "patch size (pixels)",
    y: "change of probability",
  },
  "pointing-game": { file: "pointing", title: "extended pointing game", x: "energy (%)", y: "accuracy" },
};

const folder = "docs/evaluation";
mkdirSync(folder, { recursive: true });
const runs = process.argv.slice(2).map((word): Kept => {
  const [network = "", from = network] = word.split("=");
  const { pictures, measures }: SummaryFile = JSON.parse(readFileSync(join(from, "summary.json"), "utf8"));
  return { network, pictures: pictures.ok, accuracy: pictures.correct / pictures.ok, measures };
});
for (const run of runs) for (const measure of run.measures) writeChart(run, measure);
writeFileSync(`${folder}/tables.md`, tables(runs));

function writeChart({ network }: Kept, { name, methods, chance }: MeasureFigures): void {
  const chart = charts[name];
  if (chart === undefined) return;
  const level = chance?.headline?.value;
  const svg = renderLineChart({
    title: `${network}, ${chart.title}`,
    x: { label: chart.x },
    y: { label: chart.y },
    series: methods.map(({ method, points }) => ({
      name: method,
      points: points.map(({ parameter, mean }) => ({
        x: parameter,
        y: mean.value,
        ...(mean.low === null || mean.high === null ? {} : { low: mean.low, high: mean.high }),
      })),
    })),
    ...(level === undefined ? {} : { level: { name: "chance", y: level } }),
  });
  writeFileSync(`${folder}/${network}-${chart.file}.svg`, svg);
}

function tables(all: readonly Kept[]): string {
  const names = [...new Set(all.flatMap(({ measures }) => measures.map(({ name }) => name)))];
  const sections = names.map((name) => {
    const columns = all.filter(({ measures }) => measures.some((measure) => measure.name === name));
    const methods = [
      ...new Set(columns.flatMap((run) => measureOf(run, name)?.methods.map(({ method }) => method) ?? [])),
    ];
    const rows = methods.map((method) => [
      method,
      ...columns.map((run) =>
        cell(measureOf(run, name)?.methods.find((one) => one.method === method)?.headline),
      ),
    ]);
    const chance = columns.map((run) => cell(measureOf(run, name)?.chance?.headline));
    const known = chance.some((text) => text !== "");
    return `## ${name}\n\n${markdown([
      ["method", ...columns.map(({ network, pictures }) => `${network} (${pictures})`)],
      ...rows,
      ...(known ? [["chance", ...chance]] : []),
    ])}`;
  });
  return `# Tables\n\nMeans with their 95 % intervals; curves by the mean over their parameters. In brackets the number of pictures.\n\n${sections.join("\n\n")}\n`;
}

function measureOf({ measures }: Kept, name: string): MeasureFigures | undefined {
  return measures.find((measure) => measure.name === name);
}

function cell(figure: Interval | null | undefined): string {
  if (figure === null || figure === undefined) return "";
  const { value, low, high } = figure;
  const digits = Math.abs(value) < 0.1 ? 4 : 3;
  const write = (number: number) => number.toFixed(digits).replace("-", "\u2212");
  return low === null || high === null ? write(value) : `${write(value)} (${write(low)} to ${write(high)})`;
}

function markdown(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  return [head, head.map(() => "---"), ...body].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
