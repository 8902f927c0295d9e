import type { Model } from "@onnx-lrp/onnx-loader";
import type { Statement } from "./description.ts";

/** A file that lies beside a model, or in the folder above. */
export type Sidecar = SidecarText | UnreadSidecar;

interface SidecarName {
  /** Without folders: `config.json`. */
  readonly name: string;
  /** As it is shown to people. */
  readonly path: string;
}

export interface SidecarText extends SidecarName {
  readonly text: string;
}

interface UnreadSidecar extends SidecarName {
  /** Why there is no text, as a sentence. */
  readonly unread: string;
}

/** Files larger than this many bytes are not read. Names of 21,000 classes take two million. */
export const maxSidecarBytes = 8 * 2 ** 20;

/**
 * Reads one kind of self-description: undefined if there is none of that kind. What it throws as `UserError` becomes a
 * problem of the description.
 */
export type Reader = ModelReader | FileReader;

/** Of the properties in the model file (metadata_props), or of its graph. */
export interface ModelReader {
  readonly kind: "model" | "graph";
  readonly name: string;
  read(model: Pick<Model, "metadata" | "graph">): Statement | undefined;
}

/** Of files with one of these names. */
export interface FileReader {
  readonly kind: "file";
  readonly files: readonly string[];
  read(file: SidecarText): Statement | undefined;
}
