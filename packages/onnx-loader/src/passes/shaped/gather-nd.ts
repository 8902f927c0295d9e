/** GatherND at fixed places: the axes that the places count along become one, from which Gather picks. */
import { intAttribute } from "../../attributes.ts";
import { inputOf } from "../../node.ts";
import type { Size } from "../../shapes.ts";
import type { ShapedContext, ShapedSplit } from "./context.ts";

export const gatherND: ShapedSplit = (node, context) => {
  const { tape } = context;
  const [data, indices] = [inputOf(node, 0), inputOf(node, 1)];
  const [sizes, count, places] = [context.dims(data), context.dims(indices), context.numbers(indices)];
  const depth = count?.at(-1);
  if (sizes === undefined || count === undefined || places === undefined || typeof depth !== "number")
    return undefined;
  if (intAttribute(node, "batch_dims", 0) !== 0 || depth === 0) return undefined;
  const counted = sizes.slice(0, depth);
  if (!counted.every((size) => typeof size === "number")) return undefined;
  const flat = Array.from({ length: places.length / depth }, (_, i) =>
    counted.reduce((at, size, axis) => {
      const place = places[i * depth + axis] ?? 0;
      return at * size + (place < 0 ? place + size : place);
    }, 0),
  );
  const rest = sizes.slice(depth);
  const rows = reshaped(context, data, [counted.reduce((a, b) => a * b, 1), ...rest]);
  const picked = rows && tape.emit("Gather", [rows, tape.ints(flat)]);
  return picked && reshaped(context, picked, [...count.slice(0, -1), ...rest]);
};

/** @returns undefined where more than one size is open */
function reshaped({ tape }: ShapedContext, value: string, sizes: readonly Size[]): string | undefined {
  const known = sizes.map((size) => (typeof size === "number" ? size : -1));
  if (known.filter((size) => size === -1).length > 1) return undefined;
  return tape.emit("Reshape", [value, tape.ints(known)]);
}
