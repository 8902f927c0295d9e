/**
 * The quantized network itself, run beside its float equivalent, which is what gets explained: how far apart their
 * probabilities are tells how far the explanation can be believed to be one of the network in the file.
 */
import { type Model, UserError } from "@onnx-lrp/onnx-loader";
import {
  freezeInitializers,
  guardDivision,
  inlineFunctions,
  nameBatchDimension,
} from "@onnx-lrp/onnx-loader/internal";
import { elementsOf, type OutputPort } from "../output-port/output-port.ts";
import type { RelevanceGraph } from "../relevance-graph/build.ts";
import { pictureTensor } from "./picture-tensor.ts";
import { scoresOf } from "./probabilities.ts";
import { runSession } from "./run-session.ts";
import type { OpenSession, Runtime } from "./runtime.ts";

export interface OriginalNetwork {
  /**
   * @param data the pictures, float32, row-major
   * @returns for each picture the class probabilities that the network itself gives
   */
  run(data: Float32Array, pictures: number): Promise<Float64Array[]>;
  release(): Promise<void>;
}

/** @param model as it was read from the file */
export async function openOriginal(
  runtime: Runtime,
  model: Model,
  { image, head }: RelevanceGraph,
  open: OpenSession,
): Promise<OriginalNetwork> {
  const plain = [inlineFunctions, nameBatchDimension, freezeInitializers, guardDivision].reduce(
    (now, pass) => pass(now).model,
    model,
  );
  const session = await open(plain);
  const declared = model.graph.inputs.find(({ name }) => name === image.name)?.type;
  const type = declared?.type === "float32" || declared === undefined ? image.type : declared.type;
  const sizes = image.dims.map(Number).slice(1);
  return {
    release: () => session.release(),
    async run(data, pictures) {
      const shape = [pictures, ...sizes].filter((_, axis) => !image.missingAxes.includes(axis));
      const feeds = { [image.name]: pictureTensor(runtime, type, data, shape) };
      const outputs = await runSession(
        session,
        feeds,
        [head.output],
        "onnxruntime failed on the quantized network",
      );
      const values = outputs[head.output];
      if (values === undefined || !(values.data instanceof Float32Array)) {
        throw new UserError("run", `The output "${head.output}" of the network in the file is not float32.`);
      }
      const { data: scores } = values;
      const numbers = elementsOf(head);
      return Array.from({ length: pictures }, (_, n) =>
        asProbabilities(head, scores.slice(n * numbers, (n + 1) * numbers)),
      );
    },
  };
}

/** What the network's own output says, which comes after the head's last operation. */
function asProbabilities(head: OutputPort, scores: Float32Array): Float64Array {
  switch (head.kindSource.by === "graph" ? head.kind : "none") {
    case "softmax":
    case "sigmoid":
      return scoresOf(head, scores, scores).probabilities;
    case "log-softmax":
      return Float64Array.from(scores, Math.exp);
    default:
      return scoresOf(head, scores).probabilities;
  }
}
