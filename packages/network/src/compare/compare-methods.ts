/** Maps of one network by many methods, as the comparison's rows. */

import type { FileExplainerOptions } from "@onnx-lrp/node";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Fact, InputView, ViewOptions } from "@onnx-lrp/pictures";
import type { ComparedNetwork, ComparedPicture, ComparisonCell } from "@onnx-lrp/report";
import { className } from "../class-name.ts";
import { type ExplainedInput, explainedInput } from "../explained.ts";
import { fileName } from "../file-name.ts";
import { shortDuration } from "../format.ts";
import type { NamedMethod } from "../method-list.ts";
import { type KnownNetwork, openExplainers, readInput, readQuestions } from "../node/calls.ts";
import type { InputSource } from "../picture-source.ts";
import { answersOf, classFinder } from "../targets.ts";

export interface NetworkToCompare {
  readonly name: string;
  readonly network: KnownNetwork;
  readonly options: FileExplainerOptions;
  labelsFor(classes: number): Promise<Fact<readonly string[]> | undefined>;
}

/** What is the same for all networks. */
export interface ComparisonTask {
  readonly methods: readonly NamedMethod[];
  readonly files: readonly InputSource[];
  /** How a network's inputs are shown. */
  readonly lookOf: (network: KnownNetwork) => ViewOptions;
  readonly targets: readonly string[];
  readonly against: string | undefined;
  /** Called before a method is tried on a picture. */
  readonly onStep: (what: string, method: number) => void;
  /** Called with sentences on how a file was decoded or a target understood, if that is unusual; once per method. */
  readonly onNote: (note: string) => void;
  /** Why a method has no map, in the words of the program around. */
  readonly reasonOf: (error: UserError) => string;
  /** Called with what a method says of a picture. */
  readonly onExplained?: (method: number, explained: ExplainedInput) => void;
  /** Called with why a method has no maps. */
  readonly onRefused?: (method: number, error: UserError) => void;
}

/** A row of one target, with one cell for each method that is done. */
interface Row {
  readonly class: number;
  readonly where: string;
  readonly label: string;
  readonly probability: number | undefined;
  readonly cells: (ComparisonCell | undefined)[];
}

/** The rows of one picture. */
interface PictureTable {
  view: InputView | undefined;
  rows: Row[];
  /** For each method that has no map of this picture, why. */
  readonly reasons: (string | undefined)[];
}

/** @throws UserError the first method's error if every method was refused */
export async function compareMethods(
  task: ComparisonTask,
  { name, network, options, labelsFor }: NetworkToCompare,
): Promise<ComparedNetwork> {
  const { methods, files, lookOf, targets, against, onStep, onNote, reasonOf } = task;
  const { askQuestions } = await import("@onnx-lrp/core/internal");
  const tables = files.map((): PictureTable => ({ view: undefined, rows: [], reasons: [] }));
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
          onStep(`${column}, ${file.path}`, m);
          const { explainer, spec } = await explainers.for(file);
          const { classes } = explainer.head;
          const named = await labelsFor(classes);
          const labels = named?.value ?? answersOf(explainer.head);
          const find = await classFinder(labels, classes);
          const questions = await readQuestions({ targets, against }, explainer, find);
          const { data, view, notes } = await readInput(file, spec, explainer.image, lookOf(network));
          const asked = await askQuestions(explainer, data, questions);
          for (const note of [...notes, ...asked.notes]) onNote(note);
          const wanted = asked.targets.map(({ target }) => target);
          const start = performance.now();
          const [result] = await explainer.explain([data], [wanted], asked.against && [asked.against]);
          seconds.push((performance.now() - start) / 1000);
          if (result === undefined) continue;
          const explained = await explainedInput({
            ...{ result, explainer, labels, asked, view, notes, title: `${file.path} · ${name}` },
            provenance: { spec, specSource: network.specSource, labelSource: named?.source },
          });
          task.onExplained?.(m, explained);
          fillCells(tables[i], m, explained);
        }
      } finally {
        await explainers.release();
      }
    } catch (error) {
      if (!(error instanceof UserError) || !isOfMethod(error)) throw error;
      first ??= error;
      for (const table of tables) table.reasons[m] = reasonOf(error);
      task.onRefused?.(m, error);
    }
    const mean = seconds.reduce((a, b) => a + b, 0) / seconds.length;
    costs.push(seconds.length === 0 ? undefined : shortDuration(mean));
  }
  if (tables.every(({ rows }) => rows.length === 0)) throw first;
  const pictures = tables.flatMap((table, i) => pictureOf(table, files[i], methods.length));
  return { name, costs, pictures };
}

/** Whether an error concerns one method, so that others may succeed. */
function isOfMethod({ kind, subject }: UserError): boolean {
  return (
    kind === "unsupported" ||
    kind === "scores" ||
    kind === "run" ||
    (kind === "usage" && subject.method !== undefined)
  );
}

function fillCells(
  table: PictureTable | undefined,
  column: number,
  { view, explanations }: ExplainedInput,
): void {
  if (table === undefined) return;
  table.view ??= view;
  for (const { class: target, label, where = "", map, words } of explanations) {
    let row = table.rows.find((known) => known.class === target && known.where === where);
    if (row === undefined) {
      const isNumber = words.probability === undefined;
      const name = isNumber ? words.label : [className(label, target), where].join(" ").trim();
      row = { class: target, where, label: name, probability: words.probability, cells: [] };
      table.rows.push(row);
    }
    row.cells[column] = { kind: "map", ...map };
  }
}

function pictureOf(
  { view, rows, reasons }: PictureTable,
  file: InputSource | undefined,
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
  return [{ name: fileName(file.path), input: view, targets }];
}
