/** The options --low and --high: between which numbers an input's values lie. */
import { UserError } from "@onnx-lrp/onnx-loader/error";

/**
 * @param text one number, or several separated by commas
 * @throws UserError `usage` for anything else
 */
export function parseBound(text: string | undefined, option: "--low" | "--high"): number[] | undefined {
  if (text === undefined) return undefined;
  const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (values.some((value) => !Number.isFinite(value)))
    throw new UserError("usage", `${option} must be numbers separated by commas; got "${text}".`);
  return values;
}
