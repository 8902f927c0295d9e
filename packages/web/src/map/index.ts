import { OnnxLrpMap } from "./element.ts";

export { type MapPlace, OnnxLrpMap } from "./element.ts";
export type { MapLook } from "./look.ts";
export type { MapPicture } from "./paint.ts";

/** Makes `<onnx-lrp-map>` an element of the page; once is enough, and a second time does nothing. */
export function defineMapElement(name = "onnx-lrp-map"): void {
  if (customElements.get(name) === undefined) customElements.define(name, OnnxLrpMap);
}
