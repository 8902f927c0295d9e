import { UserError } from "@onnx-lrp/onnx-loader/error";
import type { z } from "zod";

/** The first thing that is wrong with a file, as a sentence: the place, the field, what it must be. */
export function sentenceOf(path: string, error: z.ZodError, where?: string): UserError {
  const issue = error.issues[0];
  const field = (issue?.path ?? [])
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
  const place = [`In "${path}"`, ...(where === undefined ? [] : [where])].join(" ");
  const what = (issue?.message ?? "is wrong").replace(/^Invalid input: /, "").replace(/^expected/, "must be");
  return new UserError("usage", `${place}: ${field === "" ? "it" : `"${field}"`} ${what}.`, { cause: error });
}
