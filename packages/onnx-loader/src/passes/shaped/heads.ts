/** Heads side by side, and in an axis of their own. */
import { type ShapedContext, transpose } from "./context.ts";

/** [N, L, heads * size] as [N, heads, L, size]. */
export function apart(context: ShapedContext, x: string, heads: number, size: number): string {
  const { tape } = context;
  return transpose(context, tape.emit("Reshape", [x, tape.ints([0, 0, heads, size])]), [0, 2, 1, 3]);
}

/** The opposite of `apart`. */
export function together(context: ShapedContext, x: string, width: number): string {
  const { tape } = context;
  return tape.emit("Reshape", [transpose(context, x, [0, 2, 1, 3]), tape.ints([0, 0, width])]);
}
