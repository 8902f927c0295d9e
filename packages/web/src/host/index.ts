/** A network in the thread that asks for it, for pages with a worker of their own; others take `openNetwork`. */
export { decodePicture } from "./decode.ts";
export type { NamedFiles } from "./files.ts";
export { type InspectedNetwork, type InspectedNode, inspectedNetwork } from "./inspect.ts";
export type { WebModel } from "./model-file.ts";
export { type HostOptions, type OpenedHere, openHere } from "./open.ts";
export type { WebProvider, WebSessionOptions } from "./runtime.ts";
export type { ModelSource } from "./sources.ts";
