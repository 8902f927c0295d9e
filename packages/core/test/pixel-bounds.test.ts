import type { Model } from "@onnx-lrp/onnx-loader";
import { explainOnce, mapOf } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { describe, expect, test } from "vitest";
import type { ExplainerOptions } from "../src/index.ts";
import { pictures } from "./pictures.ts";

function small(channels: number, last = false): Model {
  const g = network({ input: last ? ["N", 6, 5, channels] : ["N", channels, 4, 5], seed: 3 });
  const first = last ? g.add("Transpose", [g.image], { perm: [0, 3, 1, 2] }) : g.image;
  const hidden = g.add("Relu", [g.conv(first, [3, channels, 2, 2])]);
  return g.model(g.dense(g.flatten(hidden), last ? 60 : 36, 4));
}

async function mapFor(model: Model, picture: Float32Array, options: ExplainerOptions): Promise<Float32Array> {
  return mapOf(await explainOnce(model, [picture], [[2]], { composite: "zplus-box", ...options }));
}

const errorOf = (...given: Parameters<typeof mapFor>) => userErrorOf(() => mapFor(...given));

const pictureWith = (at: number, value: number, count: number): Float32Array => {
  const [picture = new Float32Array()] = pictures(1, count, 5);
  return picture.with(at, value);
};
const ones = { low: [-1], high: [1] };

describe("numbers of bounds", () => {
  test.each([1, 3, 4])("one number serves all of %d channels", async (channels) => {
    const model = small(channels);
    const picture = pictureWith(0, 0.5, 20 * channels);
    const each = new Array<number>(channels).fill(1);
    const pixels = { low: each.map((one) => -one), high: each };
    const expected = await mapFor(model, picture, { pixels });
    expect(await mapFor(model, picture, { pixels: ones })).toEqual(expected);
    expect(Math.hypot(...expected)).toBeGreaterThan(0);
  });

  test("noise takes one number too", async () => {
    const [model, picture] = [small(3), pictureWith(0, 0.5, 60)];
    const options = { method: "smoothgrad", composite: undefined, samples: 3 } as const;
    const pixels = { low: [-1, -1, -1], high: [1, 1, 1] };
    const expected = await mapFor(model, picture, { ...options, pixels });
    expect(await mapFor(model, picture, { ...options, pixels: ones })).toEqual(expected);
  });

  test.each([
    [
      { low: [0, 0, 0], high: [1] },
      'The input "image" has 4 channels, and 3 numbers were given for the lowest of its values. Give one number, or 4, one for each channel.',
    ],
    [
      { low: [0], high: [1, 1, -0.5, 1] },
      'The lowest value of channel 2 of the input "image" is given as 0, and the highest as -0.5. Give a lowest value that is not above the highest.',
    ],
  ])("%j do not fit four channels", async (pixels, message) => {
    const error = await errorOf(small(4), pictureWith(0, 0.5, 80), { pixels });
    expect([error.kind, error.message]).toEqual(["usage", message]);
  });
});

describe("values beyond the bounds of zbox", () => {
  test("are refused with value, place, bounds and ways out", async () => {
    const error = await errorOf(small(3), pictureWith(20 + 5 * 2 + 4, 3.25, 60), {
      pixels: { low: [-1, -1.5, -1], high: [1, 1.5, 1] },
    });
    expect(error.kind).toBe("input");
    expect(error.reason).toBe(
      'The input "image" has the value 3.25 at [1, 2, 4] (channel, row, column, from 0), outside the bounds -1.5 to 1.5 of channel 1: the zbox rule would give it relevance of the wrong sign.',
    );
    const options = error.remedies.flatMap((remedy) => (remedy.kind === "option" ? [remedy.option] : []));
    expect(options).toEqual(["pixels", "composite"]);
  });

  test("are found with channels last", async () => {
    const error = await errorOf(small(3, true), pictureWith((5 * 3 + 1) * 3 + 2, -1.1, 90), { pixels: ones });
    expect(error.reason).toContain("value -1.1 at [3, 1, 2] (row, column, channel, from 0)");
  });

  test("may be off by a rounding", async () => {
    const [model, pixels] = [small(3), ones];
    for (const value of [1.0001, -1.0001]) await mapFor(model, pictureWith(7, value, 60), { pixels });
    for (const value of [1.001, -1.001])
      expect((await errorOf(model, pictureWith(7, value, 60), { pixels })).kind).toBe("input");
  });

  test("do not matter to rules without bounds", async () => {
    const [model, picture] = [small(3), pictureWith(7, 40, 60)];
    for (const composite of ["zplus", "epsilon-plus-flat", "epsilon", "gradient"] as const) {
      const map = await mapFor(model, picture, { pixels: ones, composite });
      expect(map.every(Number.isFinite), composite).toBe(true);
    }
  });

  test("as authors-code has them: the widest of all channels", async () => {
    const options = { pixels: { low: [-1, -3, -1], high: [1, 1, 2] }, composite: "authors-code" } as const;
    await mapFor(small(3), pictureWith(7, -2.5, 60), options);
    expect((await errorOf(small(3), pictureWith(7, -3.5, 60), options)).reason).toContain("bounds -3 to 2");
  });
});
