/** Rules files: what they may say, and where an error in them lies. */
import type { UserError } from "@onnx-lrp/onnx-loader";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compositeNames, ruleCompositeNames, ruleNames } from "../src/names.ts";
import { parseRuleFile, ruleFileSchema } from "../src/rule-file.ts";

const parse = (file: unknown) => parseRuleFile(JSON.stringify(file), "rules/mine.json");

function failure(action: () => unknown): UserError {
  const error = userErrorOf(action);
  expect(error.kind).toBe("usage");
  return error;
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
      'layers[0].role must be one of first, conv, dense, other, attention, normalization, shift, or a list of them; it is "convolution"',
    ],
    [
      { layers: [{ rule: "zplus", role: ["conv", "last"] }] },
      'layers[0].role[1] must be one of first, conv, dense, other, attention, normalization, shift; it is "last"',
    ],
  ])("%j", (file, what) => {
    expect(refused(file)).toBe(`In the rules file "rules/mine.json" ${what}.`);
  });

  const short = ruleNames.filter((name) => name !== "alpha-beta").join(", ");
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
