import type { Node, UserError } from "@onnx-lrp/onnx-loader";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Role } from "../src/composites.ts";
import { matchesGlob } from "../src/glob.ts";
import { layerRules, selectorFor, zboxOffFirstLayer } from "../src/layer-selectors.ts";
import { compositeNames, ruleCompositeNames } from "../src/names.ts";
import { parseRuleFile, ruleFileSchema, selects, unusedSelectors } from "../src/rule-file.ts";
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

function failure(action: () => unknown): UserError {
  try {
    action();
  } catch (error) {
    expect(error).toMatchObject({ name: "UserError", kind: "usage" });
    return error as UserError;
  }
  throw new Error("nothing failed");
}

const refused = (file: unknown) => failure(() => parse(file)).message;

/** The refusal of a rule. */
const ruleRefused = (rule: unknown) => refused({ layers: [{ rule }] });

describe("a rules file", () => {
  test("becomes a base and selectors", () => {
    const text = `\uFEFF{ "$schema": "./rules.schema.json", "name": "my-composite", "base": "epsilon-plus", "layers": [
      { "name": "features.0*", "rule": "zbox" },
      { "op": "Conv", "rule": { "kind": "gamma", "gamma": 0.1 } },
      { "role": "dense", "rule": { "kind": "epsilon", "epsilon": 0.01 } },
      { "name": ["layer4.*", "fc"], "op": "Conv", "rule": {"kind": "alpha-beta", "alpha": 2, "beta": 1, "bias": "none"} },
      { "role": ["first", "other"], "rule": "gradient" }, { "rule": "zplus" } ] }`;
    expect(parseRuleFile(text, "x.json")).toEqual({
      name: "my-composite",
      base: "epsilon-plus",
      layers: [
        { name: ["features.0*"], rule: { kind: "zbox" } },
        { op: ["Conv"], rule: { kind: "gamma", gamma: 0.1 } },
        { role: ["dense"], rule: { kind: "epsilon", epsilon: 0.01 } },
        {
          name: ["layer4.*", "fc"],
          op: ["Conv"],
          rule: { kind: "alpha-beta", alpha: 2, beta: 1, bias: "none" },
        },
        { role: ["first", "other"], rule: { kind: "gradient" } },
        { rule: { kind: "zplus" } },
      ],
    });
  });

  test.each([
    ["rules/zebra.json", "zebra"],
    ["C:\\rules\\zebra.v2.JSON", "zebra.v2"],
    ["zebra", "zebra"],
    ["", "rules"],
  ])("at %j is called after it where it has no name", (where, name) => {
    expect(parseRuleFile(`{"layers": []}`, where)).toEqual({ name, base: "zplus-box", layers: [] });
  });

  test.each([...compositeNames, "sglrp"])("must not be called %s", (name) => {
    expect(refused({ name, layers: [] })).toContain(`name must differ`);
    expect(failure(() => parseRuleFile(`{"layers": []}`, `${name}.json`)).message).toContain(name);
  });
});

describe("the place of an error is named", () => {
  test("in JSON that cannot be read", () => {
    const { message } = failure(() => parseRuleFile(`{"layers": [}`, "rules/mine.json"));
    expect(message).toMatch(/^In the rules file "rules\/mine\.json" the JSON cannot be read: .*\.$/);
  });

  test.each([
    [[], "the top level must be an object with the fields name, base, layers; it is []"],
    [null, "the top level must be an object with the fields name, base, layers; it is null"],
    [{}, "layers is missing; it must be a list of entries"],
    [{ layers: {} }, "layers must be a list of entries; it is {}"],
    [{ layers: [], name: "" }, 'name must be a string, and not empty; it is ""'],
    [{ layers: [], name: 4 }, "name must be a string; it is 4"],
    [
      { layers: [], bases: "zplus" },
      'the top level has no field "bases"; the fields there are name, base, layers',
    ],
    [{ layers: [], base: "zpuls" }, `base must be one of ${ruleCompositeNames.join(", ")}; it is "zpuls"`],
    [
      { layers: ["zplus"] },
      'layers[0] must be an object with the fields name, op, role, rule; it is "zplus"',
    ],
    [
      { layers: [{ rule: "zplus" }, { nam: "fc" }] },
      'layers[1] has no field "nam"; the fields there are name, op, role, rule',
    ],
    [
      { layers: [{ rule: "zplus", name: 1 }] },
      "layers[0].name must be a pattern for names, or a list of them; it is 1",
    ],
    [{ layers: [{ rule: "zplus", name: "" }] }, 'layers[0].name must be a pattern, and not empty; it is ""'],
    [
      { layers: [{ rule: "zplus", name: [] }] },
      "layers[0].name must be a pattern for names, or a list of them; it is []",
    ],
    [{ layers: [{ rule: "zplus", name: ["fc", 2] }] }, "layers[0].name[1] must be a pattern; it is 2"],
    [
      { layers: [{ rule: "zplus", op: false }] },
      "layers[0].op must be a pattern for operations, or a list of them; it is false",
    ],
    [
      { layers: [{ rule: "zplus", role: "convolution" }] },
      'layers[0].role must be one of first, conv, dense, other, or a list of them; it is "convolution"',
    ],
    [
      { layers: [{ rule: "zplus", role: ["conv", "last"] }] },
      'layers[0].role[1] must be one of first, conv, dense, other; it is "last"',
    ],
  ])("%j", (file, what) => {
    expect(refused(file)).toBe(`In the rules file "rules/mine.json" ${what}.`);
  });

  const short = "epsilon, zplus, gamma, zbox, wsquare, flat, excitation, gradient";
  const anyRule = `a rule's name (${short}), or an object such as {"kind": "alpha-beta", "alpha": 2, "beta": 1}`;
  test.each([
    [undefined, ` is missing; it must be ${anyRule}`],
    ["zbx", ` must be ${anyRule}; it is "zbx"`],
    ["alpha-beta", ` must be ${anyRule}; it is "alpha-beta"`],
    [["zbox"], ` must be ${anyRule}; it is ["zbox"]`],
    [{}, `.kind is missing; it must be one of ${short}, alpha-beta`],
    [{ kind: "z+" }, `.kind must be one of ${short}, alpha-beta; it is "z+"`],
    [{ kind: "gamma", gamma: -1 }, ".gamma must be a number of at least 0; it is -1"],
    [{ kind: "gamma", gamma: "0.1" }, '.gamma must be a number of at least 0; it is "0.1"'],
    [{ kind: "gamma", gamma: null }, ".gamma must be a number of at least 0; it is null"],
    [{ kind: "epsilon", epsilon: 1e40 }, ".epsilon must be a number of at most 1e30; it is 1e+40"],
    [{ kind: "epsilon", gamma: 1 }, ' has no field "gamma"; the fields there are kind, epsilon'],
    [{ kind: "alpha-beta", alpha: 2 }, ".beta is missing; it must be a number of at least 0"],
    [
      { kind: "alpha-beta", alpha: 2, Beta: 1 },
      ' has no field "Beta"; the fields there are kind, alpha, beta, bias',
    ],
    [{ kind: "zplus", bias: true }, ".bias must be one of none, positive, full; it is true"],
    [{ kind: "flat", a: 1, b: 2 }, ' has no field "a", "b"; the fields there are kind'],
  ])("rule %j", (rule, what) => {
    expect(ruleRefused(rule)).toBe(`In the rules file "rules/mine.json" layers[0].rule${what}.`);
  });

  test("in numbers beyond all bounds", () => {
    const text = `{"layers": [{"rule": {"kind": "gamma", "gamma": 1e999}}]}`;
    const { message } = failure(() => parseRuleFile(text, "x.json"));
    expect(message).toContain("layers[0].rule.gamma must be a number of at least 0; it is Infinity.");
  });

  test("whatever is in the file", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({ layers: fc.array(fc.jsonValue()) }),
          fc.record({ layers: fc.tuple(fc.record({ rule: fc.jsonValue() })) }),
          fc.record({
            layers: fc.tuple(
              fc.record({ rule: fc.record({ kind: fc.constant("gamma"), gamma: fc.jsonValue() }) }),
            ),
          }),
        ),
        (file) => {
          let message: string;
          try {
            parse(file);
            return;
          } catch (error) {
            message = error instanceof Error ? `${error.name}: ${error.message}` : "";
          }
          // zod's own words begin like that.
          expect(message).not.toMatch(/Invalid|expected|Too |Unrecognized/);
          expect(message).toMatch(
            /^UserError: In the rules file "rules\/mine\.json" \S.* (must be|has no field) .*\.$/,
          );
        },
      ),
    );
  });

  test("a key of every object's prototype is a field that is not there", () => {
    const inherited = failure(() => parseRuleFile(`{"layers": [], "toString": 1}`, "x")).message;
    expect(inherited).toContain('no field "toString"');
    const own = `{"layers": [{"__proto__": {"rule": "zbox"}, "constructor": 1}]}`;
    expect(failure(() => parseRuleFile(own, "x")).message).toContain("layers[0]");
  });
});

test("the JSON Schema says what the parser takes", () => {
  expect(ruleFileSchema).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    required: ["layers"],
    additionalProperties: false,
    properties: {
      base: { enum: [...ruleCompositeNames], default: "zplus-box" },
      layers: { type: "array", items: { required: ["rule"], additionalProperties: false } },
    },
  });
  expect(JSON.parse(JSON.stringify(ruleFileSchema))).toEqual(ruleFileSchema);
});

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

describe("patterns", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", ".", "/", "[", "*", "?", "\\", "(", "😀") });

  /** As the definition says it: a `*` takes nothing, or one character and then what it takes. */
  function fits(pattern: string, text: string): boolean {
    const [first, ...rest] = pattern;
    const [next, ...left] = text;
    if (first === undefined) return next === undefined;
    if (first === "*" && fits(rest.join(""), text)) return true;
    if (next === undefined) return false;
    if (first === "*") return fits(pattern, left.join(""));
    return (first === "?" || first === next) && fits(rest.join(""), left.join(""));
  }

  test("mean what their definition says", () => {
    let held = 0;
    fc.assert(
      fc.property(
        letters,
        letters,
        fc.boolean(),
        fc.infiniteStream(fc.nat(5)),
        (pattern, text, drawn, take) => {
          // Of two texts drawn apart hardly one fits the other: half of them are made from the pattern.
          const made = Array.from(pattern, (one) => {
            const { value } = take.next();
            return one === "*" ? "ab/*?".slice(0, value) : one === "?" ? "ab/*?😀"[value] : one;
          }).join("");
          const given = drawn ? text : made;
          const expected = fits(pattern, given);
          if (expected) held++;
          expect(matchesGlob(pattern, given)).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
    expect(held).toBeGreaterThan(500);
  });

  test("without * and ? are names", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const plain = a.replace(/[*?]/g, "");
        expect(matchesGlob(plain, plain)).toBe(true);
        expect(matchesGlob(plain, b)).toBe(plain === b);
      }),
    );
  });

  test.each([
    [".*", "fc", false],
    ["f.", "fc", false],
    ["[a-z]*", "fc", false],
    ["(a+)+$", "aaa", false],
    ["a|b", "a", false],
    ["^fc$", "fc", false],
    ["\\w*", "fc", false],
    ["[0]", "[0]", true],
    ["FC", "fc", false],
    ["?", "😀", true],
    ["*", "", true],
    ["?", "", false],
    ["*.*", "a\nb.c", true],
    ["layer?", "layer10", false],
    ["*ab", "aab", true],
  ])("%s on %j: %s", (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  test("that would keep a regular expression busy for years are quick", () => {
    const start = performance.now();
    expect(matchesGlob(`${"*a".repeat(500)}*b`, "a".repeat(5000))).toBe(false);
    expect(matchesGlob(`${"a*".repeat(500)}b`, "a".repeat(5000))).toBe(false);
    expect(matchesGlob(`${"*".repeat(5000)}b`, "a".repeat(5000))).toBe(false);
    expect(matchesGlob(`${"?*".repeat(2000)}b`, "a".repeat(5000))).toBe(false);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
