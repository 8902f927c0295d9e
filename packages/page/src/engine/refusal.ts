/** What a user can meet, in the command line's words. */
import { errorText } from "@onnx-lrp/cli/internal";
import { methodNames, unknownPolicies } from "@onnx-lrp/core/names";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Refusal } from "./engine.ts";

export function refusalOf(error: unknown): Refusal {
  if (error instanceof UserError) {
    return {
      text: errorText(error),
      methods: methodNames.filter((name) => offers(error, "method", name)),
      unknown: unknownPolicies.filter((policy) => policy !== "error" && offers(error, "unknown", policy)),
      lacksData: error.kind === "model" && /keeps the tensor/.test(error.reason),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  const text = `An error in onnx-lrp itself: ${message.replace(/\s+/g, " ").slice(0, 500)}. Please report it.`;
  return { text, methods: [], unknown: [], lacksData: false };
}

/** Whether one of its remedies is that value of an option. */
function offers({ remedies }: UserError, option: string, value: string): boolean {
  return remedies.some(
    (remedy) =>
      remedy.kind === "option" && remedy.option === option && remedy.values?.includes(value) === true,
  );
}
