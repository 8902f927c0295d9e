import { UserError } from "@onnx-lrp/onnx-loader/error";
import { labelsOfList } from "../../labels/label-table.ts";
import { parsePreprocess } from "../../preprocessing/preprocess-spec.ts";
import { checkSize } from "../json.ts";
import type { ModelReader } from "../reader.ts";

/** The preprocessing that onnx-lrp's own models carry, in JSON. */
export const ownPreprocess: ModelReader = {
  kind: "model",
  name: "onnx-lrp.preprocess",
  read({ metadata }) {
    const text = metadata["onnx-lrp.preprocess"];
    if (text === undefined) return undefined;
    return { preprocess: parsePreprocess(text, "onnx-lrp.preprocess", "model's property") };
  },
};

/** The names of classes that they carry, as a JSON array. */
export const ownLabels: ModelReader = {
  kind: "model",
  name: "onnx-lrp.labels",
  read({ metadata }) {
    const text = metadata["onnx-lrp.labels"];
    if (text === undefined) return undefined;
    checkSize("onnx-lrp.labels", text);
    const labels = listIn(text);
    if (labels !== undefined) return { labels };
    throw new UserError("model", 'The property "onnx-lrp.labels" of the model is not a JSON array of names.');
  },
};

/** The names of an input's channels or features, as a JSON array. */
export const ownChannels: ModelReader = {
  kind: "model",
  name: "onnx-lrp.channels",
  read({ metadata }) {
    const text = metadata["onnx-lrp.channels"];
    if (text === undefined) return undefined;
    checkSize("onnx-lrp.channels", text);
    const channels = listIn(text);
    if (channels !== undefined) return { channels };
    throw new UserError(
      "model",
      'The property "onnx-lrp.channels" of the model is not a JSON array of names.',
    );
  },
};

function listIn(text: string): string[] | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return Array.isArray(json) ? labelsOfList(json) : undefined;
  } catch {
    return undefined;
  }
}
