/**
 * A network as perturbation methods and measures see it: pictures in, class scores out. No operation of it needs a rule.
 */
import { type Model, readModel } from "@onnx-lrp/onnx-loader";
import { removeUnused } from "@onnx-lrp/onnx-loader/internal";
import type { InferenceSession } from "onnxruntime-common";
import { canonicalize, outputPortOf } from "../canonicalize.ts";
import { placeCount } from "../grid/grid.ts";
import type { InputOptions, InputPort } from "../input-port/input-port.ts";
import type { OutputOptions } from "../output-port/find.ts";
import { elementsOf, type OutputPort, scoreLayout } from "../output-port/output-port.ts";
import { findLayer, type SpatialLayer, spatialLayers } from "../relevance-graph/layers.ts";
import { pictureElements, pictureSizes } from "../relevance-graph/picture-sizes.ts";
import { pictureTensor } from "./picture-tensor.ts";
import { checkPicture } from "./pictures.ts";
import { type Scores, scoresOf } from "./probabilities.ts";
import { logitsOf, runSession } from "./run-session.ts";
import { type OpenSession, type Runtime, sessionOpener } from "./runtime.ts";

/** A network as something that turns pictures into scores, open until it is released. */
export interface Scorer {
  readonly image: InputPort;
  readonly head: OutputPort;
  /** Pictures that go through the network together. */
  readonly batchSize: number;
  /**
   * @param pictures each in the input's shape without the batch, row-major, as the network takes it; any number of them
   * @throws UserError `scores` for scores that are not finite, `run` for what onnxruntime reports
   */
  score(pictures: readonly Float32Array[]): Promise<Scores[]>;
  /** The layer that was asked for, and what it says of a picture: [channels, depth, height, width], row-major. */
  readonly layer?: SpatialLayer;
  activations?(picture: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Which input and output of the network, and how many pictures at a time. */
export interface ScorerOptions extends InputOptions, OutputOptions {
  /** Pictures that go through the network together, where its batch size is not fixed; default 8. */
  readonly batchSize?: number | undefined;
  /** Have a layer's activations too: a node's name, or `last` for the last layer with height and width. */
  readonly layer?: { readonly name: string } | "last" | undefined;
  /** Default: a session of the given runtime with its own options. */
  readonly openSession?: OpenSession | undefined;
}

/** @param model a model, or the bytes of an .onnx file */
export async function openScorer(
  runtime: Runtime,
  model: Model | Uint8Array,
  options: ScorerOptions = {},
): Promise<Scorer> {
  const network = model instanceof Uint8Array ? readModel(model) : model;
  const { input, layout, size, feeds, output } = options;
  const canonical = await canonicalize(network, runtime, { input, layout, size, feeds, output });
  const { model: plain, image, shapes } = canonical;
  const head = outputPortOf(canonical, options);
  const layer =
    options.layer === undefined
      ? undefined
      : findLayer(
          spatialLayers(plain.graph, shapes, image, head.logits),
          options.layer === "last" ? undefined : options.layer.name,
          image,
        );
  const wanted = [...new Set([...scoreValues(head), ...(layer === undefined ? [] : [layer.value])])];
  const outputs = wanted.map((name) => ({ name, type: undefined }));
  const whole: Model = { ...plain, graph: removeUnused({ ...plain.graph, outputs }) };
  const session = await sessionOpener(runtime, options.openSession)(whole);
  const activationsOf = (at: SpatialLayer) => async (picture: Float32Array) => {
    const [values = new Float32Array()] = await run(session, feedsOf(runtime, image, [picture]), [at.value]);
    return channelsFirst(at, values);
  };
  const batchSize = typeof image.batch === "number" ? image.batch : (options.batchSize ?? 8);
  return {
    image,
    head,
    batchSize,
    ...(layer === undefined ? {} : { layer, activations: activationsOf(layer) }),
    release: () => session.release(),
    async score(pictures) {
      const results: Scores[] = [];
      for (let start = 0; start < pictures.length; start += batchSize) {
        const group = pictures.slice(start, start + batchSize);
        results.push(...(await scoreGroup(runtime, session, { image, head }, group)));
      }
      return results;
    },
  };
}

/** A layer's value for the first picture, as [channels, ...places]. */
function channelsFirst({ tokens, channels, ...places }: SpatialLayer, values: Float32Array): Float32Array {
  const count = placeCount(places);
  if (tokens === undefined) return values.slice(0, channels * count);
  // Tokens stand in the order of the grid, their channels last; others may come before them.
  const step = tokens.batch === 0 ? channels : values.length / (tokens.before + count);
  return Float32Array.from(
    { length: channels * count },
    (_, i) => values[(tokens.before + (i % count)) * step + Math.floor(i / count)] ?? 0,
  );
}

async function scoreGroup(
  runtime: Runtime,
  session: InferenceSession,
  { image, head }: Pick<Scorer, "image" | "head">,
  group: readonly Float32Array[],
): Promise<Scores[]> {
  const feeds = feedsOf(runtime, image, group);
  const values = scoreValues(head);
  const read = new Map<string, Float32Array>();
  for (const [i, data] of (await run(session, feeds, values)).entries()) read.set(values[i] ?? "", data);
  const own = head.own === undefined ? undefined : read.get(head.own);
  const boxes = head.boxes && read.get(head.boxes.value);
  const numbers = elementsOf(head);
  const coordinates = 4 * scoreLayout(head).places;
  return group.map((_, i) => {
    const logits = logitsOf(read.get(head.logits) ?? new Float32Array(), i, numbers);
    const scores = scoresOf(head, logits, own?.subarray(i * numbers, (i + 1) * numbers));
    return boxes === undefined
      ? scores
      : { ...scores, boxes: boxes.slice(i * coordinates, (i + 1) * coordinates) };
  });
}

/** The logits, the network's own probabilities where they are others, and a detector's boxes. */
function scoreValues({ logits, own, boxes }: OutputPort): string[] {
  return [logits, ...(own === undefined ? [] : [own]), ...(boxes === undefined ? [] : [boxes.value])];
}

function feedsOf(runtime: Runtime, image: InputPort, group: readonly Float32Array[]) {
  const elements = pictureElements(image);
  // A fixed batch is filled up; what its last places hold is not looked at.
  const count = typeof image.batch === "number" ? image.batch : group.length;
  const data = new Float32Array(count * elements);
  for (const [i, picture] of group.entries()) {
    checkPicture(image, picture);
    data.set(picture, i * elements);
  }
  return { [image.name]: pictureTensor(runtime, image.type, data, [count, ...pictureSizes(image)]) };
}

async function run(
  session: InferenceSession,
  feeds: Parameters<InferenceSession["run"]>[0],
  wanted: readonly string[],
): Promise<Float32Array[]> {
  const outputs = await runSession(session, feeds, wanted);
  return wanted.map((name) => outputs[name]?.data as Float32Array);
}
