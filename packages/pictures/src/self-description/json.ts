import { UserError } from "@onnx-lrp/onnx-loader/error";
import { z } from "zod/mini";
import { maxSidecarBytes, type SidecarText } from "./reader.ts";

/** A number that arithmetic can use. */
export const finite = z.number().check(z.refine((value: number) => Number.isFinite(value)));

/** Height or width of a picture. */
export const side = z.int().check(z.gte(1), z.lte(2 ** 14));

/** A field that may be missing or null. */
export function maybe<Schema extends z.core.SomeType>(schema: Schema) {
  return z.optional(z.nullable(schema));
}

/** Per channel: one number, or one for each of three or four channels. */
export const perChannel = z.union([
  z.pipe(
    finite,
    z.transform((value: number): readonly number[] => [value]),
  ),
  z.array(finite).check(z.refine((values: number[]) => [1, 3, 4].includes(values.length))),
]);

/**
 * The file's JSON as an object; undefined where it is JSON of another kind.
 *
 * @throws UserError "input" if it is too large, or no JSON
 */
export function jsonObject({ path, text }: SidecarText): Readonly<Record<string, unknown>> | undefined {
  checkSize(path, text);
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError("input", `The JSON of ${path} cannot be read: ${reason}.`, { cause });
  }
  return typeof json === "object" && json !== null && !Array.isArray(json) ? { ...json } : undefined;
}

/** @throws UserError "input" if the text is longer than any that says something */
export function checkSize(name: string, text: string): void {
  if (text.length <= maxSidecarBytes) return;
  const size = Math.ceil(text.length / 2 ** 20);
  throw new UserError("input", `${name} is too large to be read (${size} MiB).`);
}

/**
 * The object with the fields of `schema`, others left out.
 *
 * @throws UserError "input" naming the field that does not hold what it must
 */
export function checked<Schema extends z.core.$ZodType>(
  schema: Schema,
  value: unknown,
  path: string,
): z.output<Schema> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.map(String).join(".") ?? "";
  throw new UserError("input", `${path} is not used: its "${field}" does not hold what it must.`);
}
