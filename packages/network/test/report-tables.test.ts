/** What a report shows of metrics that it has never heard of. */
import type { Summary } from "@onnx-lrp/evaluation";
import type { MethodSummary, MetricSummary } from "@onnx-lrp/evaluation/internal";
import { expect, test } from "vitest";
import { findingsOf } from "../src/evaluate/findings.ts";
import { chartsOf } from "../src/evaluate/report-charts.ts";
import { tablesOf } from "../src/evaluate/report-tables.ts";

function method(name: string, value: number, significant?: boolean): MethodSummary {
  const headline = { value, low: value - 0.1, high: value + 0.1 };
  const points = [10, 20].map((parameter) => ({ parameter, n: 8, mean: headline, pooled: null }));
  const difference = significant === undefined ? null : { to: "sglrp", n: 8, ...headline, significant };
  return { method: name, n: 8, leftOut: 0, headline, points, difference };
}

function metric(changes: Partial<MetricSummary>): MetricSummary {
  return {
    name: "upper-half",
    title: "Relevance in the upper half",
    group: { title: "Halves", note: "Which half has it." },
    summary: "Share of the relevance in the upper half",
    source: "",
    target: "label",
    better: "higher",
    parameter: "energy (%)",
    value: "share",
    methods: [method("sglrp", 0.5), method("lrp", 0.4, true), method("clrp", 0.45, false)],
    chance: null,
    crossings: [],
    examples: { disagree: [], best: [], worst: [] },
    ...changes,
  };
}

function summaryOf(...measures: MetricSummary[]): Summary {
  return { measures } as unknown as Summary;
}

test("a new metric has its group's table, its chart and a finding", () => {
  const summary = summaryOf(metric({}));
  const [group, byParameter, differences] = tablesOf(summary);
  expect(group).toMatchObject({ title: "Halves", note: "Which half has it." });
  expect(group?.rows.map(({ name, cells }) => [name, cells[0]?.mean])).toEqual([
    ["sglrp", 0.5],
    ["lrp", 0.4],
    ["clrp", 0.45],
  ]);
  expect(byParameter?.title).toBe("upper-half, by energy (%)");
  expect(byParameter?.metrics.map(({ name }) => name)).toEqual(["10", "20"]);
  expect(differences?.title).toBe("Difference to sglrp, picture by picture");
  expect(chartsOf(summary).map(({ chart }) => chart.title)).toEqual(["Relevance in the upper half"]);
  expect(findingsOf(summary)).toEqual([
    "upper-half (higher is better): sglrp 0.5, clrp 0.45, lrp 0.4. Significantly different from sglrp (95 %): lrp.",
  ]);
});

test("known groups come first and in their order, metrics of one group share a table", () => {
  const single = { parameter: null };
  const summary = summaryOf(
    metric(single),
    metric({ ...single, name: "a", group: { title: "Localization" } }),
    metric({ ...single, name: "b", group: { title: "Maximal patch masking" } }),
    metric({ ...single, name: "c", group: { title: "Localization" } }),
  );
  const tables = tablesOf(summary).slice(0, -1);
  expect(tables.map(({ title, metrics }) => [title, ...metrics.map(({ name }) => name)])).toEqual([
    ["Maximal patch masking", "b"],
    ["Localization", "a", "c"],
    ["Halves", "upper-half"],
  ]);
});
