import { expect, test } from "vitest";
import { type EvaluationReport, renderEvaluationPage } from "../src/index.ts";

const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1, 2, 3);
function report(word = "sglrp"): EvaluationReport {
  return {
    title: word,
    subtitle: word,
    findings: [word],
    tables: [
      {
        title: word,
        note: word,
        metrics: [
          { name: "patch-masking", summary: word, better: "lower" },
          { name: "pointing-game", better: "higher" },
        ],
        rows: [
          {
            name: word,
            cells: [
              { mean: -0.25, low: -0.3, high: -0.2, n: 400 },
              { mean: 0.5, n: 400 },
            ],
          },
          {
            name: "lrp",
            cells: [
              { mean: -0.125, low: -0.2, high: -0.1, n: 400 },
              { mean: 0.75, n: 399 },
            ],
          },
          { name: "broken", cells: [undefined, { mean: Number.NaN, n: 0 }] },
          { name: "chance", control: true, cells: [undefined, { mean: 0.99 }] },
        ],
      },
    ],
    charts: [
      {
        chart: { title: word, x: { label: word }, y: { label: word }, series: [{ name: word, points: [] }] },
        note: word,
      },
    ],
    galleries: [
      {
        title: word,
        note: word,
        rows: [{ title: word, note: word, pictures: [{ png, caption: word }] }],
      },
    ],
    failures: [{ name: word, reason: word }],
    run: { command: `onnx-lrp evaluate ${word}`, options: [{ name: word, value: word }] },
  };
}

const rowsOf = (html: string) =>
  [...html.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = ""]) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = ""]) => cell),
  );

test("tables have means, intervals and counts, the best method in bold", () => {
  const [head, sglrp, lrp, broken, chance] = rowsOf(renderEvaluationPage(report()));
  expect(head?.[1]).toContain("↓ lower is better<br>n = 400");
  expect(head?.[2]).not.toContain("n =");
  expect(sglrp).toEqual([
    "sglrp",
    "<strong>−0.250</strong><small>−0.300 to −0.200</small>",
    "0.500<small>n = 400</small>",
  ]);
  expect(lrp?.[1]).toBe("−0.125<small>−0.200 to −0.100</small>");
  expect(lrp?.[2]).toBe("<strong>0.750</strong><small>n = 399</small>");
  expect(broken).toEqual(["broken", "–", "–<small>n = 0</small>"]);
  // However good, a control is not the best.
  expect(chance).toEqual(["chance", "–", "0.990<small></small>"]);
});

test("baselines stand below the methods, wherever they came", () => {
  const base = report();
  const tables = base.tables.map((table) => ({ ...table, rows: table.rows.toReversed() }));
  const names = rowsOf(renderEvaluationPage({ ...base, tables })).map(([name]) => name);
  expect(names.slice(1, 5)).toEqual(["broken", "lrp", "sglrp", "chance"]);
});

test("a column keeps its digits, however small or large its numbers", () => {
  const base = report();
  const columnOf = (means: number[]) => {
    const rows = means.map((mean, i) => ({ name: `m${i}`, cells: [{ mean }] }));
    const metrics = [{ name: "a", better: "higher" } as const];
    const html = renderEvaluationPage({ ...base, tables: [{ title: "t", metrics, rows }] });
    return rowsOf(html)
      .slice(1, means.length + 1)
      .map(([, cell]) => cell?.replace(/<[^>]*>/g, ""));
  };
  expect(columnOf([12.34, 1])).toEqual(["12.3", "1.0"]);
  expect(columnOf([1234, 5.6])).toEqual(["1234", "6"]);
  expect(columnOf([0.00123, 0.001])).toEqual(["0.00123", "0.00100"]);
  expect(columnOf([1.5e-7, 2e-9])).toEqual(["1.50e−7", "2.00e−9"]);
  expect(columnOf([0, 0])).toEqual(["0", "0"]);
});

test("the command and every option are there to repeat the run", () => {
  const html = renderEvaluationPage(report());
  expect(html).toContain("<code>onnx-lrp evaluate sglrp</code>");
  expect(html).toContain(`src="data:image/png;base64,${Buffer.from(png).toString("base64")}"`);
});

test("a great many failures are counted, not all listed", () => {
  const failures = Array.from({ length: 5000 }, (_, i) => ({ name: `picture ${i}`, reason: "corrupt" }));
  const html = renderEvaluationPage({ ...report(), failures });
  expect(html).toContain("5000 failures");
  expect(html).toContain("And 4800 more.");
  expect(html.length).toBeLessThan(200_000);
});

test("words are words, nothing is loaded, and the same report is the same page", () => {
  const word = `</style></title><script>alert(1)</script><img src=x onerror="alert(1)"> & \u0000 <!--`;
  const html = renderEvaluationPage(report(word));
  expect(html).toBe(renderEvaluationPage(report(word)));
  for (const text of ["<script", "<!--", "\u0000"]) expect(html).not.toContain(text);
  expect(html.match(/<img/g)).toHaveLength(1);
  expect(html.match(/<\/style>/g)).toHaveLength(1);
  expect(html).not.toMatch(/src="(?!data:)|url\((?!data:)|<link|@import/);
});

test("what is empty has no section", () => {
  const html = renderEvaluationPage({ ...report(), tables: [], charts: [], galleries: [], failures: [] });
  expect([...html.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title)).toEqual([
    "How to repeat this run",
  ]);
});
