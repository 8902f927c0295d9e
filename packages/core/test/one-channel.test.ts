/** A network whose layers have a single channel: every composite and every method. */
import { explainOnce, pixels } from "@onnx-lrp/test-kit/explain";
import { network } from "@onnx-lrp/test-kit/network";
import { expect, test } from "vitest";
import { methodNames, methods } from "../src/index.ts";
import { composites, oracleComposites } from "./oracle/composites.ts";
import { explain } from "./oracle/relevance.ts";
import { seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";

/** @param averaged whether the dense layer sees the average, as CAM needs it */
function oneChannel(channels: number, averaged = false) {
  const g = network({ input: ["N", channels, 8, 8], seed: 3 });
  const a = g.add("Relu", [g.conv(g.image, [1, channels, 3, 3])]);
  const b = g.add("Relu", [
    g.conv(g.add("MaxPool", [a], { kernel_shape: [2, 2], strides: [2, 2] }), [1, 1, 2, 2]),
  ]);
  const up = g.add("ConvTranspose", [b, g.weights([1, 1, 2, 2]), g.weights([1], -0.3, 0.3)]);
  const seen = averaged ? g.add("GlobalAveragePool", [up]) : up;
  return g.model(g.dense(g.flatten(seen), averaged ? 1 : 9, 4));
}

const of = [
  { channels: 3, images: pictures(2, 192, 5), bounds: pixels },
  { channels: 1, images: pictures(2, 64, 5), bounds: { low: [-1.1], high: [1.1] } },
];

for (const { channels, images, bounds } of of) {
  test.each(oracleComposites)(`pictures of ${channels} channel(s) under %s`, async (composite) => {
    const model = oneChannel(channels);
    const results = await explainOnce(
      model,
      images,
      [
        [0, 1],
        [2, 3],
      ],
      { composite, method: "lrp", pixels: bounds },
    );
    let largest = 0;
    const how = { seed: seeds.lrp, composite: composites[composite], ...bounds };
    for (const [n, { explanations }] of results.entries())
      for (const { target, relevance } of explanations) {
        const [map = []] = explain(model, images.slice(n, n + 1), [target], how).maps;
        expect.soft(relevance, `picture ${n}, target ${target}`).toBeNear(map, 1e-5);
        largest = Math.max(largest, ...relevance.map(Math.abs));
      }
    expect(largest).toBeGreaterThan(0);
  });

  const ofConvolutions = methodNames.filter((name) => methods[name].family !== "attention");
  test.each(ofConvolutions)(`pictures of ${channels} channel(s) by %s`, async (method) => {
    const [result] = await explainOnce(oneChannel(channels, true), images.slice(0, 1), [[1, 3]], {
      method,
      pixels: bounds,
    });
    expect(result?.explanations).toHaveLength(2);
    for (const { relevance } of result?.explanations ?? [])
      expect(relevance.every(Number.isFinite)).toBe(true);
  });
}
