/** Baselines and noise of inputs that are no pictures, against float64. */
import { explainerFor, explainOnce, mapOf, withExplainer } from "@onnx-lrp/test-kit/explain";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { describe, expect, test } from "vitest";
import { methodByName } from "../../src/internal.ts";
import { drawSamples, resolveSampleOptions } from "../../src/plan/samples.ts";
import { backward, oneHot } from "../oracle/backward.ts";
import { runForward } from "../oracle/forward.ts";
import { batchOf } from "../oracle/relevance.ts";
import { pictures } from "../pictures.ts";
import { type Made, make } from "./networks.ts";

const target = 1;
const names = ["smoothgrad", "vargrad", "gradient-shap"] as const;
const settings = { samples: 6, seed: 4, noise: 0.1 };

function slope({ model }: Made, at: ArrayLike<number>): Float64Array {
  const gradient = backward(model, runForward(model, batchOf(model, [at])), oneHot(5, target)).get("image");
  return gradient ?? new Float64Array();
}

/** The method's formula, with noise in shares of the input's own range. */
async function expected(made: Made, name: string, input: Float32Array, baseline: Float32Array) {
  const method = methodByName(name);
  if (method.kind !== "sampled") throw new Error(`${name} takes no samples`);
  const image = await withExplainer(
    explainerFor(made.model, { method: "gradient" }),
    ({ image: port }) => port,
  );
  const { scales, bases, noise, noiseUnit } = drawSamples(
    method,
    resolveSampleOptions(method, settings),
    image,
    baseline,
    {},
  );
  expect(noiseUnit).toBe("input ranges");
  const range = Math.max(...input) - Math.min(...input);
  const terms = Array.from({ length: settings.samples }, (_, s) => {
    const drawn = (values: Float32Array | undefined, i: number) =>
      range * (values?.[s * input.length + i] ?? 0);
    const base = (i: number) => (bases === undefined ? 0 : (baseline[i] ?? 0) + drawn(bases.values, i));
    const scale = scales?.[s] ?? 1;
    const at = Float64Array.from(input, (x, i) => base(i) + scale * (x - base(i)) + drawn(noise, i));
    const gradient = slope(made, at);
    return name === "gradient-shap" ? gradient.map((g, i) => g * ((input[i] ?? 0) - base(i))) : gradient;
  });
  const mean = (of: (term: Float64Array, i: number) => number) =>
    Float64Array.from(input, (_, i) => terms.reduce((sum, term) => sum + of(term, i), 0) / terms.length);
  const centre = mean((term, i) => term[i] ?? 0);
  return name === "vargrad" ? mean((term, i) => ((term[i] ?? 0) - (centre[i] ?? 0)) ** 2) : centre;
}

describe.each(["resnet", "video"] as const)("%s", (body) => {
  const made = make(body);
  const [near = new Float32Array(), far = new Float32Array()] = pictures(2, made.elements, 31);
  // Two ranges in one run: each input's noise has its own size.
  const inputs = [near.map((v) => 0.2 * v), far.map((v) => 3 * v)];

  test.each(names)("%s takes noise in shares of each input's own range", async (method) => {
    const options = { ...settings, method, pixels: undefined, baseline: [0.05], batchSize: 2 };
    await withExplainer(explainerFor(made.model, options), async (explainer) => {
      const results = await explainer.explain(inputs, [[target], [target]]);
      for (const [n, input] of inputs.entries()) {
        const wanted = await expected(made, method, input, new Float32Array(made.elements).fill(0.05));
        expect.soft(mapOf(results, n), `input ${n}`).toBeNear(wanted, 1e-3);
      }
      expect(explainer.record.settings).toMatchObject({ noise: 0.1, noiseRange: "of each input" });
    });
  });

  test("bounds that are given decide, as for pictures", async () => {
    const options = { ...settings, method: "smoothgrad", pixels: { low: [-1], high: [1] } } as const;
    await withExplainer(explainerFor(made.model, options), (explainer) => {
      expect(explainer.record.settings).not.toHaveProperty("noiseRange");
    });
  });
});

test("a picture without bounds still needs them", async () => {
  const made = make("picture");
  const error = await userErrorOf(() =>
    explainerFor(made.model, { method: "smoothgrad", pixels: undefined }),
  );
  expect(error.message).toContain("in proportion to the range of pixels");
});

describe("a baseline of one number for each channel", () => {
  test.each(["channels first", "channels last", "features", "features, channels last"] as const)(
    "%s",
    async (form) => {
      for (const body of ["resnet", "voxels"] as const) {
        const made = make(body, form);
        const [input = new Float32Array()] = pictures(1, made.elements, 32);
        const places = made.elements / made.body.channels;
        const whole = Float32Array.from(input, (_, i) => [0.3, -0.2][Math.floor(i / places)] ?? 0);
        for (const method of ["integrated-gradients", "deeplift", "occlusion"] as const) {
          const options = { method, samples: 8, pixels: undefined } as const;
          const run = (baseline: readonly number[] | Float32Array) =>
            explainOnce(made.model, [made.turned(input)], [[target]], { ...options, baseline });
          const byChannel = mapOf(await run([0.3, -0.2]));
          const twin = make(body);
          const wanted = mapOf(
            await explainOnce(twin.model, [input], [[target]], {
              ...options,
              baseline: method === "occlusion" ? [0.3, -0.2] : whole,
            }),
          );
          const back = method === "occlusion" ? byChannel : made.back(byChannel);
          expect.soft(back, `${body}, ${method}`).toBeNear(wanted, 1e-4);
        }
      }
    },
  );
});
