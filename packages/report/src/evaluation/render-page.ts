import { renderLineChart } from "../chart/line-chart.ts";
import { darkInks } from "../chart/lines.ts";
import { dataUri, page } from "../page/page.ts";
import { escaped } from "../svg.ts";
import type { EvaluationChart, EvaluationReport, EvaluationRun, Failure, Gallery } from "./report.ts";
import { tableOf } from "./table.ts";

/** More are counted, not listed. */
const maxFailures = 200;

/** One self-contained HTML page of an evaluation: findings, tables, charts, pictures, failures, and how to repeat it. */
export function renderEvaluationPage(report: EvaluationReport): string {
  const { title, subtitle, findings = [], tables, charts, galleries, failures, run } = report;
  const body = [
    `<header><h1>${escaped(title)}</h1>`,
    subtitle ? `<p class="small">${escaped(subtitle)}</p>` : "",
    findings.length > 0 ? `<ul>${findings.map((text) => `<li>${escaped(text)}</li>`).join("")}</ul>` : "",
    "</header><main>",
    section(
      "Results",
      tables.map(tableOf),
      "Means over pictures, below them their 95 % intervals. The best mean of the methods is in bold.",
    ),
    section("Charts", [`<div class="charts">${charts.map(chartOf).join("\n")}</div>`], "", charts.length),
    section("Pictures", galleries.map(galleryOf)),
    failures.length > 0 ? section("Without a result", [failuresOf(failures)]) : "",
    section("How to repeat this run", [runOf(run)]),
    "</main><footer></footer>",
  ].join("\n");
  return page({ title, style: evaluationStyle, body });
}

function section(title: string, parts: readonly string[], note = "", count = parts.length): string {
  if (count === 0) return "";
  const words = note === "" ? "" : `<p class="small">${escaped(note)}</p>`;
  return `<section><h2>${escaped(title)}</h2>${words}${parts.join("\n")}</section>`;
}

function chartOf({ chart, note }: EvaluationChart): string {
  const words = note ? `<figcaption class="small">${escaped(note)}</figcaption>` : "";
  return `<figure class="chart" tabindex="0">${renderLineChart(chart, { alone: false })}${words}</figure>`;
}

function galleryOf({ title, note, wide, rows }: Gallery): string {
  const lines = rows.map(({ title, note, pictures }) => {
    const tiles = pictures.map(({ png, caption }) => {
      const words = escaped(caption);
      return `<figure><img src="${dataUri("image/png", png)}" alt="${words}" loading="lazy"><figcaption>${words}</figcaption></figure>`;
    });
    const small = note ? ` <span class="small">${escaped(note)}</span>` : "";
    return `<article><h4>${escaped(title)}${small}</h4><div class="tiles${wide ? " wide-tiles" : ""}">${tiles.join("")}</div></article>`;
  });
  const words = note ? `<p class="small">${escaped(note)}</p>` : "";
  return `<div class="gallery"><h3>${escaped(title)}</h3>${words}${lines.join("\n")}</div>`;
}

function failuresOf(failures: readonly Failure[]): string {
  const rows = failures
    .slice(0, maxFailures)
    .map(({ name, reason }) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(reason)}</td></tr>`);
  const more = failures.length - rows.length;
  const rest = more > 0 ? `<p class="small">And ${more} more.</p>` : "";
  const words = failures.length === 1 ? "1 failure" : `${failures.length} failures`;
  return `<details${failures.length <= 10 ? " open" : ""}><summary>${words}</summary><div class="wide" tabindex="0"><table class="words"><tbody>${rows.join("\n")}</tbody></table></div>${rest}</details>`;
}

function runOf({ command, options }: EvaluationRun): string {
  const rows = options.map(
    ({ name, value }) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`,
  );
  return [
    `<pre tabindex="0"><code>${escaped(command)}</code></pre>`,
    options.length > 0
      ? `<div class="wide" tabindex="0"><table class="words"><tbody>${rows.join("\n")}</tbody></table></div>`
      : "",
  ].join("\n");
}

const evaluationStyle = `
main,header,footer{max-width:1240px}
header ul{padding-left:20px;margin:12px 0}
h3{margin-top:22px}
h4{font-size:15.5px;margin:14px 0 8px}
h4 .small{font-weight:400;margin-left:8px}
.wide{overflow-x:auto;margin-bottom:14px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:8px 18px 8px 0;text-align:right;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:normal}
th:first-child{text-align:left;position:sticky;left:0;background:var(--page);padding-right:24px;overflow-wrap:anywhere;min-width:110px}
thead th{vertical-align:bottom;border-bottom:2px solid var(--line);font-weight:700;max-width:190px}
tbody th{font-weight:400}
td strong{font-weight:700}
th small,td small{display:block;font-weight:400;font-size:12.5px;line-height:1.35;color:var(--small);white-space:nowrap}
.control th,.control td{color:var(--small)}
tr:not(.control)+.control>*{border-top:2px solid var(--line)}
td.none{color:var(--small)}
.words{font-variant-numeric:normal}
.words th,.words td{text-align:left;padding:6px 24px 6px 0}
.words td{overflow-wrap:anywhere}
.words th{min-width:150px;max-width:420px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(520px,100%),1fr));gap:24px}
figure{margin:0;min-width:0}
.chart{border:1px solid var(--line);border-radius:8px;overflow-x:auto;max-width:900px}
.chart svg{display:block;width:100%;min-width:540px;height:auto}
.chart figcaption{padding:0 20px 14px}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(150px,calc(50% - 6px)),1fr));gap:14px 12px}
.wide-tiles{grid-template-columns:repeat(auto-fill,minmax(min(300px,100%),1fr))}
.tiles img{display:block;width:100%;height:auto;border:1px solid var(--line)}
.tiles figcaption{font-size:13.5px;line-height:1.3;color:var(--small);padding-top:4px}
article{margin-bottom:20px}
pre{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:14px 16px;white-space:pre-wrap;overflow-wrap:anywhere;font:14px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
summary{cursor:pointer;margin-bottom:8px}
@media (prefers-color-scheme:dark){
.chart .ground{fill:var(--page)}.chart .halo{stroke:var(--page)}
.chart .ink{fill:var(--ink)}.chart text.small{fill:var(--small)}.chart path.small{stroke:var(--small)}
.chart .grid{stroke:var(--line)}.chart .mark{stroke:var(--ink)}
${darkInks.map((ink, i) => `.chart .s${i}{stroke:${ink}}.chart .s${i} .filled,.chart .band.s${i}{fill:${ink}}`).join("\n")}
}
@media print{.chart,article{break-inside:avoid}}
`;
