import { expect, test } from "vitest";
import { pictureOfTensor } from "../src/preprocessing/tensor-picture.ts";

const bounds = { low: [0, -1, 0], high: [1, 1, 255] };
/** Red, green, blue of a column of two pixels. */
const wanted = { width: 1, height: 2, rgb: Uint8Array.of(255, 128, 0, 0, 0, 51) };

test.each([
  ["nchw", [1, 0, 0, -1, 0, 51]],
  ["nhwc", [1, 0, 0, 0, -1, 51]],
] as const)("a tensor in %s is shown between its bounds, channel by channel", (layout, data) => {
  const image = { layout, channels: 3, height: 2, width: 1 };
  expect(pictureOfTensor(Float32Array.from(data), image, bounds)).toEqual(wanted);
});

test("one channel is grey, and what lies outside of the bounds is cut off", () => {
  const image = { layout: "nchw", channels: 1, height: 1, width: 2 } as const;
  const { rgb } = pictureOfTensor(Float32Array.of(-3, 0.2), image, { low: [0], high: [1] });
  expect([...rgb]).toEqual([0, 0, 0, 51, 51, 51]);
});
