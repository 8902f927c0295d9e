import { type ErrorDetails, textRemedy, UserError } from "@onnx-lrp/onnx-loader/error";

/** How a picture becomes numbers: each byte of each channel turns into `(byte * scale - mean) / std`. */
export interface Preprocess {
  readonly name: string;
  /**
   * `crop` keeps the aspect and cuts the centre out; `squash` stretches the whole picture; `pad` keeps the aspect of the whole
   * picture between margins.
   */
  readonly fit: "crop" | "squash" | "pad";
  /** Side of the crop over the shorter side that the picture is resized to; 224 / 256 if left out. */
  readonly cropRatio?: number;
  /** The byte 0..255 of the margins; black if left out. */
  readonly padValue?: number;
  /** The filter that pictures are resized with, as PIL has it; bilinear if left out. */
  readonly interpolation?: Interpolation;
  /** What the byte 0..255 is multiplied by. */
  readonly scale: number;
  /** One number per channel, in the network's channel order, or one number for all. */
  readonly mean: readonly number[];
  /** Like `mean`; no zeros. */
  readonly std: readonly number[];
  readonly order: "rgb" | "bgr";
}

const interpolations = ["bilinear", "bicubic", "lanczos"] as const;

export type Interpolation = (typeof interpolations)[number];

export const defaultCropRatio = 224 / 256;

const plain = { fit: "crop", cropRatio: defaultCropRatio, order: "rgb" } as const;

/** The ways in which published networks were trained, by name. */
export const preprocessPresets = {
  imagenet: {
    ...plain,
    name: "imagenet",
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  caffe: { ...plain, name: "caffe", scale: 1, mean: [103.939, 116.779, 123.68], std: [1], order: "bgr" },
  tf: { ...plain, name: "tf", scale: 1 / 127.5, mean: [1], std: [1] },
  unit: { ...plain, name: "unit", scale: 1 / 255, mean: [0], std: [1] },
  none: { ...plain, name: "none", scale: 1, mean: [0], std: [1] },
} as const satisfies Record<string, Preprocess>;

/** The name of a usual preprocessing. */
export type PresetName = keyof typeof preprocessPresets;

/** The preset of that name, undefined if there is none. */
export function presetByName(name: string): Preprocess | undefined {
  const presets: Readonly<Record<string, Preprocess>> = preprocessPresets;
  return Object.hasOwn(presets, name) ? presets[name] : undefined;
}

const fields = ["name", "fit", "cropRatio", "padValue", "interpolation", "scale", "mean", "std", "order"];

/**
 * Reads a JSON object with the fields of `Preprocess`. `scale`, `mean` and `std` must be there; `name` is
 * `where` if left out, `fit` "crop", `order` "rgb".
 *
 * @param where the file's path, for errors
 * @param what else it is than a file, for errors
 * @throws UserError "usage" naming the field that is wrong
 */
export function parsePreprocess(text: string, where: string, what = "preprocessing file"): Preprocess {
  const fail = (sentence: string, details: Pick<ErrorDetails, "remedies" | "cause"> = {}): never => {
    throw new UserError("usage", `In the ${what} "${where}" ${sentence}`, {
      subject: { file: where },
      ...details,
    });
  };
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    fail(`the JSON cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return fail("there is no object.", {
      remedies: [textRemedy('write {"scale": …, "mean": […], "std": […]}')],
    });
  }
  const given = new Map<string, unknown>(Object.entries(json));
  for (const field of given.keys()) {
    if (!fields.includes(field)) fail(`"${field}" is not a field; the fields are ${fields.join(", ")}.`);
  }

  const number = (field: string): number => {
    const value = given.get(field);
    if (typeof value === "number" && Number.isFinite(value)) return value;
    return fail(`"${field}" must be a number; it is ${shown(value)}.`);
  };
  const numbers = (field: string): number[] => {
    const value = given.get(field);
    const list = typeof value === "number" ? [value] : value;
    if (Array.isArray(list) && list.length > 0 && list.every(Number.isFinite)) return list;
    return fail(
      `"${field}" must be a number or a list of numbers, one for each channel; it is ${shown(value)}.`,
    );
  };
  const choice = <T extends string>(field: string, choices: readonly [T, ...T[]]): T => {
    const value = given.get(field) ?? choices[0];
    const found = choices.find((one) => one === value);
    return found ?? fail(`"${field}" must be ${choices.map(shown).join(" or ")}; it is ${shown(value)}.`);
  };

  const name = given.get("name") ?? where;
  if (typeof name !== "string") return fail(`"name" must be a string; it is ${shown(name)}.`);
  const scale = number("scale");
  if (scale === 0) fail(`"scale" must not be 0: every pixel would be the same.`);
  const mean = numbers("mean");
  const std = numbers("std");
  if (std.includes(0)) fail(`"std" must not contain 0: pixels are divided by it.`);
  const cropRatio = given.has("cropRatio") ? number("cropRatio") : defaultCropRatio;
  if (cropRatio <= 0 || cropRatio > 1) fail(`"cropRatio" must be above 0 and at most 1; it is ${cropRatio}.`);
  const padValue = given.has("padValue") ? number("padValue") : 0;
  if (padValue < 0 || padValue > 255) fail(`"padValue" must be a byte from 0 to 255; it is ${padValue}.`);
  return {
    ...{ name, cropRatio, scale, mean, std },
    fit: choice("fit", ["crop", "squash", "pad"]),
    ...(given.has("padValue") ? { padValue } : {}),
    ...(given.has("interpolation") ? { interpolation: choice("interpolation", interpolations) } : {}),
    order: choice("order", ["rgb", "bgr"]),
  };
}

/** What can be read may be nested deeper than what can be written. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "missing";
  } catch {
    return "nested too deep to be shown";
  }
}

function shown(value: unknown): string {
  const text = written(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
