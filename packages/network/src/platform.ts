/** What a host, such as Node.js or a browser, does for a network: reading the files that options and inputs name. */
import type { Feed, PictureSize, Runtime } from "@onnx-lrp/core";
import type { Model } from "@onnx-lrp/onnx-loader";
import type { Npy, Preprocess } from "@onnx-lrp/pictures";
import type { DecodedFile, DecodedPicture, PictureBytes } from "@onnx-lrp/pictures/internal";

/** A model, and what errors and titles call it. */
export interface NamedModel {
  readonly path: string;
  readonly model: Model;
}

/** Values of other inputs by name, as a file of arrays holds them. */
export type ArrayFeeds = Readonly<Record<string, Exclude<Feed, number>>>;

/** A host. Files are named as its users name them; a file that cannot be used is a UserError with that name. */
export interface Platform {
  /** onnxruntime. */
  readonly runtime: Runtime;
  /** @param what the file is, for the error: "rules file" @throws UserError `usage` */
  readText(file: string, what: string): Promise<string>;
  /** A preset, or what a JSON file says. @throws UserError `usage` */
  readPreprocess(presetOrFile: string): Promise<Preprocess>;
  /** The array in a .npy file; of a .npz file the one that is named like the input, or its only one. @throws UserError `input` */
  readArray(input: string, file: string): Promise<Npy>;
  /** The arrays in a .npz file that are named like inputs; none of other files. @throws UserError `input` */
  readFeeds(inputs: readonly string[], file: string): Promise<ArrayFeeds>;
  /** Whether a file of this name counts as a picture. */
  isPictureFile(name: string): boolean;
  /** Decodes a picture, turned as its EXIF orientation says. @throws UserError `input` */
  decodePicture(file: string | PictureBytes): Promise<DecodedPicture>;
  /** The same for a network of so many channels: a TIFF file of as many bands as its numbers. @throws UserError `input` */
  decodeForChannels(file: string | PictureBytes, channels: number): Promise<DecodedFile>;
  /** In pixels, turned as the EXIF orientation says. @throws UserError `input` */
  pictureSize(file: string | PictureBytes): Promise<PictureSize>;
}
