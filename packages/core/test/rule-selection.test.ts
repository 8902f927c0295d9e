/** Which layers of a network the entries of a rules file choose. */
import type { Node } from "@onnx-lrp/onnx-loader";
import { describe, expect, test } from "vitest";
import type { Role } from "../src/composites.ts";
import { layerRules, selectorFor, zboxOffFirstLayer } from "../src/layer-selectors.ts";
import { parseRuleFile, selects, unusedSelectors } from "../src/rule-file.ts";
import { defaultParameters } from "../src/rules/parameters.ts";

function node(op: string, name: string, more: Partial<Node> = {}): Node {
  return { op, domain: "", name, inputs: [], outputs: [`${name}_out`], attributes: new Map(), ...more };
}

const nodes = [
  { node: node("Conv", "/features/features.0/Conv"), role: "first" },
  { node: node("Relu", "/features/features.1/Relu"), role: undefined },
  { node: node("Conv", "/features/features.3/Conv"), role: "conv" },
  { node: node("GlobalAveragePool", "/pool"), role: "other" },
  { node: node("Gemm", "fc"), role: "dense" },
] as const satisfies readonly { node: Node; role: Role | undefined }[];

const parse = (file: unknown) => parseRuleFile(JSON.stringify(file), "rules/mine.json");

describe("selecting", () => {
  const conv = nodes[0].node;
  const nameless = node("Conv", "", { outputs: ["onnx::Conv_17"] });
  const foreign = node("Conv", "c", { domain: "com.example" });
  test.each([
    [{}, conv, "conv", true],
    [{ name: ["/features/features.0/Conv"] }, conv, "conv", true],
    [{ name: ["features.0"] }, conv, "conv", false],
    [{ name: ["fc", "*features.?/*"] }, conv, "conv", true],
    [{ name: ["onnx::*_17"] }, nameless, "conv", true],
    [{ name: ["*_out"] }, conv, "conv", false],
    [{ op: ["Conv"] }, conv, "first", true],
    [{ op: ["Gemm", "Conv"] }, conv, "first", true],
    [{ op: ["conv"] }, conv, "first", false],
    [{ op: ["Conv"] }, foreign, "conv", false],
    [{ op: ["com.example.Conv"] }, foreign, "conv", true],
    [{ op: ["Conv*"] }, node("ConvTranspose", "up"), "conv", true],
    [{ role: ["conv"] }, conv, "first", false],
    [{ role: ["conv", "first"] }, conv, "first", true],
    [{ name: ["*features.0*"], op: ["Conv"], role: ["first"] }, conv, "first", true],
    [{ name: ["*features.0*"], op: ["Gemm"], role: ["first"] }, conv, "first", false],
    [{ name: ["*features.0*"], op: ["Conv"], role: ["dense"] }, conv, "first", false],
    [{ name: ["fc"], op: ["Conv"], role: ["first"] }, conv, "first", false],
  ] as const)("%j", (conditions, at, role, expected) => {
    expect(selects({ ...conditions, rule: { kind: "flat" } }, at, role)).toBe(expected);
  });

  test("the first entry that fits decides", () => {
    const { layers } = parse({
      layers: [
        { name: "*features.3*", rule: "flat" },
        { op: "Conv", rule: "wsquare" },
      ],
    });
    const kinds = nodes.map(
      ({ node, role }) => role && (selectorFor(layers, node, role)?.rule.kind ?? "base"),
    );
    expect(kinds).toEqual(["wsquare", undefined, "flat", "base", "base"]);
  });

  test("each rule comes with its parameters, and with the run's where it has none", () => {
    const { layers } = parse({
      layers: [
        "epsilon",
        "zplus",
        "gamma",
        "zbox",
        "wsquare",
        "flat",
        "excitation",
        "gradient",
        { kind: "epsilon", epsilon: 0.5 },
        { kind: "epsilon", epsilon: 0 },
        { kind: "zplus", bias: "full" },
        { kind: "gamma", gamma: 3 },
        { kind: "alpha-beta", alpha: 1, beta: 0 },
        { kind: "alpha-beta", alpha: 2, beta: 1, bias: "none" },
      ].map((rule) => ({ rule })),
    });
    const rules = layerRules(layers, { ...defaultParameters, epsilon: 0.125, gamma: 7, bias: "positive" });
    expect(rules.map(({ rule }) => rule.title)).toEqual([
      "epsilon(0.125)",
      "zplus, bias positive",
      "gamma(7)",
      "zbox",
      "wsquare",
      "flat",
      "excitation",
      "gradient",
      "epsilon(0.5)",
      "epsilon(0)",
      "zplus, bias full",
      "gamma(3)",
      "alpha-beta(1, 0), bias positive",
      "alpha-beta(2, 1)",
    ]);
    expect(rules.every(({ selects }) => selects(conv, "first"))).toBe(true);
  });
});

describe("against a network", () => {
  const messages = (layers: readonly object[]) =>
    unusedSelectors(
      parse({ layers: layers.map((one) => ({ rule: "zplus", ...one })) }).layers,
      nodes,
      "r.json",
    ).map(({ message }) => message);

  test("entries that each decide for a layer are all right", () => {
    expect(messages([{ name: "*features.0*" }, { op: "Conv" }, { role: "other" }, {}])).toEqual([]);
  });

  test("an entry that fits no layer is told with the nearest names", () => {
    const [message, ...more] = messages([{ op: "Gemm" }, { name: "features.3*", op: "Conv" }]);
    expect(more).toEqual([]);
    expect(message).toBe(
      'In the rules file "r.json" the entry layers[1] (name "features.3*", op Conv) matches none of the network\'s 4 ' +
        'layers with a rule. The nearest are: "/features/features.3/Conv" (Conv, conv), ' +
        '"/features/features.0/Conv" (Conv, first). A pattern must match the whole name: "*features.3*" would match ' +
        '"/features/features.3/Conv". Inspect the network to list the layers.',
    );
  });

  test("and with those that have the operation, or nearly", () => {
    expect(messages([{ op: "conv", role: "first" }])[0]).toMatch(
      /\(op conv, role first\) matches none .* The nearest are: "\/features\/features.0\/Conv" \(Conv, first\), .*\.$/,
    );
    expect(messages([{ name: "fc?", role: "dense" }])[0]).toContain('The nearest are: "fc" (Gemm, dense).');
  });

  test("nodes that are no linear layers do not count", () => {
    expect(messages([{ op: "Relu" }])[0]).toContain("(op Relu) matches none");
  });

  test("an entry that earlier ones leave nothing to is told with one of them", () => {
    expect(messages([{ role: "dense" }, { op: "Conv" }, { name: "*features.3*" }])).toEqual([
      'In the rules file "r.json" the entry layers[2] (name "*features.3*") is never used: earlier entries take all the ' +
        'layers that it matches (layers[1] takes the Conv node "/features/features.3/Conv"). To fix this: put it before ' +
        "them; or leave it out.",
    ]);
  });

  test("a network without layers fits nothing", () => {
    const errors = unusedSelectors([{ rule: { kind: "flat" } }], []);
    expect(errors.map(({ message }) => message)).toEqual([
      "The entry layers[0] matches none of the network's 0 layers with a rule. Inspect the network to list the layers.",
    ]);
  });

  test("zbox is for first layers", () => {
    const zbox = (entry: object) =>
      zboxOffFirstLayer(parse({ layers: [{ rule: "zbox", ...entry }] }).layers, nodes);
    expect(zbox({ role: "first" })).toEqual([]);
    const [error, ...more] = zbox({ op: "Conv" });
    expect(more).toEqual([]);
    expect(error?.message).toContain(
      'The entry layers[0] (op Conv) gives the zbox rule to the Conv node "/features/features.3/Conv", which is not a ' +
        "first layer",
    );
  });
});
