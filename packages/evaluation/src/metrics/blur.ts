import type { InputPort } from "@onnx-lrp/core";
import type { PlaceAxis } from "@onnx-lrp/core/internal";
import { place } from "./picture.ts";

/** A number of places, the same along every axis or one for each. */
type Along = number | Readonly<Record<PlaceAxis, number>>;

/**
 * An input under a Gaussian window along every axis. At the border the window is cut off and its weights are renormalized.
 *
 * @param sigma standard deviation of the Gaussian in places
 * @param reach places to each side of the middle that the window has
 */
export function blurred(picture: Float32Array, image: InputPort, sigma: Along, reach: Along): Float32Array {
  const { depth, width, height, channels } = image;
  const along = (number: Along, axis: PlaceAxis) => (typeof number === "number" ? number : number[axis]);
  const window = (axis: PlaceAxis) => {
    const [spread, far] = [along(sigma, axis), along(reach, axis)];
    return Float64Array.from({ length: 2 * far + 1 }, (_, i) =>
      Math.exp(-((i - far) ** 2) / (2 * spread ** 2)),
    );
  };
  const windows = { depth: window("depth"), height: window("height"), width: window("width") };
  const places = depth * height * width;
  const plane = width * height;
  const result = new Float32Array(picture.length);
  for (let channel = 0; channel < channels; channel += 1) {
    const own = Float64Array.from(
      { length: places },
      (_, pixel) => picture[place(image, pixel, channel)] ?? 0,
    );
    const rows = alongLines(own, windows.width, { length: width, step: 1 });
    const both = height === 1 ? rows : alongLines(rows, windows.height, { length: height, step: width });
    const all = depth === 1 ? both : alongLines(both, windows.depth, { length: depth, step: plane });
    for (const [pixel, value] of all.entries()) result[place(image, pixel, channel)] = value;
  }
  return result;
}

/** Lines along one axis: the number of places, and their distance. */
interface Lines {
  readonly length: number;
  readonly step: number;
}

function alongLines(values: Float64Array, window: Float64Array, { length, step }: Lines): Float64Array {
  const reach = (window.length - 1) / 2;
  const result = new Float64Array(values.length);
  for (let place = 0; place < values.length; place += 1) {
    const i = Math.floor(place / step) % length;
    let [sum, total] = [0, 0];
    for (let k = Math.max(i - reach, 0); k <= Math.min(i + reach, length - 1); k += 1) {
      const weight = window[k - i + reach] ?? 0;
      sum += weight * (values[place + (k - i) * step] ?? 0);
      total += weight;
    }
    result[place] = sum / total;
  }
  return result;
}
