/**
 * Brings a model into the form that the relevance graph is built from: one opset for all nodes, symbolic sizes fixed,
 * constants at hand, batch normalization folded into the layer before it. Its outputs stay the same.
 */
import {
  foldToFixpoint,
  inferShapes,
  type Model,
  type PassResult,
  raiseOpset,
  type SessionFactory,
  textRemedy,
  UserError,
} from "@onnx-lrp/onnx-loader";
import {
  affineMatrices,
  capitalize,
  checkAttributes,
  checkOutputNames,
  checkValueSizes,
  decomposeFusedOps,
  dequantize,
  describeNode,
  explicitPads,
  foldAffine,
  foldDenseBias,
  freezeInitializers,
  guardDivision,
  inlineFunctions,
  joinLayerNormalization,
  lowerOpset,
  makeBatchDynamic,
  nameBatchDimension,
  nodeSubject,
  runtimeMessage,
  type Shapes,
  setInputShape,
  splitShapedOps,
  toFloat32,
} from "@onnx-lrp/onnx-loader/internal";
import { bakeFeeds, refuseUnfed } from "./input-port/feeds.ts";
import { findInputPort } from "./input-port/find.ts";
import {
  type DeclaredInputPort,
  type InputOptions,
  type InputPort,
  sizedInputPort,
} from "./input-port/input-port.ts";
import type { MethodName } from "./names.ts";
import { registeredDomains } from "./operators/registered.ts";
import { type Detector, detectorView, findDetector } from "./output-port/detector.ts";
import { findOutputPort, type OutputOptions } from "./output-port/find.ts";
import { inputShapeOf } from "./output-port/form.ts";
import type { OutputPort } from "./output-port/output-port.ts";
import { type ScoreValue, takeOffPostprocessing } from "./output-port/postprocessing.ts";
import { type FedValues, fedValues } from "./relevance-graph/other-inputs.ts";
import { guessPixelRange, type PixelRange } from "./relevance-graph/pixel-range.ts";

export interface CanonicalModel {
  readonly model: Model;
  readonly shapes: Shapes;
  readonly image: InputPort;
  /** The values that the file's outputs were made from. */
  readonly scores: readonly ScoreValue[];
  /** Where the scores and boxes of a detector are. */
  readonly detector: Detector | undefined;
  /** Whether the rounding of a quantized network was taken out, so that its outputs are only near the original's. */
  readonly dequantized: boolean;
  /** What was changed, one sentence each, for `inspect`. */
  readonly notes: readonly string[];
  /** Values that depend on other inputs, which were given a value. */
  readonly fed: FedValues;
}

/** Domains whose operations onnxruntime knows; of others it says only that it does not. */
const knownDomains = new Set([
  "",
  "com.microsoft",
  "ai.onnx.ml",
  "com.microsoft.nchwc",
  "com.ms.internal.nhwc",
]);

function checkDomains(model: Model): void {
  const added = registeredDomains();
  const node = model.graph.nodes.find(({ domain }) => !knownDomains.has(domain) && !added.has(domain));
  if (node !== undefined) {
    throw new UserError(
      "unsupported",
      `${capitalize(describeNode(node))} is an operation that neither onnxruntime nor onnx-lrp knows.`,
      {
        subject: nodeSubject(node),
        remedies: [
          textRemedy("export the network without it"),
          textRemedy("export it with operations of ONNX in its place"),
        ],
      },
    );
  }
}

/**
 * The input that gets explained, and which numbers it seems to take for a pixel; quick, for nothing is run.
 *
 * @throws UserError as `findInputPort` does
 */
export function findModelInput(
  model: Model,
  { input, layout, feeds = {} }: Omit<InputOptions, "size"> = {},
): { readonly picture: DeclaredInputPort; readonly range: PixelRange | undefined } {
  const plain = [inlineFunctions, freezeInitializers, nameBatchDimension, toFloat32].reduce(
    (now, pass) => pass(now).model,
    model,
  );
  const picture = findInputPort(plain, { input, layout, fed: new Set(Object.keys(feeds)) });
  return { picture, range: guessPixelRange(plain.graph, picture) };
}

/** @throws UserError as `findOutputPort` does */
export function outputPortOf(
  { model: { graph }, shapes, image, scores, detector }: CanonicalModel,
  options: OutputOptions,
): OutputPort {
  const batch = image.dims[0] ?? 1;
  return findOutputPort({ graph, shapes, batch, input: inputShapeOf(image), scores, detector }, options);
}

export interface CanonicalizeOptions extends InputOptions {
  /** The output with the scores, or an inner value that becomes the only output. */
  readonly output?: string | undefined;
  /** Inputs of every run, where the model takes any number; left out, it stays so. */
  readonly pictures?: number | undefined;
  /** The network is to see another number of inputs than its file may fix: `pictures`, or any where that is left out. */
  readonly anyBatch?: boolean | undefined;
  /** Whether batch normalization and the like are folded into the layer before; default true. */
  readonly fold?: boolean | undefined;
  /** Whether inputs without a value stay inputs of the model; default false, which refuses them. */
  readonly openInputs?: boolean | undefined;
}

/** @param pictures that the network takes per run */
function fixedBatchError(pictures: number | string, cause: unknown): UserError {
  return new UserError(
    "unsupported",
    `The network takes ${pictures === 1 ? "1 picture" : `${pictures} pictures`} per run and cannot be made to take more, as ` +
      `is needed for a method that runs it on many samples of a picture together (${runtimeMessage(cause)}).`,
    {
      remedies: [
        textRemedy("export it with a batch dimension of any size"),
        {
          kind: "option",
          option: "method",
          values: ["gradient", "deeplift", "sglrp"] satisfies MethodName[],
          note: "which runs it once per picture",
        },
      ],
      cause,
    },
  );
}

/** Constants at hand, no node that is several operations in one, and layer normalization in one form. */
async function settle(
  model: Model,
  runtime: SessionFactory,
  request: Parameters<typeof foldToFixpoint>[2],
): ReturnType<typeof foldToFixpoint> {
  const settled = await splitAndFold(model, runtime, request);
  const joined = joinLayerNormalization(settled.model, settled.shapes);
  return { ...settled, model: joined.model, changed: [...settled.changed, ...joined.changed] };
}

async function splitAndFold(
  model: Model,
  runtime: SessionFactory,
  request: Parameters<typeof foldToFixpoint>[2],
): ReturnType<typeof foldToFixpoint> {
  const folded = await foldToFixpoint(model, runtime, request);
  const split = splitShapedOps(folded.model, folded.shapes);
  const plain = await affineMatrices(split.model, folded.shapes, runtime);
  if (split.changed.length + plain.changed.length === 0) return folded;
  const again = await foldToFixpoint(plain.model, runtime, request);
  return { ...again, changed: [...folded.changed, ...split.changed, ...plain.changed, ...again.changed] };
}

/** What stands after a linear layer and is linear by channel becomes a part of it. */
function foldIntoLayers(model: Model, shapes: Shapes): PassResult {
  const affine = foldAffine(model, shapes);
  const biases = foldDenseBias(affine.model, shapes);
  return { model: biases.model, changed: [...affine.changed, ...biases.changed] };
}

/** @param runtime a session factory and tensor type of onnxruntime, which infers shapes and folds constants */
export async function canonicalize(
  original: Model,
  runtime: SessionFactory,
  options: CanonicalizeOptions = {},
): Promise<CanonicalModel> {
  const network = await canonicalNetwork(original, runtime, options);
  const { model, shapes, image, scores } = network;
  const view = detectorView(model.graph, shapes, image.dims[0] ?? 1);
  const detector = findDetector(scores, view);
  if (detector === undefined) return { ...network, detector };
  const selected = new Set(scores.flatMap(({ value, selected: from }) => (from ? [value, from.all] : [])));
  const outputs = model.graph.outputs.filter(({ name }) => !selected.has(name));
  const added = selected.size === 0 ? [] : [{ name: detector.boxes.value, type: undefined }];
  const whole: Model = {
    ...model,
    graph: {
      ...model.graph,
      nodes: [...model.graph.nodes, ...view.tape.nodes],
      initializers: new Map([...model.graph.initializers, ...view.tape.initializers]),
      outputs: [...outputs, ...added],
    },
  };
  const batch = typeof image.batch === "string" ? image.batch : undefined;
  return {
    ...network,
    model: whole,
    shapes: view.tape.nodes.length === 0 ? shapes : await inferShapes(whole, runtime, { sizes: {}, batch }),
    detector,
  };
}

async function canonicalNetwork(
  original: Model,
  runtime: SessionFactory,
  options: CanonicalizeOptions,
): Promise<Omit<CanonicalModel, "detector">> {
  const notes: string[] = [];
  let dequantized = false;
  const apply = (model: Model, pass: (model: Model) => PassResult): Model => {
    const result = pass(model);
    notes.push(...result.changed);
    dequantized ||= result.altered === "dequantized";
    return result.model;
  };
  const whole = apply(original, inlineFunctions);
  const { model: inlined, scores } = takeOffPostprocessing(whole, options.output);
  checkDomains(inlined);
  checkAttributes(inlined.graph);
  checkOutputNames(inlined.graph);
  const unfed = [
    freezeInitializers,
    raiseOpset,
    decomposeFusedOps,
    nameBatchDimension,
    dequantize,
    toFloat32,
    guardDivision,
  ].reduce(apply, inlined);
  const { feeds = {} } = options;
  const found = findInputPort(unfed, { ...options, fed: new Set(Object.keys(feeds)) });
  const plain = apply(unfed, (model) => bakeFeeds(model, feeds, found.name));
  if (options.openInputs !== true) refuseUnfed(plain, found.name, feeds);
  const fed = fedValues(unfed.graph, Object.keys(feeds));
  const pictures = typeof found.batch === "string" ? (options.pictures ?? found.batch) : found.batch;
  const image = sizedInputPort({ ...found, batch: pictures }, options.size);
  const { name, missingAxes } = image;
  const dims = image.dims.map((size) => (typeof size === "number" ? size : image.batch));
  const shaped = apply(plain, (model) => setInputShape(model, { name, dims, missing: missingAxes }));
  const batch = typeof image.batch === "string" ? image.batch : undefined;
  const settled = await settle(shaped, runtime, { sizes: {}, batch });
  checkValueSizes(settled.model.graph, settled.shapes);
  if (options.anyBatch && batch === undefined && typeof found.batch === "number") {
    const wanted = options.pictures ?? "N";
    const freed = makeBatchDynamic(settled.model, settled.shapes, { name, batch: wanted });
    if (freed.changed.length > 0) {
      const again = await canonicalNetwork(freed.model, runtime, {
        ...options,
        ...{ anyBatch: false, feeds: {}, input: name, layout: image.axes.join(""), output: undefined },
      }).catch((cause: unknown) => {
        throw fixedBatchError(found.batch, cause);
      });
      return {
        ...again,
        ...{ scores, dequantized, fed },
        notes: [...notes, ...settled.changed, ...freed.changed, ...again.notes],
      };
    }
  }
  const folded =
    options.fold === false
      ? { model: settled.model, changed: [] }
      : foldIntoLayers(settled.model, settled.shapes);
  const shapes =
    folded.changed.length === 0
      ? settled.shapes
      : await inferShapes(folded.model, runtime, { sizes: {}, batch });
  const padded = explicitPads(folded.model, shapes);
  const lowered = lowerOpset(padded.model);
  return {
    model: lowered.model,
    shapes,
    image,
    ...{ scores, dequantized, fed },
    notes: [...notes, ...settled.changed, ...folded.changed, ...padded.changed, ...lowered.changed],
  };
}
