import type { PictureSize } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { labelsOfList } from "../../labels/label-table.ts";
import { type Preprocess, preprocessPresets } from "../../preprocessing/preprocess-spec.ts";
import type { Task } from "../description.ts";
import type { ModelReader } from "../reader.ts";

const prefix = "model_info ";

/**
 * What OpenVINO's Model API reads and its training extensions write: properties `model_info labels`, `model_info mean_values` and
 * so on. Mean and scale are those of bytes; blanks in names of classes have become underscores.
 *
 * `reverse_input_channels` is said of pictures in BGR by some exporters and of RGB by others, so that it tells nothing of the
 * network: it is taken to be trained on RGB, unless `color_space` says otherwise, or the means are ImageNet's from blue to red.
 */
export const openvino: ModelReader = {
  kind: "model",
  name: "OpenVINO's model_info",
  read({ metadata }) {
    const properties = new Map(
      Object.entries(metadata)
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length), value.trim()]),
    );
    if (properties.size === 0) return undefined;
    const labels = properties.get("labels")?.split(/\s+/).filter(Boolean) ?? [];
    return {
      preprocess: preprocessOf(properties),
      labels:
        labels.length === 0 ? undefined : labelsOfList(labels.map((label) => label.replaceAll("_", " "))),
      size: sizeOf(properties),
      task: taskOf(properties.get("task_type") ?? properties.get("model_type")),
    };
  },
};

type Properties = ReadonlyMap<string, string>;

function preprocessOf(properties: Properties): Preprocess | undefined {
  const fit = fitOf(properties);
  if (isTrue(properties.get("embedded_processing")))
    return { ...preprocessPresets.none, ...fit, name: "openvino" };
  if (!properties.has("mean_values") && !properties.has("scale_values")) return undefined;
  const mean = numbersIn(properties, "mean_values", 0);
  const std = numbersIn(properties, "scale_values", 1);
  if (std.includes(0))
    throw new UserError("model", 'The property "model_info scale_values" of the model is 0.');
  return { ...preprocessPresets.none, ...fit, name: "openvino", mean, std, order: orderOf(properties, mean) };
}

function numbersIn(properties: Properties, name: string, otherwise: number): readonly number[] {
  const words = (properties.get(name) ?? "").split(/[\s,]+/).filter(Boolean);
  const numbers = words.map(Number);
  if (numbers.length === 0) return [otherwise];
  if ([1, 3, 4].includes(numbers.length) && numbers.every(Number.isFinite)) return numbers;
  throw new UserError(
    "model",
    `The property "model_info ${name}" of the model must be one, three or four numbers.`,
  );
}

function orderOf(properties: Properties, [first = 0, , third = 0]: readonly number[]): Preprocess["order"] {
  const said = properties.get("color_space")?.toLowerCase();
  if (said === "rgb" || said === "bgr") return said;
  // Photographs are redder than blue.
  return Math.abs(first - 103.5) < 1 && Math.abs(third - 123.7) < 1 ? "bgr" : "rgb";
}

function fitOf(properties: Properties): Pick<Preprocess, "fit" | "cropRatio" | "padValue"> {
  switch (properties.get("resize_type")) {
    case "crop":
      return { fit: "crop", cropRatio: 1 };
    case "fit_to_window":
    case "fit_to_window_letterbox": {
      const value = Number(properties.get("pad_value") ?? 0);
      return { fit: "pad", padValue: value >= 0 && value <= 255 ? value : 0 };
    }
    default:
      return { fit: "squash" };
  }
}

function sizeOf(properties: Properties): PictureSize | undefined {
  const [height = 0, width = 0] = ["orig_height", "orig_width"].map((name) => Number(properties.get(name)));
  const fits = [height, width].every((side) => Number.isInteger(side) && side > 0 && side <= 2 ** 14);
  return fits ? { height, width } : undefined;
}

function taskOf(type: string | undefined): Task | undefined {
  const word = type?.toLowerCase();
  if (word?.includes("classification")) return "classify";
  if (word?.includes("detection")) return "detect";
  return word?.includes("segmentation") ? "segment" : undefined;
}

function isTrue(text: string | undefined): boolean {
  return ["true", "yes", "1"].includes(text?.toLowerCase() ?? "");
}
