/** Which rules, or which gradient, a method goes by. */
import { UserError } from "@onnx-lrp/onnx-loader";
import { type Composite, compositeByName, gradientComposites } from "../composites.ts";
import type { ExplanationOptions } from "../explanation-options.ts";
import { layerRules } from "../layer-selectors.ts";
import type { Method } from "../methods.ts";
import type { RuleFile } from "../rule-file.ts";
import type { RuleParameters } from "../rules/parameters.ts";

export function resolveComposite(
  method: Method,
  parameters: RuleParameters,
  options: ExplanationOptions,
): Composite {
  const { composite: wanted, rules } = options;
  const given = rules === undefined ? wanted : `rules file ${rules.name}`;
  const none = (why: string): never => {
    throw new UserError(
      "usage",
      `The method ${method.name} ${why} and takes no composite; leave out "${given}".`,
    );
  };
  switch (method.kind) {
    case "relevance": {
      if (method.composite !== undefined) {
        if (given !== undefined && given !== method.composite) none("has rules of its own");
        return compositeByName(method.composite, parameters);
      }
      if (rules !== undefined && wanted !== undefined) {
        throw new UserError(
          "usage",
          `Give a composite ("${wanted}") or a rules file ("${rules.name}"), not both.`,
        );
      }
      if (rules !== undefined) return compositeOfFile(rules, parameters);
      return compositeByName(wanted ?? "zplus-box", parameters);
    }
    case "gradient":
      if (given !== undefined && given !== method.composite.name) none("propagates gradients");
      return method.composite;
    case "sampled":
    case "full-gradient":
    case "activation-map":
      if (given !== undefined && given !== "gradient") none("propagates gradients");
      return gradientComposites.gradient;
    case "perturbation":
      throw new UserError(
        "usage",
        `The method ${method.name} is made by asking the network again and again, not by one model: it has nothing to inspect or to compile. onnx-lrp explain makes its maps.`,
      );
  }
}

function compositeOfFile({ name, base, layers }: RuleFile, parameters: RuleParameters): Composite {
  const composite = compositeByName(base, parameters);
  return composite.kind === "rules"
    ? { ...composite, name, layers: layerRules(layers, parameters) }
    : composite;
}
