/** What a user can meet, in the command line's words. */
import { errorText } from "@onnx-lrp/cli/internal";
import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { Refusal } from "./engine.ts";

export function refusalOf(error: unknown): Refusal {
  if (error instanceof UserError) {
    return {
      text: errorText(error),
      blackBox: error.kind === "unsupported" && error.subject.operation !== undefined,
      lacksData: error.kind === "model" && /external data|beside it/i.test(error.reason),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  const text = `An error in onnx-lrp itself: ${message.replace(/\s+/g, " ").slice(0, 500)}. Please report it.`;
  return { text, blackBox: false, lacksData: false };
}
