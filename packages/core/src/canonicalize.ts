/**
 * Brings a model into the form that the relevance graph is built from: one opset for all nodes, symbolic sizes fixed,
 * constants at hand, batch normalization folded into the layer before it. Its outputs stay the same.
 */
import {
  describeNode,
  dropFakeQuantization,
  foldBatchNormalization,
  foldConstants,
  freezeInitializers,
  inferShapes,
  type Model,
  nameBatch,
  type PassResult,
  raiseOpset,
  type SessionFactory,
  type Shapes,
  UserError,
  widenHalfFloats,
} from "@onnx-lrp/onnx-loader";
import { findImage, type ImageInput } from "./relevance-graph/image.ts";

export interface CanonicalModel {
  readonly model: Model;
  readonly shapes: Shapes;
  readonly image: ImageInput;
  /** What was changed, one sentence each, for `inspect`. */
  readonly notes: readonly string[];
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
  const node = model.graph.nodes.find(({ domain }) => !knownDomains.has(domain));
  if (node !== undefined) {
    throw new UserError(
      "unsupported",
      `${describeNode(node)} is an operation that neither onnxruntime nor onnx-lrp knows. Ways out: export the network ` +
        "without it, or with operations of ONNX in its place.",
    );
  }
}

/** The input that takes the picture, as it will be once the model is canonical; quick, for nothing is run. */
export function findPictureInput(model: Model, wanted?: string): ImageInput {
  const plain = [freezeInitializers, nameBatch, widenHalfFloats].reduce(
    (now, pass) => pass(now).model,
    model,
  );
  return findImage(plain, wanted);
}

/** @param runtime a session factory and tensor type of onnxruntime, which infers shapes and folds constants */
export async function canonicalize(
  original: Model,
  runtime: SessionFactory,
  options: { input?: string | undefined } = {},
): Promise<CanonicalModel> {
  if (original.functions.length > 0) {
    throw new UserError(
      "unsupported",
      "The model defines functions of its own, which onnx-lrp does not inline yet. Inline them first (onnx.inliner.inline_local_functions in Python).",
    );
  }
  const notes: string[] = [];
  const apply = (model: Model, pass: (model: Model) => PassResult): Model => {
    const result = pass(model);
    notes.push(...result.changed);
    return result.model;
  };
  checkDomains(original);
  const plain = [freezeInitializers, raiseOpset, nameBatch, widenHalfFloats, dropFakeQuantization].reduce(
    apply,
    original,
  );
  const image = findImage(plain, options.input);
  const batch = typeof image.batch === "string" ? image.batch : undefined;
  const first = await inferShapes(plain, runtime, { sizes: {}, batch });
  const constants = await foldConstants(plain, first, runtime);
  const folded = foldBatchNormalization(constants.model, first);
  const shapes =
    folded.changed.length === 0 ? first : await inferShapes(folded.model, runtime, { sizes: {}, batch });
  return {
    model: folded.model,
    shapes,
    image,
    notes: [...notes, ...constants.changed, ...folded.changed],
  };
}
