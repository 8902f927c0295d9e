/** A browser as a platform: files that the page gives, by their names. */
import type { Runtime } from "@onnx-lrp/core";
import type { Platform } from "@onnx-lrp/network/portable";
import { textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { parsePreprocess, preprocessPresets } from "@onnx-lrp/pictures";
import { decodeNpy, inputError, type PictureBytes, presetByName } from "@onnx-lrp/pictures/internal";
import { decodePicture, pictureSize } from "./decode.ts";
import { type NamedFiles, readNamed, type Wanted } from "./files.ts";

const picture: Wanted = { what: "picture", limit: "pictureFileBytes", kind: "input" };
const array: Wanted = { what: "array file", limit: "arrayBytes", kind: "input" };

export function webPlatform(runtime: Runtime, files: NamedFiles): Platform {
  const bytesOf = async (file: string | PictureBytes): Promise<PictureBytes> =>
    typeof file === "string" ? { name: file, bytes: await readNamed(files, file, picture) } : file;
  const readText = async (file: string, what: string) =>
    new TextDecoder().decode(await readNamed(files, file, { what, limit: "textFileBytes", kind: "usage" }));
  const decode = async (file: string | PictureBytes) => decodePicture(await bytesOf(file));
  return {
    runtime,
    readText,
    async readPreprocess(presetOrFile) {
      const preset = presetByName(presetOrFile);
      if (preset !== undefined) return preset;
      if (files.find(presetOrFile) === undefined) throw unknownPreset(presetOrFile);
      return parsePreprocess(await readText(presetOrFile, "preprocessing file"), presetOrFile);
    },
    async readArray(_, file) {
      if (/\.npz$/i.test(file)) {
        throw inputError(
          file,
          `The array file "${file}" is an archive, which is not read here.`,
          "save one array as .npy",
        );
      }
      return decodeNpy(await readNamed(files, file, array), file);
    },
    readFeeds: async () => ({}),
    isPictureFile: (name) => /\.(?:jpe?g|png|webp|gif|bmp|avif)$/i.test(name),
    decodePicture: decode,
    async decodeForChannels(file) {
      const decoded = await decode(file);
      return { kind: "colours", picture: decoded, notes: decoded.notes };
    },
    pictureSize: async (file) => pictureSize(await bytesOf(file)),
  };
}

function unknownPreset(name: string): UserError {
  const names = Object.keys(preprocessPresets).join(", ");
  return new UserError("usage", `There is no preprocessing "${name}".`, {
    subject: { option: "preprocess" },
    remedies: [textRemedy(`give one of ${names}, or a JSON file beside the model`)],
  });
}
