/** Maps of one network by many methods, as the comparison's rows. */
import type { Explainer, PictureExplanation } from "@onnx-lrp/core";
import type { FileExplainerOptions } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { InputView, ViewOptions } from "@onnx-lrp/pictures";
import type { ComparedNetwork, ComparedPicture, ComparisonCell } from "@onnx-lrp/report";
import { errorText } from "../error-wording.ts";
import { openExplainers } from "../explainers.ts";
import { className, percent } from "../format.ts";
import type { InputFile } from "../inputs.ts";
import type { NamedMethod } from "../method-list.ts";
import type { Network } from "../network.ts";
import { readInput } from "../read-input.ts";
import { parseTargets } from "../targets.ts";

export interface NetworkToCompare {
  readonly name: string;
  readonly network: Network;
  readonly options: FileExplainerOptions;
  labelsFor(classes: number): Promise<readonly string[] | undefined>;
}

/** What is the same for all networks. */
export interface ComparisonTask {
  readonly methods: readonly NamedMethod[];
  readonly files: readonly InputFile[];
  /** How a network's inputs are shown. */
  readonly lookOf: (network: Network) => ViewOptions;
  readonly targets: readonly string[];
  readonly against: ((find: (query: string) => number) => number) | undefined;
  /** Told before a method is tried on a picture. */
  readonly onStep: (what: string) => void;
  /** Told how a file's numbers came about, where that is worth a sentence; once per method. */
  readonly onNote: (note: string) => void;
}

/** A row as it fills, a cell a method. */
interface Row {
  readonly class: number;
  readonly label: string;
  readonly probability: number;
  readonly cells: (ComparisonCell | undefined)[];
}

interface Sheet {
  view: InputView | undefined;
  rows: Row[];
  /** Why a method has no map here, where it has none. */
  readonly reasons: (string | undefined)[];
}

/** @throws UserError what the first method was refused for, where every one was */
export async function compareNetwork(
  { methods, files, lookOf, targets, against, onStep, onNote }: ComparisonTask,
  { name, network, options, labelsFor }: NetworkToCompare,
): Promise<ComparedNetwork> {
  const { findClass } = await import("@onnx-lrp/pictures");
  const sheets = files.map((): Sheet => ({ view: undefined, rows: [], reasons: [] }));
  const costs: (string | undefined)[] = [];
  let first: unknown;
  for (const [m, { name: column, method, composite, parameters: own }] of methods.entries()) {
    const parameters = { ...options.parameters, ...own };
    const chosen = { ...options, method, composite, parameters, contrast: against !== undefined };
    const seconds: number[] = [];
    try {
      const explainers = await openExplainers(network, chosen, files);
      try {
        for (const [i, file] of files.entries()) {
          onStep(`${column}, ${file.path}`);
          const { explainer, spec } = await explainers.for(file);
          const { classes } = explainer.head;
          const labels = await labelsFor(classes);
          const find = (query: string) => findClass(query, labels, classes);
          const wanted = parseTargets(targets, classes, find);
          const { data, view, notes } = await readInput(file, spec, explainer.image, lookOf(network));
          for (const note of notes) onNote(note);
          const rivals = against === undefined ? undefined : [wanted.map(() => against(find))];
          const start = performance.now();
          const [result] = await explainer.explain([data], [wanted], rivals);
          seconds.push((performance.now() - start) / 1000);
          if (result !== undefined) await fill(sheets[i], m, { explainer, result, view, labels });
        }
      } finally {
        await explainers.release();
      }
    } catch (error) {
      if (!(error instanceof UserError) || !isOfMethod(error)) throw error;
      first ??= error;
      for (const sheet of sheets) sheet.reasons[m] = errorText(error);
    }
    const mean = seconds.reduce((a, b) => a + b, 0) / seconds.length;
    costs.push(seconds.length === 0 ? undefined : `${mean < 10 ? mean.toPrecision(2) : mean.toFixed(0)} s`);
  }
  if (sheets.every(({ rows }) => rows.length === 0)) throw first;
  const pictures = sheets.flatMap((sheet, i) => pictureOf(sheet, files[i], methods.length));
  return { name, costs, pictures };
}

/** Whether another method may do where one failed. */
function isOfMethod({ kind, subject }: UserError): boolean {
  return (
    kind === "unsupported" ||
    kind === "scores" ||
    kind === "run" ||
    (kind === "usage" && subject.method !== undefined)
  );
}

interface Filling {
  readonly explainer: Explainer;
  readonly result: PictureExplanation;
  readonly view: InputView;
  readonly labels: readonly string[] | undefined;
}

async function fill(
  sheet: Sheet | undefined,
  column: number,
  { explainer, result, view, labels }: Filling,
): Promise<void> {
  if (sheet === undefined) return;
  const { mapOnView, viewForMap } = await import("@onnx-lrp/pictures");
  sheet.view ??= viewForMap(view, explainer.map);
  for (const { target, probability, relevance } of result.explanations) {
    let row = sheet.rows.find((known) => known.class === target);
    if (row === undefined) {
      const label = className(labels?.[target] ?? null, target);
      row = { class: target, label, probability, cells: [] };
      sheet.rows.push(row);
    }
    row.cells[column] = { kind: "map", ...mapOnView(sheet.view, relevance, explainer.map) };
  }
}

function pictureOf(
  { view, rows, reasons }: Sheet,
  file: InputFile | undefined,
  columns: number,
): ComparedPicture[] {
  if (view === undefined || file === undefined) return [];
  const targets = rows.map(({ label, probability, cells }) => ({
    label,
    probability,
    cells: Array.from(
      { length: columns },
      (_, m): ComparisonCell => cells[m] ?? { kind: "refused", reason: reasons[m] ?? "no map" },
    ),
  }));
  return [{ name: file.path.split(/[\\/]/).at(-1) ?? file.path, input: view, targets }];
}

/** What a row says in words. */
export function rowText({
  label,
  probability,
}: {
  readonly label: string;
  readonly probability?: number | undefined;
}): string {
  return probability === undefined ? label : `${label} ${percent(probability)}`;
}
