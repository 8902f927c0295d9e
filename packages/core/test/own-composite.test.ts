/** Composites that a program makes of rules of its own, by what `@onnx-lrp/core` exports. */
import type { Node } from "@onnx-lrp/onnx-loader";
import { explainerFor, explainOnce, withExplainer } from "@onnx-lrp/test-kit/explain";
import { expect, test } from "vitest";
import {
  all,
  branch,
  type Composite,
  compositeByName,
  epsilon,
  everywhere,
  gamma,
  type Rule,
  share,
  zbox,
  zplus,
} from "../src/index.ts";
import { gradientComposites } from "../src/internal.ts";
import { parseRuleFile } from "../src/rule-file.ts";
import { difference } from "./compare.ts";
import { pictures } from "./pictures.ts";
import { residualNetwork } from "./sample-networks.ts";

const model = residualNetwork({ seed: 6, signed: true });
const images = pictures(2, 192, 21);

async function mapsOf(options: Parameters<typeof explainerFor>[1]) {
  return withExplainer(explainerFor(model, options), async (explainer) => {
    const results = await explainer.explain(images, [
      [0, 1],
      [2, 4],
    ]);
    const maps = results.flatMap(({ explanations }) => explanations.map(({ relevance }) => relevance));
    expect(maps).toHaveLength(4);
    return { maps, record: explainer.record };
  });
}

test("one made of the package's rules gives what the package's own gives", async () => {
  const eps = epsilon(1e-6);
  const composite: Composite = {
    kind: "rules",
    name: "mine",
    rules: { ...everywhere(eps), first: zbox, conv: gamma(0.25) },
  };
  const [own, named] = [await mapsOf({ composite }), await mapsOf({ composite: "epsilon-gamma-box" })];
  expect(own.maps).toEqual(named.maps);
  expect(own.record).toMatchObject({
    composite: "mine",
    settings: { rules: { first: "zbox", conv: "gamma(0.25)", dense: "epsilon(0.000001)" } },
  });
});

test("a rule of one's own: the epsilon rule without the bias in its denominator conserves", async () => {
  const unbiased: Rule = {
    kind: "shares",
    name: "custom",
    title: "unbiased",
    branches: [branch([share(all, all)])],
  };
  const composite: Composite = { kind: "rules", name: "unbiased", rules: everywhere(unbiased) };
  const [result] = await explainOnce(model, images.slice(0, 1), [[1]], {
    method: "lrp",
    composite,
    conservation: true,
  });
  const report = result?.conservation?.[0]?.filter(({ rule }) => rule === "unbiased") ?? [];
  expect(report.length).toBeGreaterThan(3);
  for (const { bias, stabilizer } of report) expect([bias, stabilizer]).toEqual([0, 0]);
});

test("layers chosen by a function, over a composite of the package", async () => {
  const dense = (node: Node) => node.op === "Gemm";
  const composite: Composite = {
    ...compositeByName("zplus"),
    name: "mine",
    layers: [{ selects: dense, rule: epsilon(0.01) }],
  };
  const file = '{"base": "zplus", "layers": [{"op": "Gemm", "rule": {"kind": "epsilon", "epsilon": 0.01}}]}';
  const rules = parseRuleFile(file, "mine");
  const [own, byFile, base] = [
    await mapsOf({ composite }),
    await mapsOf({ rules }),
    await mapsOf({ composite: "zplus" }),
  ];
  expect(own.maps).toEqual(byFile.maps);
  expect(difference(own.maps[0] ?? [], base.maps[0] ?? [])).toBeGreaterThan(1e-3);
});

test("gradients for any seed", async () => {
  const [own, named] = [
    await mapsOf({ composite: gradientComposites.gradient }),
    await mapsOf({ composite: "gradient" }),
  ];
  expect(own.maps).toEqual(named.maps);
});

test("a method's own composite may be given as an object, another may not", async () => {
  const own = await mapsOf({ method: "deconvnet", composite: gradientComposites.deconvnet });
  expect(own.maps).toEqual((await mapsOf({ method: "deconvnet" })).maps);
  const composite: Composite = { kind: "rules", name: "gradient", rules: everywhere(zplus) };
  for (const method of ["gradient", "smoothgrad", "grad-cam", "occlusion", "excitation-backprop"] as const) {
    await expect(explainerFor(model, { method, composite })).rejects.toThrow(/takes no composite/);
  }
});

test("the zbox rule is for layers that see the picture", async () => {
  const composite: Composite = { kind: "rules", name: "boxes", rules: everywhere(zbox) };
  await expect(explainerFor(model, { composite })).rejects.toMatchObject({
    kind: "usage",
    message: expect.stringMatching(/"boxes" gives the rule zbox to .* not a first layer/),
  });
});

test("rescaling compares with a baseline, which a seed's method does not have", async () => {
  const composite = gradientComposites.deeplift;
  await expect(explainerFor(model, { method: "lrp", composite })).rejects.toMatchObject({ kind: "usage" });
});
