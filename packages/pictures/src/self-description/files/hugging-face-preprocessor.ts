import type { PictureSize } from "@onnx-lrp/core";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import { z } from "zod/mini";
import {
  defaultCropRatio,
  type Interpolation,
  type Preprocess,
} from "../../preprocessing/preprocess-spec.ts";
import { checked, finite, jsonObject, maybe, perChannel, side } from "../json.ts";
import type { FileReader } from "../reader.ts";

const sizes = z.union([
  side,
  z.object({ height: side, width: side }),
  z.object({ shortest_edge: side }),
  z.tuple([side, side]),
]);

const processor = z.object({
  image_processor_type: maybe(z.string()),
  feature_extractor_type: maybe(z.string()),
  do_resize: maybe(z.boolean()),
  size: maybe(z.unknown()),
  resample: maybe(z.int()),
  do_center_crop: maybe(z.boolean()),
  crop_size: maybe(z.unknown()),
  crop_pct: maybe(finite.check(z.gt(0.1), z.lte(1))),
  do_rescale: maybe(z.boolean()),
  rescale_factor: maybe(finite),
  rescale_offset: maybe(z.boolean()),
  do_normalize: maybe(z.boolean()),
  image_mean: maybe(perChannel),
  image_std: maybe(perChannel),
  do_flip_channel_order: maybe(z.boolean()),
});

type Processor = z.output<typeof processor>;

/** PIL's numbers for its filters. */
const filters: readonly (Interpolation | undefined)[] = [undefined, "lanczos", "bilinear", "bicubic"];

/** The preprocessor_config.json of Hugging Face's transformers. */
export const huggingFacePreprocessor: FileReader = {
  kind: "file",
  files: ["preprocessor_config.json"],
  read(file) {
    const json = jsonObject(file);
    if (
      json === undefined ||
      !["image_mean", "do_resize", "image_processor_type"].some((key) => key in json)
    ) {
      return undefined;
    }
    const settings = checked(processor, json, file.path);
    const { size, ...geometry } = geometryOf(settings);
    const numbers = numbersOf(settings);
    if (numbers.scale === 0 || numbers.std.includes(0)) {
      throw new UserError("input", `${file.path} is not used: by its numbers every pixel is the same.`);
    }
    const preprocess: Preprocess = {
      ...{ name: "hugging-face", ...geometry, ...numbers },
      interpolation: filters[settings.resample ?? 2] ?? "bilinear",
      order: settings.do_flip_channel_order === true ? "bgr" : "rgb",
    };
    return { preprocess, size };
  },
};

function numbersOf(settings: Processor): Pick<Preprocess, "scale" | "mean" | "std"> {
  const scale = settings.do_rescale === false ? 1 : (settings.rescale_factor ?? 1 / 255);
  const plain = settings.do_normalize === false;
  const mean = plain ? [0] : (settings.image_mean ?? [0]);
  const std = plain ? [1] : (settings.image_std ?? [1]);
  // EfficientNet's processor takes 1 off before it normalizes.
  return { scale, mean: settings.rescale_offset === true ? mean.map((value) => value + 1) : mean, std };
}

type Geometry = Pick<Preprocess, "fit" | "cropRatio"> & { readonly size: PictureSize | undefined };

/** How the picture is brought to the input's size, and that size. */
function geometryOf(settings: Processor): Geometry {
  const wanted = sizeIn(settings.size);
  const cut = sizeIn(settings.crop_size);
  const type = settings.image_processor_type ?? settings.feature_extractor_type ?? "";
  if (settings.crop_pct != null || type.startsWith("ConvNext")) return convNext(settings, wanted);
  if (settings.do_center_crop === true) {
    const crop = cut ?? wanted;
    const cropRatio = crop === undefined || wanted === undefined ? 1 : Math.min(1, crop.side / wanted.side);
    return { fit: "crop", cropRatio, size: crop?.both };
  }
  if (wanted?.kind === "shortest edge" || settings.do_resize === false) {
    return { fit: "crop", cropRatio: 1, size: undefined };
  }
  return { fit: "squash", size: wanted?.both };
}

/** ConvNeXt's processor: below 384 pixels a larger picture is cropped, above the picture is stretched. */
function convNext({ crop_pct: share }: Processor, wanted: ReadSize | undefined): Geometry {
  if (wanted === undefined) return { fit: "crop", cropRatio: share ?? defaultCropRatio, size: undefined };
  const { side: edge, both } = wanted;
  if (edge >= 384) return { fit: "squash", size: both };
  return { fit: "crop", cropRatio: edge / Math.floor(edge / (share ?? defaultCropRatio)), size: both };
}

interface ReadSize {
  readonly kind: "sides" | "shortest edge";
  readonly side: number;
  readonly both: PictureSize;
}

function sizeIn(value: unknown): ReadSize | undefined {
  const result = z.safeParse(sizes, value);
  if (!result.success) return undefined;
  const { data } = result;
  if (typeof data === "number") return { kind: "sides", side: data, both: { height: data, width: data } };
  if ("shortest_edge" in data) {
    const { shortest_edge: edge } = data;
    return { kind: "shortest edge", side: edge, both: { height: edge, width: edge } };
  }
  const both = "height" in data ? data : { height: data[0], width: data[1] };
  return { kind: "sides", side: Math.min(both.height, both.width), both };
}
