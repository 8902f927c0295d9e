import { UserError } from "@onnx-lrp/onnx-loader/error";
import { z } from "zod/mini";
import { imagenetClasses } from "../../labels/imagenet.ts";
import { labelsOfList } from "../../labels/label-table.ts";
import {
  defaultCropRatio,
  type Interpolation,
  type Preprocess,
} from "../../preprocessing/preprocess-spec.ts";
import { checked, finite, jsonObject, maybe, perChannel, side } from "../json.ts";
import type { FileReader } from "../reader.ts";

const data = {
  mean: maybe(perChannel),
  std: maybe(perChannel),
  input_size: maybe(z.tuple([side, side, side])),
  crop_pct: maybe(finite.check(z.gt(0.1), z.lte(1))),
  crop_mode: maybe(z.string()),
  interpolation: maybe(z.string()),
  label_names: maybe(z.array(z.string())),
};

const config = z.object({ ...data, architecture: maybe(z.string()), pretrained_cfg: maybe(z.object(data)) });

const filters: readonly Interpolation[] = ["bilinear", "bicubic", "lanczos"];

/** timm's config.json: `pretrained_cfg`, or its fields at the top in old files. */
export const timm: FileReader = {
  kind: "file",
  files: ["config.json"],
  read(file) {
    const json = jsonObject(file);
    if (json === undefined || !("pretrained_cfg" in json || ("architecture" in json && "mean" in json))) {
      return undefined;
    }
    const { pretrained_cfg: nested, ...top } = checked(config, json, file.path);
    const settings = nested ?? top;
    const { mean, std = [1], input_size: sizes, label_names: names = top.label_names } = settings;
    if (std?.includes(0)) {
      throw new UserError("input", `${file.path} is not used: its "std" contains 0.`);
    }
    const [, height, width] = sizes ?? [];
    return {
      preprocess: mean == null ? undefined : { ...preprocessOf(settings), mean, std: std ?? [1] },
      labels: names == null ? undefined : labelsOfList(names.map(named)),
      size: height === undefined || width === undefined ? undefined : { height, width },
      task: "classify",
    };
  },
};

type Settings = z.output<z.ZodMiniObject<typeof data>>;

/** All but mean and std, which are of pixels from 0 to 1. */
function preprocessOf(settings: Settings): Omit<Preprocess, "mean" | "std"> {
  const share = settings.crop_pct ?? defaultCropRatio;
  const [, height] = settings.input_size ?? [];
  return {
    name: "timm",
    fit: settings.crop_mode === "squash" ? "squash" : "crop",
    // timm resizes to that many whole pixels.
    cropRatio: height === undefined ? share : height / Math.floor(height / share),
    scale: 1 / 255,
    interpolation: filters.find((filter) => filter === settings.interpolation) ?? "bilinear",
    order: "rgb",
  };
}

const namesByWnid = new Map(imagenetClasses);

/** Some files name classes by their WordNet ids. */
function named(label: string): string {
  return namesByWnid.get(label) ?? label;
}
