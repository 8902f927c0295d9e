import { z } from "zod/mini";
import { preprocessPresets } from "../../preprocessing/preprocess-spec.ts";
import type { Task } from "../description.ts";
import { checked, jsonObject, maybe } from "../json.ts";
import type { FileReader } from "../reader.ts";

const manifest = z.object({ DomainType: maybe(z.string()) });

const tasks: Readonly<Record<string, Task>> = { Classification: "classify", ObjectDetection: "detect" };

/**
 * The manifest of Azure Custom Vision's exports, beside which labels.txt has the names. Its own sample stretches the picture to the
 * input and divides by 255; models that take other numbers say so in their metadata.
 */
export const customVision: FileReader = {
  kind: "file",
  files: ["cvexport.manifest"],
  read(file) {
    const json = jsonObject(file);
    if (json === undefined || !("DomainType" in json || "ExporterVersion" in json)) return undefined;
    const { DomainType: type } = checked(manifest, json, file.path);
    return {
      preprocess: { ...preprocessPresets.unit, name: "custom-vision", fit: "squash" },
      task: type != null && Object.hasOwn(tasks, type) ? tasks[type] : undefined,
    };
  },
};
