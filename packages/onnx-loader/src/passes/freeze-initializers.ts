/**
 * Makes initializers that the file also lists as inputs plain constants, and brings the IR version between 8 and 13. IR
 * version 3 knows no other initializers, and in newer files such a listing lets a caller override them; nobody who explains
 * a trained network does, and their values decide about the relevance pass. Newer IR versions than 13, which onnxruntime
 * refuses unseen, added nothing that a network of operations up to the newest opset that is read here could need.
 */
import type { Model } from "../model.ts";
import type { PassResult } from "./pass.ts";

const oldest = 8;
const newest = 13;

export function freezeInitializers(model: Model): PassResult {
  const { graph } = model;
  const count = graph.overridable.size;
  const irVersion = Math.min(Math.max(model.irVersion, oldest), newest);
  if (count === 0 && model.irVersion === irVersion) return { model, changed: [] };
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
      irVersion,
      graph: { ...graph, valueInfo, overridable: new Set() },
    },
    changed,
  };
}
