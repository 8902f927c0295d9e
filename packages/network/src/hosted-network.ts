/** A network on some platform: inputs in, explanations as plain data out. */
/// <reference lib="esnext.disposable" preserve="true" />
import type { ExplainerOptions, InspectedExplanation } from "@onnx-lrp/core";
import type { OpenSession } from "@onnx-lrp/core/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Source } from "@onnx-lrp/pictures";
import { channelNames } from "./channel-names.ts";
import { closedError } from "./closed-error.ts";
import { type ExplainedInput, explainedInput } from "./explained.ts";
import { createExplainerCache } from "./explainer-cache.ts";
import { type Explainers, openExplainers } from "./explainers.ts";
import type { Provenance } from "./figure-words.ts";
import { fileName } from "./file-name.ts";
import { inGroups } from "./in-groups.ts";
import { hasFixedSize } from "./input-size.ts";
import type { KnownNetwork } from "./known-network.ts";
import { type LabelSource, labelsOf } from "./labels.ts";
import { methodSettingsOf } from "./method-setting-names.ts";
import { explainerOptions, type MethodSettings } from "./method-settings.ts";
import type { ExplainOptions, Progress } from "./options.ts";
import { type InputSource, inputSourceOf, type PictureSource } from "./picture-source.ts";
import type { NamedModel } from "./platform.ts";
import { readInput } from "./read-input.ts";
import { answersOf, classFinder, readQuestions } from "./targets.ts";
import { breath, createTurns } from "./turns.ts";

/** A network that is open until it is closed. Calls take turns. */
export interface HostedNetwork {
  /**
   * Explains one input.
   *
   * @throws UserError `usage` for options that cannot be meant, `unsupported` where the method does not cover the network,
   * `input` for a picture that cannot be used, `scores` for scores or maps that are not finite, `run` for what onnxruntime
   * reports; and the signal's reason
   */
  explain(picture: PictureSource, options?: ExplainOptions): Promise<ExplainedInput>;
  /**
   * Explains many inputs, one result after another in their order. No more than a batch of them is held in memory.
   *
   * @throws UserError as `explain`
   */
  explainEach(
    pictures: Iterable<PictureSource> | AsyncIterable<PictureSource>,
    options?: ExplainOptions,
  ): AsyncGenerator<ExplainedInput, void, undefined>;
  /**
   * Whether and how a method explains the network: its relevance graph, and what blocks it.
   *
   * @throws UserError `unsupported` for a network without an input or class scores that could be explained
   */
  inspect(options?: MethodSettings): Promise<InspectedExplanation>;
  /** What the host itself does with a method on the network when its turn has come, such as writing the explanation model. */
  withMethod<T>(settings: MethodSettings, task: (options: ExplainerOptions) => Promise<T>): Promise<T>;
  /** Frees the sessions of onnxruntime; later calls fail. */
  close(): Promise<void>;
}

/** How a platform runs a network. */
export interface Hosting {
  readonly labels: LabelSource | undefined;
  /** Knows where the network's weights lie. */
  readonly openSession: OpenSession;
}

/** A network on the platform that it is known on. */
export function hostNetwork(known: KnownNetwork, { labels, openSession }: Hosting): HostedNetwork {
  const { file, platform } = known;
  const cache = createExplainerCache();
  const turns = createTurns();
  let closed = false;
  /** Of the call that is having its turn. */
  let onPasses: (done: number, total: number) => void = () => {};

  const inTurn = <T>(task: () => Promise<T>): Promise<T> =>
    turns(() => {
      if (closed) throw closedError(file.path);
      return task();
    });

  async function open(options: ExplainOptions, inputs: readonly InputSource[]): Promise<Explainers> {
    const { against, batchSize } = options;
    const settings = methodSettingsOf(options);
    const contrast = against !== undefined;
    return cache.get({ ...settings, batchSize, contrast }, async () => {
      const chosen = { ...(await explainerOptions(settings, known)), openSession };
      return openExplainers(
        known,
        { ...chosen, batchSize, contrast, onProgress: (done, total) => onPasses(done, total) },
        inputs,
      );
    });
  }

  /** Explains inputs that go through the network together. */
  async function explainGroup(
    sources: readonly PictureSource[],
    options: ExplainOptions,
    done: number,
  ): Promise<ExplainedInput[]> {
    const { signal, onProgress } = options;
    const report = (progress: Progress) => {
      signal?.throwIfAborted();
      onProgress?.(progress);
    };
    signal?.throwIfAborted();
    onPasses = (passes, totalPasses) => report({ inputs: done, passes, totalPasses });
    const inputs = await Promise.all(sources.map((source) => inputSourceOf(source)));
    const [first] = inputs;
    if (first === undefined) return [];
    const explainers = await open(options, inputs);
    const { explainer, spec } = await explainers.for(first);
    const { classes } = explainer.head;
    const named = await labelsOf(labels, classes, known);
    const names = named?.value ?? answersOf(explainer.head);
    const { askQuestions } = await import("@onnx-lrp/core/internal");
    const find = await classFinder(names, classes);
    const { target, against } = options;
    const questions = await readQuestions(
      platform,
      {
        targets: target === undefined ? undefined : (Array.isArray(target) ? target : [target]).map(String),
        against: against === undefined ? undefined : String(against),
      },
      explainer,
      find,
    );
    const look = { pixels: known.pixels, bands: options.bands, names: channelNames(known) };
    const items = [];
    for (const input of inputs) items.push(await readInput(platform, input, spec, explainer.image, look));
    const asked = [];
    for (const { data } of items) {
      signal?.throwIfAborted();
      asked.push(await askQuestions(explainer, data, questions));
    }
    signal?.throwIfAborted();
    const rivals = asked.flatMap(({ against: rival }) => (rival === undefined ? [] : [rival]));
    const data = items.map((item) => item.data);
    const wanted = asked.map(({ targets }) => targets.map((one) => one.target));
    const together = (from: number, to: number) =>
      explainer.explain(
        data.slice(from, to),
        wanted.slice(from, to),
        against === undefined ? undefined : rivals.slice(from, to),
      );
    // Pictures in which different numbers of boxes are found go one by one.
    const even = wanted.every(({ length }) => length === wanted[0]?.length);
    const results = even ? await together(0, data.length) : [];
    if (!even) for (const i of data.keys()) results.push(...(await together(i, i + 1)));
    const made: ExplainedInput[] = [];
    for (const [i, result] of results.entries()) {
      const [item, input, questioned] = [items[i], inputs[i], asked[i]];
      if (item === undefined || input === undefined || questioned === undefined) continue;
      const { view, notes } = item;
      const title = titleFor(input, file);
      made.push(
        await explainedInput({
          ...{ result, explainer, view, notes, labels: names, title },
          ...{ asked: questioned, provenance: { spec, ...sourcesOf(input, known, named?.source) } },
        }),
      );
      report({ inputs: done + i + 1, passes: 0, totalPasses: 0 });
    }
    return made;
  }

  async function* explainEach(
    pictures: Iterable<PictureSource> | AsyncIterable<PictureSource>,
    options: ExplainOptions = {},
  ): AsyncGenerator<ExplainedInput, void, undefined> {
    // Inputs of different sizes, or with values of their own for other inputs, do not go through the network together.
    const { batchSize = 1 } = options;
    const alike = (known.size !== undefined || hasFixedSize(known.picture)) && known.unfed.length === 0;
    const size = alike ? batchSize : 1;
    let done = 0;
    for await (const group of inGroups(pictures, size)) {
      yield* await inTurn(() => explainGroup(group, options, done));
      done += group.length;
      await breath();
    }
  }

  async function explain(picture: PictureSource, options: ExplainOptions = {}): Promise<ExplainedInput> {
    const [result] = await inTurn(() => explainGroup([picture], options, 0));
    if (result === undefined) throw new UserError("run", "No result came back.");
    return result;
  }

  async function close(): Promise<void> {
    await turns(async () => {
      closed = true;
      await cache.release();
    });
  }

  async function withMethod<T>(
    settings: MethodSettings,
    task: (options: ExplainerOptions) => Promise<T>,
  ): Promise<T> {
    const chosen = { ...(await explainerOptions(settings, known)), size: sizeAlone(known) };
    return inTurn(() => task(chosen));
  }

  return {
    ...{ explain, explainEach, withMethod, close },
    async inspect(settings = {}) {
      const { inspectExplanation } = await import("@onnx-lrp/core");
      return withMethod(settings, (chosen) => inspectExplanation(file.model, platform.runtime, chosen));
    },
  };
}

function sourcesOf(
  { kind }: InputSource,
  { specSource }: KnownNetwork,
  labelSource: Source | undefined,
): Omit<Provenance, "spec"> {
  const isPicture = kind === "picture" || kind === "encoded" || kind === "pixels";
  return { specSource: isPicture ? specSource : undefined, labelSource };
}

/** The size of inputs where none is at hand. */
function sizeAlone({ size, trainedSize }: KnownNetwork): KnownNetwork["size"] {
  return size ?? trainedSize?.value;
}

function titleFor(input: InputSource, { path }: NamedModel): string {
  const inMemory = input.kind === "encoded" || input.kind === "pixels" || input.kind === "values";
  return inMemory ? fileName(path) : `${fileName(input.path)} · ${fileName(path)}`;
}
