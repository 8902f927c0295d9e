import { z } from "zod/mini";
import { labelsByIndex } from "../../labels/label-table.ts";
import type { Task } from "../description.ts";
import { checked, jsonObject, maybe } from "../json.ts";
import type { FileReader } from "../reader.ts";

const config = z.object({
  id2label: maybe(z.record(z.string(), z.string())),
  architectures: maybe(z.array(z.string())),
});

const tasks: readonly (readonly [ending: string, task: Task])[] = [
  ["ForImageClassification", "classify"],
  ["ForObjectDetection", "detect"],
  ["ForSemanticSegmentation", "segment"],
  ["ForImageSegmentation", "segment"],
];

/** The config.json of Hugging Face's transformers: the names of the classes. */
export const huggingFaceConfig: FileReader = {
  kind: "file",
  files: ["config.json"],
  read(file) {
    const json = jsonObject(file);
    if (json === undefined || !("id2label" in json || "architectures" in json)) return undefined;
    const { id2label, architectures } = checked(config, json, file.path);
    return {
      labels: id2label == null ? undefined : namesIn(id2label),
      task: tasks.find(([ending]) => architectures?.[0]?.endsWith(ending))?.[1],
    };
  },
};

/** Left to itself, transformers calls the classes LABEL_0, LABEL_1, ... */
function namesIn(id2label: Readonly<Record<string, string>>): string[] | undefined {
  const labels = labelsByIndex(Object.entries(id2label));
  return labels?.every((label, index) => label === `LABEL_${index}`) ? undefined : labels;
}
