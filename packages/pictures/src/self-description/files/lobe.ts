import { z } from "zod/mini";
import { labelsOfList } from "../../labels/label-table.ts";
import { preprocessPresets } from "../../preprocessing/preprocess-spec.ts";
import { checked, jsonObject, maybe, side } from "../json.ts";
import type { FileReader } from "../reader.ts";

const signature = z.object({
  inputs: maybe(z.object({ Image: z.object({ shape: maybe(z.array(maybe(side))) }) })),
  classes: z.object({ Label: z.array(z.string()) }),
});

/** Lobe's exports: RGB over 255 of the picture's centre, channels last. */
export const lobe: FileReader = {
  kind: "file",
  files: ["signature.json"],
  read(file) {
    const json = jsonObject(file);
    if (json === undefined || !("classes" in json && "inputs" in json)) return undefined;
    const { inputs, classes } = checked(signature, json, file.path);
    const [, height, width] = inputs?.Image.shape ?? [];
    return {
      preprocess: { ...preprocessPresets.unit, name: "lobe", cropRatio: 1 },
      labels: labelsOfList(classes.Label),
      size: height == null || width == null ? undefined : { height, width },
      task: "classify",
    };
  },
};
