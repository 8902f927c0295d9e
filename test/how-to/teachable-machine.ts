// packages/pictures/src/self-description/files/teachable-machine.ts
import { labelsOfList } from "../../packages/pictures/src/labels/label-table.ts";
import { preprocessPresets } from "../../packages/pictures/src/preprocessing/preprocess-spec.ts";
import { jsonObject } from "../../packages/pictures/src/self-description/json.ts";
import type { FileReader } from "../../packages/pictures/src/self-description/reader.ts";

/** Teachable Machine's metadata.json: the names of the classes. Its networks take numbers from -1 to 1. */
export const teachableMachine: FileReader = {
  kind: "file",
  files: ["metadata.json"],
  read(file) {
    const json = jsonObject(file);
    if (json === undefined || !("tmVersion" in json)) return undefined;
    const labels = Array.isArray(json.labels) ? labelsOfList(json.labels) : undefined;
    return { preprocess: { ...preprocessPresets.tf, cropRatio: 1 }, labels };
  },
};
