/**
 * Makes initializers that the file also lists as inputs plain constants, and raises the IR version to 8. IR version 3 knows
 * no other initializers, and in newer files such a listing lets a caller override them; nobody who explains a trained
 * network does, and their values decide about the relevance pass.
 */
import type { Model } from "../model.ts";
import type { PassResult } from "./pass.ts";

const irVersion = 8;

export function freezeInitializers(model: Model): PassResult {
  const { graph } = model;
  const count = graph.overridable.size;
  if (count === 0 && model.irVersion >= irVersion) return { model, changed: [] };
  const valueInfo = graph.valueInfo.filter(({ name }) => !graph.overridable.has(name));
  const changed =
    count === 0
      ? []
      : [
          `${count} weight${count === 1 ? " that is" : "s that are"} listed as inputs stay${count === 1 ? "s" : ""} constant.`,
        ];
  return {
    model: {
      ...model,
      irVersion: Math.max(model.irVersion, irVersion),
      graph: { ...graph, valueInfo, overridable: new Set() },
    },
    changed,
  };
}
