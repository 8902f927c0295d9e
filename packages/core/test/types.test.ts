/**
 * What the types of `@onnx-lrp/core` promise to programs and editors. `tsc -p test` checks these; run, they are quick and
 * pass.
 */
import * as ort from "onnxruntime-node";
import { describe, expectTypeOf, test } from "vitest";
import {
  type Behaviour,
  type CompiledExplainer,
  type Composite,
  type CompositeName,
  compositeByName,
  createExplainer,
  type Explainer,
  type ExplainerOptions,
  type ExplanationOptions,
  epsilon,
  everywhere,
  type GradientComposite,
  type MethodName,
  type ModelMethodName,
  methods,
  type Rule,
  type RuleComposite,
  registerOperator,
  type Unsupported,
} from "../src/index.ts";
import type { PreparedExplanation } from "../src/internal.ts";
import type { RuleSpec } from "../src/rule-file.ts";
import type { Seed } from "../src/seeds/index.ts";

describe("options", () => {
  test("methods are literals", () => {
    expectTypeOf<ExplanationOptions["method"]>().toEqualTypeOf<MethodName | undefined>();
    expectTypeOf<{ method: "sglrp" }>().toExtend<ExplanationOptions>();
    expectTypeOf<{ method: "sglpr" }>().not.toExtend<ExplanationOptions>();
    expectTypeOf<{ method: string }>().not.toExtend<ExplanationOptions>();
    // @ts-expect-error a slip of the pen
    const misspelt: ExplainerOptions = { method: "sglpr" };
    expectTypeOf(misspelt).toEqualTypeOf<ExplainerOptions>();
  });

  test("composites are literals or objects", () => {
    expectTypeOf<ExplanationOptions["composite"]>().toEqualTypeOf<CompositeName | Composite | undefined>();
    expectTypeOf<"gradient">().toExtend<CompositeName>();
    expectTypeOf<{ composite: "zpuls" }>().not.toExtend<ExplanationOptions>();
    const composite = { kind: "rules", name: "mine", rules: everywhere(epsilon(0.1)) } as const;
    expectTypeOf(composite).toExtend<Composite>();
    expectTypeOf<{ composite: typeof composite }>().toExtend<ExplanationOptions>();
    // A rule is missing.
    expectTypeOf<{ kind: "rules"; name: "mine"; rules: { first: Rule } }>().not.toExtend<Composite>();
  });

  test("composites of rules have rules to spread", () => {
    expectTypeOf(compositeByName("epsilon-plus")).toEqualTypeOf<RuleComposite>();
    expectTypeOf(compositeByName("gradient")).toEqualTypeOf<Composite>();
    expectTypeOf<Composite>().toEqualTypeOf<RuleComposite | GradientComposite>();
  });

  test("rules of rules files have exactly their parameters", () => {
    expectTypeOf<{ kind: "alpha-beta"; alpha: number; beta: number }>().toExtend<RuleSpec>();
    expectTypeOf<{ kind: "alpha-beta"; alpha: number }>().not.toExtend<RuleSpec>();
    expectTypeOf<{ kind: "gamma" }>().toExtend<RuleSpec>();
    expectTypeOf<{ kind: "gamma"; gamma: string }>().not.toExtend<RuleSpec>();
    expectTypeOf<{ kind: "delta" }>().not.toExtend<RuleSpec>();
  });
});

describe("createExplainer", () => {
  const made = <T>(_: () => Promise<T>): T[] => [];
  const bytes = new Uint8Array();

  test("gives a compiled explainer for methods that are models", () => {
    expectTypeOf(made(() => createExplainer(ort, bytes))).toEqualTypeOf<CompiledExplainer[]>();
    expectTypeOf(made(() => createExplainer(ort, bytes, { samples: 3 }))).toEqualTypeOf<
      CompiledExplainer[]
    >();
    expectTypeOf(made(() => createExplainer(ort, bytes, { method: "sglrp" }))).toEqualTypeOf<
      CompiledExplainer[]
    >();
    expectTypeOf(made(() => createExplainer(ort, bytes, { method: "smoothgrad" }))).toEqualTypeOf<
      CompiledExplainer[]
    >();
    expectTypeOf<CompiledExplainer["prepared"]>().toEqualTypeOf<PreparedExplanation>();
  });

  test("and an explainer for others, and where the method is not known before the run", () => {
    expectTypeOf(made(() => createExplainer(ort, bytes, { method: "occlusion" }))).toEqualTypeOf<
      Explainer[]
    >();
    const options: ExplainerOptions = {};
    expectTypeOf(made(() => createExplainer(ort, bytes, options))).toEqualTypeOf<Explainer[]>();
    expectTypeOf<Explainer["prepared"]>().toEqualTypeOf<PreparedExplanation | undefined>();
  });

  test("model methods are all but those that query the network many times", () => {
    expectTypeOf<Exclude<MethodName, ModelMethodName>>().toEqualTypeOf<
      "score-cam" | "occlusion" | "rise" | "lime" | "kernel-shap" | "random" | "edge"
    >();
  });
});

describe("tables", () => {
  test("a relevance method has a seed, a gradient its composite", () => {
    expectTypeOf(methods.sglrp.seed).toExtend<Seed>();
    expectTypeOf(methods.sglrp.kind).toEqualTypeOf<"relevance">();
    expectTypeOf(methods.deeplift.composite.activations).toEqualTypeOf<"rescale">();
    expectTypeOf<keyof typeof methods>().toEqualTypeOf<MethodName>();
  });

  test("an operator behaves in one of six ways, or is unsupported", () => {
    expectTypeOf<Behaviour["kind"]>().toEqualTypeOf<
      "linear" | "bilinear" | "softmax" | "pass" | "route" | "product"
    >();
    expectTypeOf<Unsupported["kind"]>().toEqualTypeOf<"unsupported">();
    const inputsOf = (behaviour: Behaviour): readonly number[] => {
      switch (behaviour.kind) {
        case "pass":
        case "softmax":
          return [behaviour.input];
        case "linear":
        case "bilinear":
        case "route":
        case "product":
          return behaviour.inputs;
      }
    };
    expectTypeOf(inputsOf).returns.toEqualTypeOf<readonly number[]>();
  });

  test("registerOperator takes an entry, and gives what takes it back", () => {
    expectTypeOf(registerOperator).returns.toEqualTypeOf<() => void>();
    type Entry = Parameters<typeof registerOperator>[1];
    expectTypeOf<{ describe: () => { kind: "magic" } }>().not.toExtend<Entry>();
  });
});
