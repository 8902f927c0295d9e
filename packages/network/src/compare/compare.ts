/** Several methods on the same input and targets, for programs. */
import type { ExplainerOptions } from "@onnx-lrp/core";
import type { SessionOptions } from "@onnx-lrp/node";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";
import type { Comparison } from "@onnx-lrp/report";
import type { ScoredClass } from "../answers.ts";
import { channelNames } from "../channel-names.ts";
import { fileName } from "../file-name.ts";
import { type LabelSource, labelsOf } from "../labels.ts";
import { comparedMethods, type MethodList } from "../method-choice.ts";
import { parseMethods } from "../method-list.ts";
import type { MethodSettings } from "../method-settings.ts";
import type { KnownNetwork } from "../node/calls.ts";
import { save, type TargetExplanation, withFigures } from "../node/explanation.ts";
import type { Cancellation, Target } from "../options.ts";
import { inputSourceOf, type PictureSource } from "../picture-source.ts";
import { compareMethods } from "./compare-methods.ts";
import { comparisonCaption, comparisonTitle } from "./words.ts";

/** How far a comparison is. */
export interface ComparisonProgress {
  /** Methods that are done, of all. */
  readonly done: number;
  readonly total: number;
  /** The present one, by its name; empty when all are done. */
  readonly method: string;
  /** Passes of the present one, if it takes many. */
  readonly passes: number;
  readonly totalPasses: number;
}

/** What is compared. Settings of methods hold for each of them that has use for them. */
export interface CompareOptions extends Omit<MethodSettings, "method" | "composite" | "rules"> {
  /** Default `sglrp`, `clrp`, `lrp` and `guided-grad-cam`. */
  readonly methods?: MethodList | undefined;
  /** What is explained; default the most probable class. */
  readonly target?: Target | readonly Target[] | undefined;
  /** The class that every target is contrasted with. */
  readonly against?: Target | undefined;
  /** Channels that are shown as grey, or as red, green and blue, from 0; default the first. */
  readonly bands?: readonly number[] | undefined;
  /** An `AbortSignal`: the call ends with its reason before the next method, or the next passes of one that takes many. */
  readonly signal?: Cancellation | undefined;
  readonly onProgress?: ((progress: ComparisonProgress) => void) | undefined;
}

/** How a comparison is drawn. */
export interface ComparisonLook {
  /** Maps over the picture, or alone; default `overlay`. */
  readonly view?: "overlay" | "map";
  /** Whether each map has a range of colours to itself, or those of a target share one; default `each`. */
  readonly scale?: "each" | "row";
  /** Default the names of picture and network. */
  readonly title?: string;
}

/** What one method says. */
export interface MethodResult {
  /** As it was asked for: `sglrp:epsilon-plus`. */
  readonly name: string;
  /** One for each target; empty where the method has no map of this network or input. */
  readonly explanations: readonly TargetExplanation[];
  /** Why there is no map. */
  readonly refusal: UserError | undefined;
}

/** Maps of several methods side by side. */
export interface ComparisonResult {
  /** The five most probable classes, the first one first. */
  readonly top: readonly ScoredClass[];
  /** In the order in which they were asked for. */
  readonly methods: readonly MethodResult[];
  /** Sentences on how the input and the targets were understood, if that is unusual. */
  readonly notes: readonly string[];
  /** A PNG: a row for each target, a column for each method. */
  png(look?: ComparisonLook): Promise<Uint8Array>;
  /** The same as an HTML page without references to anything outside of it. */
  page(look?: ComparisonLook): Promise<string>;
  /** Writes `png(look)` to a file, whose folder is made if it is missing. @throws UserError `output` */
  savePng(path: string, look?: ComparisonLook): Promise<void>;
  /** Writes `page(look)` to a file. @throws UserError `output` */
  savePage(path: string, look?: ComparisonLook): Promise<void>;
}

/** The network, as it was opened, and what a method has on it but for its own parameters. */
export interface ComparedOn {
  readonly known: KnownNetwork;
  readonly labels: LabelSource | undefined;
  readonly session: SessionOptions;
  readonly chosen: ExplainerOptions;
}

export async function compareOn(
  { known, labels, session, chosen }: ComparedOn,
  picture: PictureSource,
  options: CompareOptions,
): Promise<ComparisonResult> {
  const { target = "top", against, bands, signal, onProgress } = options;
  const { methods: wanted = comparedMethods } = options;
  const methods = parseMethods(typeof wanted === "string" ? [wanted] : wanted);
  if (methods.length === 0) {
    throw new UserError("usage", "A comparison needs a method.", {
      subject: { option: "methods" },
      remedies: [textRemedy('name some, or "all"')],
    });
  }
  const input = await inputSourceOf(picture);
  const inMemory = input.kind !== "picture" && input.kind !== "tensor";
  let at = 0;
  const report = (passes: number, totalPasses: number) => {
    signal?.throwIfAborted();
    const method = methods[at]?.name ?? "";
    onProgress?.({ done: at, total: methods.length, method, passes, totalPasses });
  };
  const notes = new Set<string>();
  const results = methods.map(({ name }): { -readonly [K in keyof MethodResult]: MethodResult[K] } => ({
    ...{ name, explanations: [], refusal: undefined },
  }));
  let top: readonly ScoredClass[] = [];
  const name = fileName(known.file.path);
  const network = await compareMethods(
    {
      ...{ methods, files: [input], targets: [target].flat().map(String) },
      lookOf: () => ({ pixels: known.pixels, bands, names: channelNames(known) }),
      against: against === undefined ? undefined : String(against),
      onStep(_, method) {
        at = method;
        report(0, 0);
      },
      onNote: (note) => notes.add(note),
      reasonOf: ({ message }) => message,
      onExplained(m, explained) {
        top = explained.top;
        const result = results[m];
        if (result !== undefined) result.explanations = withFigures(explained).explanations;
      },
      onRefused(m, error) {
        const result = results[m];
        if (result !== undefined) result.refusal = error;
      },
    },
    {
      ...{ name, network: known },
      options: { ...chosen, ...session, onProgress: report },
      labelsFor: (classes) => labelsOf(labels, classes, known),
    },
  );
  at = methods.length;
  report(0, 0);
  const { methods: described } = await import("@onnx-lrp/core");
  const baseline = options.baseline ?? "mean";
  const comparison: Comparison = {
    title: comparisonTitle([name], inMemory ? [] : [input.path]),
    caption: comparisonCaption(
      {
        ...{ against, samples: options.samples, seed: options.seed ?? 0 },
        baseline: typeof baseline === "string" ? baseline : "as given",
      },
      [{ name, network: known }],
    ),
    methods: methods.map((one) => ({ name: one.name, summary: described[one.method].summary })),
    networks: [network],
  };
  const titled = ({ title }: ComparisonLook) => (title === undefined ? comparison : { ...comparison, title });
  const png = async (look: ComparisonLook = {}) =>
    (await import("@onnx-lrp/report")).renderComparison(titled(look), look);
  const page = async (look: ComparisonLook = {}) =>
    (await import("@onnx-lrp/report")).renderComparisonPage(titled(look), look);
  return {
    ...{ top, methods: results, notes: [...notes], png, page },
    savePng: async (path, look) => save(path, await png(look)),
    savePage: async (path, look) => save(path, new TextEncoder().encode(await page(look))),
  };
}
