/** What may stand between the picture and the first layer, and what the box of zbox becomes there. */
import { explainOnce, pixels } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import { describe, expect, test } from "vitest";
import { composites, type OracleComposite } from "./oracle/composites.ts";
import { explain } from "./oracle/relevance.ts";
import { seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";

interface Case {
  readonly name: string;
  /** The first layer's result, flat, with `width` numbers, from pictures 3 x 4 x 4. */
  build(g: Network): string;
  readonly width: number;
}

const before = (name: string, build: (g: Network) => string): Case => ({
  name,
  build: (g) => g.flatten(g.conv(build(g), [4, 3, 3, 3])),
  width: 16,
});

const cases: readonly Case[] = [
  before("nothing", (g) => g.image),
  before("mean and deviation", (g) =>
    g.add("Div", [g.add("Sub", [g.image, g.weights([3, 1, 1])]), g.weights([1, 3, 1, 1], 0.5, 2)]),
  ),
  before("a negative factor", (g) => g.add("Mul", [g.image, g.floats([-2, 0.5, -0.7], [3, 1, 1])])),
  before("a constant less the picture", (g) => g.add("Sub", [g.floats([0.2], []), g.image])),
  before("a mean picture", (g) => g.add("Sub", [g.image, g.weights([1, 3, 4, 4])])),
  before("batch normalization", (g) => g.norm(g.image, 3)),
  before("exchanged channels, by Gather", (g) => g.add("Gather", [g.image, g.ints([2, 1, 0])], { axis: 1 })),
  before("exchanged channels, by Slice", (g) =>
    g.add("Slice", [g.image, g.ints([-1]), g.ints([-10]), g.ints([1]), g.ints([-1])]),
  ),
  before("its negative", (g) => g.add("Neg", [g.image])),
  before("a maximum with a constant", (g) => g.add("Max", [g.floats([-0.5], []), g.image])),
  before("Dropout, which does nothing", (g) => g.add("Dropout", [g.image])),
  {
    name: "blocks of pixels as channels",
    build: (g) => g.flatten(g.conv(g.add("SpaceToDepth", [g.image], { blocksize: 2 }), [4, 12, 1, 1])),
    width: 16,
  },
  before("Identity", (g) => g.add("Identity", [g.image])),
  {
    name: "Pad",
    build: (g) => g.flatten(g.conv(g.add("Pad", [g.image, g.ints([0, 0, 1, 0, 0, 0, 0, 1])]), [4, 3, 3, 3])),
    width: 36,
  },
  {
    name: "a crop after normalization",
    build(g) {
      const normal = g.add("Sub", [g.image, g.weights([3, 1, 1])]);
      const crop = g.add("Slice", [normal, g.ints([1, 0]), g.ints([4, 3]), g.ints([2, 3])]);
      return g.flatten(g.conv(crop, [5, 3, 2, 2]));
    },
    width: 20,
  },
  {
    name: "two pictures of one, joined",
    build(g) {
      const twin = g.add("Mul", [g.image, g.floats([-1], [])]);
      return g.flatten(g.conv(g.add("Concat", [g.image, twin], { axis: 1 }), [4, 6, 3, 3]));
    },
    width: 16,
  },
  {
    name: "two first layers",
    build: (g) =>
      g.add("Concat", [g.flatten(g.conv(g.image, [4, 3, 3, 3])), g.flatten(g.conv(g.image, [2, 3, 4, 4]))], {
        axis: 1,
      }),
    width: 18,
  },
  { name: "a dense layer", build: (g) => g.dense(g.flatten(g.image), 48, 9), width: 9 },
  {
    name: "a product of matrices",
    build: (g) => g.add("MatMul", [g.add("Reshape", [g.image, g.ints([-1, 48])]), g.weights([48, 9])]),
    width: 9,
  },
  {
    name: "a padded layer",
    build: (g) => g.flatten(g.conv(g.image, [2, 3, 3, 3], { pads: [1, 1, 1, 1] })),
    width: 32,
  },
];

const used: readonly OracleComposite[] = ["zplus-box", "epsilon-plus-flat", "epsilon-gamma-box"];

describe.each(cases)("$name", ({ build, width }) => {
  test.each(used)("%s", async (composite) => {
    const g = network({ input: ["N", 3, 4, 4], seed: 13 });
    const model = g.model(g.dense(g.add("Relu", [build(g)]), width, 4));
    const images = pictures(2, 48, 8);
    const results = await explainOnce(
      model,
      images,
      [
        [0, 1],
        [2, 3],
      ],
      { composite, method: "lrp" },
    );
    const how = { seed: seeds.lrp, composite: composites[composite], ...pixels };
    for (const [n, { explanations }] of results.entries())
      for (const { target, relevance } of explanations) {
        const [map] = explain(model, images.slice(n, n + 1), [target], how).maps;
        expect.soft(relevance).toBeNear(map ?? [1], 1e-5);
      }
  });
});
