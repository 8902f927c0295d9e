/** A run of onnxruntime, whose failures become sentences. */
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { runSession as runIn } from "@onnx-lrp/onnx-loader/internal";
import type { InferenceSession } from "onnxruntime-common";

/** @param what the beginning of the sentence @throws UserError `run` for what onnxruntime reports */
export async function runSession(
  session: InferenceSession,
  feeds: InferenceSession.OnnxValueMapType,
  wanted: readonly string[],
  what = "onnxruntime failed",
): Promise<InferenceSession.OnnxValueMapType> {
  return runIn(session, feeds, wanted, { kind: "run", what });
}

/**
 * One picture's class scores out of those of several.
 *
 * @throws UserError `scores` where they are not finite
 */
export function logitsOf(scores: Float32Array, picture: number, classes: number): Float32Array {
  const logits = scores.slice(picture * classes, (picture + 1) * classes);
  if (logits.every(Number.isFinite)) return logits;
  throw new UserError(
    "scores",
    "The network's class scores are not finite numbers (NaN or infinity) for this picture.",
    { remedies: [textRemedy("check its preprocessing and the network's weights")] },
  );
}
