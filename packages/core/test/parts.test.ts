/** Relevance that comes back to a part of a value: what is taken from tokens and channels in all ways, against the oracle. */
import { explainOnce, mapOf, withExplainer } from "@onnx-lrp/test-kit/explain";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Composite, everywhere } from "../src/index.ts";
import { type Part, partDims } from "../src/operators/part.ts";
import { reshapedPart } from "../src/operators/reshaped-part.ts";
import { epsilon, gamma, zplus } from "../src/rules/index.ts";
import { explainerWith } from "./engine.ts";
import { mixed } from "./mixed-seed.ts";
import { gradient } from "./oracle/gradient.ts";
import { explain } from "./oracle/relevance.ts";
import * as oracle from "./oracle/rules.ts";
import { seeds } from "./oracle/seeds.ts";
import { pictures } from "./pictures.ts";

describe("a part in another shape", () => {
  /** The places of a part's elements in the value, for a batch of a given size. */
  function elementsOf(dims: readonly (number | "N")[], batch: number, part: Part): number[] {
    return dims.reduce<number[]>(
      (flat, size, axis) => {
        const extent = size === "N" ? batch : size;
        const places =
          part.find((entry) => entry.axis === axis)?.places ?? Array.from({ length: extent }, (_, i) => i);
        return flat.flatMap((before) => places.map((place) => before * extent + place));
      },
      [0],
    );
  }
  const sizes = fc.array(fc.constantFrom(1, 2, 3, 4), { minLength: 1, maxLength: 4 });

  test("holds the same elements in the same order, and is found where it is one", () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), (from, how, what) => {
        // Neighbours made one, by the bits of `how`.
        const to = from.reduce<number[]>((made, size, i) => {
          const last = made.length - 1;
          if (i > 0 && (how >> i) % 2 === 1) made[last] = (made[last] ?? 1) * size;
          else made.push(size);
          return made;
        }, []);
        const part = from.flatMap((size, axis) => {
          const places = Array.from({ length: size }, (_, i) => i).filter(
            (i) => (what >> (3 * axis + (i % 3))) % 2 === 1,
          );
          return places.length > 0 && places.length < size ? [{ axis, places }] : [];
        });
        const merged = reshapedPart(from, to, part);
        expect(merged).toBeDefined();
        expect(elementsOf(to, 1, merged ?? [])).toEqual(elementsOf(from, 1, part));
        expect(reshapedPart(to, from, merged ?? [])).toEqual(part);
      }),
      { seed: 17, numRuns: 300 },
    );
  });

  const batch = { times: 1 };
  test.each([
    // The first token of [N, L, E] as rows [N L, E], and back.
    [
      [batch, 5, 4],
      [{ times: 5 }, 4],
      [{ axis: 1, places: [0] }],
      [{ axis: 0, places: [0], batch: "around" }],
    ],
    // Tokens first.
    [
      [5, batch, 4],
      [{ times: 5 }, 4],
      [{ axis: 0, places: [2] }],
      [{ axis: 0, places: [2], batch: "within" }],
    ],
    // Heads in one axis with the batch.
    [
      [5, batch, 2, 3],
      [5, { times: 2 }, 3],
      [{ axis: 2, places: [1] }],
      [{ axis: 1, places: [1], batch: "around" }],
    ],
    [
      [batch, 2, 2, 4],
      [{ times: 4 }, 4],
      [{ axis: 2, places: [1] }],
      [{ axis: 0, places: [1, 3], batch: "around" }],
    ],
  ] as const)("%j as %j", (from, to, part, expected) => {
    expect(reshapedPart(from, to, part)).toEqual(expected);
    expect(reshapedPart(to, from, expected)).toEqual(part);
    expect(partDims(to, expected)).toHaveLength(to.length);
  });

  test.each([
    ["places that are no block", [6], [2, 3], [{ axis: 0, places: [0, 1, 3] }]],
    ["the batch between", [2, batch, 3], [{ times: 6 }], [{ axis: 2, places: [1] }]],
    ["the batch elsewhere", [{ times: 5 }], [5, batch], [{ axis: 0, places: [1], batch: "around" }]],
  ] as const)("none: %s", (_, from, to, part) => {
    expect(reshapedPart(from, to, part)).toBeUndefined();
  });
});

/** Tokens [N, 4, 6] of a picture [3, 4, 4]. */
function tokens(g: Network): string {
  const patches = g.conv(g.image, [6, 3, 2, 2], { strides: [2, 2] });
  return g.add("Transpose", [g.add("Reshape", [patches, g.ints([0, 6, 4])])], { perm: [0, 2, 1] });
}

const linear = (g: Network, x: string, from: number, to: number) =>
  g.add("Add", [g.add("MatMul", [x, g.weights([from, to])]), g.weights([to], -0.3, 0.3)]);

/** From channels [N, 4, 12], which a dense layer makes, to others [N, 4, c], of which many are taken by nothing. */
const ways: Readonly<Record<string, (g: Network, x: string) => readonly [string, number]>> = {
  Slice: (g, x) => [g.add("Slice", [x, g.ints([3]), g.ints([6]), g.ints([2])]), 3],
  "Slice with steps": (g, x) => [
    g.add("Slice", [x, g.ints([1]), g.ints([12]), g.ints([-1]), g.ints([4])]),
    3,
  ],
  "Slice backwards": (g, x) => [g.add("Slice", [x, g.ints([5]), g.ints([1]), g.ints([2]), g.ints([-1])]), 4],
  "Gather in order": (g, x) => [g.add("Gather", [x, g.ints([0, 3, 4])], { axis: 2 }), 3],
  "Gather in no order, one twice": (g, x) => [g.add("Gather", [x, g.ints([4, 3, 4])], { axis: 2 }), 3],
  "Split, two of its parts unused": (g, x) => {
    const [, part = ""] = g.addMany("Split", [x, g.ints([3, 4, 5])], 3, { axis: 2 });
    return [part, 4];
  },
  "parts that meet again": (g, x) => {
    const [a = "", , c = ""] = g.addMany("Split", [x, g.ints([4, 4, 4])], 3, { axis: 2 });
    return [g.add("Add", [a, g.add("Tanh", [c])]), 4];
  },
  "all parts, in another order": (g, x) => {
    const [a = "", b = "", c = ""] = g.addMany("Split", [x, g.ints([5, 3, 4])], 3, { axis: 2 });
    return [g.add("Concat", [g.add("Tanh", [c]), a, b], { axis: 2 }), 12];
  },
  "every third channel, by shape and axis": (g, x) => {
    const apart = g.add("Reshape", [x, g.ints([0, 4, 4, 3])]);
    const first = g.add("Transpose", [apart], { perm: [3, 0, 1, 2] });
    const a = g.add("Gather", [first, g.ints([0], [])], { axis: 0 });
    const c = g.add("Gather", [first, g.ints([2], [])], { axis: 0 });
    return [g.add("Add", [a, g.add("Tanh", [c])]), 4];
  },
  "a gated unit": (g, x) => {
    const [a = "", b = ""] = g.addMany("Split", [x, g.ints([6, 6])], 2, { axis: 2 });
    return [g.add("Mul", [a, g.add("Sigmoid", [b])]), 6];
  },
  "overlapping parts": (g, x) => {
    const a = g.add("Slice", [x, g.ints([0]), g.ints([4]), g.ints([2])]);
    const b = g.add("Slice", [x, g.ints([2]), g.ints([6]), g.ints([2])]);
    return [g.add("Add", [a, g.add("Tanh", [b])]), 4];
  },
};

const places = {
  "one token": (g: Network, x: string) => g.add("Gather", [x, g.ints([2], [])], { axis: 1 }),
  "two tokens": (g: Network, x: string) =>
    g.add("ReduceMean", [g.add("Slice", [x, g.ints([1]), g.ints([3]), g.ints([1])])], {
      axes: [1],
      keepdims: 0,
    }),
};

function modelOf(way: keyof typeof ways, place: keyof typeof places) {
  const g = network({ input: ["N", 3, 4, 4], seed: 3 });
  const x = tokens(g);
  const [taken, channels] = ways[way]?.(g, linear(g, x, 6, 12)) ?? ["", 0];
  const back = g.add("Add", [x, linear(g, g.add("Softplus", [taken]), channels, 6)]);
  // Tokens first, in rows, as some exporters have it.
  const rows = g.add("Reshape", [g.add("Transpose", [back], { perm: [1, 0, 2] }), g.ints([-1, 6])]);
  const wide = g.add("Tanh", [g.dense(rows, 6, 8)]);
  const apart = g.add("Transpose", [g.add("Reshape", [wide, g.ints([4, -1, 8])])], { perm: [1, 0, 2] });
  return g.model(g.dense(places[place](g, apart), 8, 4));
}

const composite = (name: string, rules: Partial<Record<string, ReturnType<typeof epsilon>>>): Composite => ({
  kind: "rules",
  name,
  rules: { ...everywhere(epsilon(0.01)), ...rules },
});

const cases = {
  epsilon: { engine: composite("epsilon", {}), dense: oracle.epsilon(0.01) },
  gamma: { engine: composite("gamma", { dense: gamma(0.25) }), dense: oracle.gamma(0.25) },
  zplus: { engine: composite("zplus", { dense: zplus }), dense: oracle.zplus },
} as const;

const all: readonly (readonly [string, keyof typeof places])[] = [
  ...Object.keys(ways).map((way) => [way, "one token"] as const),
  ["Slice", "two tokens"],
  ["all parts, in another order", "two tokens"],
];

describe.each(all)("%s, %s", (way, place) => {
  const model = modelOf(way, place);
  const images = pictures(2, 48, 5);
  const targets = [1, 2];

  test.each(Object.entries(cases))("%s", async (_, { engine, dense }) => {
    const results = await withExplainer(explainerWith(model, engine, mixed.engine), (explainer) =>
      explainer.explain(images, [targets, targets]),
    );
    const eps = oracle.epsilon(0.01);
    const how = { seed: mixed.oracle, composite: { first: eps, conv: eps, dense, other: eps } };
    const { maps } = explain(model, images.slice(1), targets.slice(1), how);
    expect(mapOf(results, 1, 1)).toBeNear(maps[0] ?? [], 3e-5);
  });

  test("gradient", async () => {
    const results = await explainOnce(model, images, [targets, targets], {
      method: "sglrp",
      composite: "gradient",
    });
    expect(mapOf(results, 1, 1)).toBeNear(gradient(model, images[1] ?? [], 2, seeds.sglrp), 2e-5);
  });
});
