/** What a run's plan keeps of the call that began it. */
import type { Plan } from "@onnx-lrp/evaluation/internal";
import type { EvaluationRequest } from "./request.ts";

/** @param call as it can be typed */
export function recordOf(request: EvaluationRequest, call: string): object {
  return isJson(request) ? { call, request } : { call };
}

/** Whether JSON can hold a value: tensors and functions it cannot. */
function isJson(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value !== "function";
  if (ArrayBuffer.isView(value)) return false;
  return Object.values(value).every(isJson);
}

/** The call that began a run, and what it was of, to draw its maps again; undefined for a run of the command. */
export function recordIn({
  options,
}: Pick<Plan, "options">):
  | { readonly call: string; readonly request: EvaluationRequest | undefined }
  | undefined {
  if (typeof options?.call !== "string") return undefined;
  // Written by `recordOf`, and nobody else.
  return { call: options.call, request: options.request as unknown as EvaluationRequest | undefined };
}
