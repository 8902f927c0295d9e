/** Picture files as they are decoded, whoever decodes them. */
import type { BandPicture, Picture } from "./picture.ts";

/** A picture as decoded from a file. */
export interface DecodedPicture extends Picture {
  /** Sentences on what its user had better know of how the numbers came about; usually none. */
  readonly notes: readonly string[];
}

/** The bytes of a picture file that a program holds, and what errors call it. */
export interface PictureBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A file as a picture in colours, or as one of as many bands as were asked for. */
export type DecodedFile =
  | { readonly kind: "colours"; readonly picture: DecodedPicture; readonly notes: readonly string[] }
  | { readonly kind: "bands"; readonly picture: BandPicture; readonly notes: readonly string[] };
