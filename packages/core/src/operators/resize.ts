/**
 * Resize: relevance goes back to where each element came from. For the nearest element that is one place; interpolation
 * is a matrix along each axis, whose rows sum to 1, and its adjoint the transposed matrix. The matrix is what the node
 * itself makes of the unit vectors, so that it holds for every way ONNX has to count coordinates.
 */
import {
  type Attributes,
  inputOf,
  intsValue as ints,
  outputOf,
  stringAttribute,
  type Tape,
} from "@onnx-lrp/onnx-loader";
import { alongAxis } from "./broadcast.ts";
import { type EmitContext, type OperatorEntry, route, type Site, unsupported } from "./operator.ts";
import { scatterAlong } from "./scatter.ts";
import { positiveAxis, sameSize, staticSize } from "./size.ts";

interface Axis {
  readonly axis: number;
  readonly size: number;
  readonly out: number;
  /** As the node gives it; undefined where it gives sizes. */
  readonly scale: number | undefined;
}

export const Resize: OperatorEntry = {
  nonNegative(site, isNonNegative) {
    return isNonNegative(0) && stringAttribute(site.node, "mode", "nearest") !== "cubic";
  },
  describe(site) {
    const { node } = site;
    if (stringAttribute(node, "coordinate_transformation_mode", "half_pixel") === "tf_crop_and_resize")
      return unsupported("crops while it resizes (tf_crop_and_resize)");
    if (stringAttribute(node, "keep_aspect_ratio_policy", "stretch") !== "stretch")
      return unsupported("chooses its size by a policy on the aspect ratio");
    if (node.inputs.slice(1).some((_, index) => site.isSignal(index + 1)))
      return unsupported("takes its size from the picture");
    const axes = resizedAxes(site);
    if (axes === undefined) return unsupported("has scales that are unknown before the run");
    const [from, to] = [site.shape(inputOf(node, 0)), site.shape(outputOf(node))];
    if (!sameSize(from[0], to[0])) return unsupported("resizes the batch");
    return route([0], (emission, r) => {
      const dims = [...to];
      const result = axes.reduceRight((rest, axis) => {
        const before = [...dims];
        dims[axis.axis] = axis.size;
        return alongAxis(emission, rest, axis.axis, before, dims, (value, at) =>
          repeats(site, axis)
            ? repeated(emission, value, axis, at, from.length)
            : interpolated(emission.tape, value, site, axis, at, from.length),
        );
      }, r);
      return [result];
    });
  },
};

function resizedAxes(site: Site): Axis[] | undefined {
  const { node } = site;
  const [from, to] = [site.shape(inputOf(node, 0)), site.shape(outputOf(node))];
  const listed = node.attributes.get("axes");
  const some =
    listed?.kind === "ints"
      ? listed.value.map((axis) => positiveAxis(Number(axis), from.length))
      : from.map((_, axis) => axis);
  const scales = node.inputs[2] ? site.numbers(node.inputs[2]) : [];
  if (scales === undefined) return undefined;
  return some.flatMap((axis, i): Axis[] => {
    const scale = scales[i];
    if (axis === 0 || scale === 1) return [];
    const [size, out] = [staticSize(from[axis], site, "size"), staticSize(to[axis], site, "size")];
    return scale === undefined && size === out ? [] : [{ axis, size, out, scale }];
  });
}

/** Whether each element is repeated an integer number of times. */
function repeats({ node }: Site, { size, out, scale }: Axis): boolean {
  if (stringAttribute(node, "mode", "nearest") !== "nearest") return false;
  const counting = stringAttribute(node, "coordinate_transformation_mode", "half_pixel");
  const rounding = stringAttribute(node, "nearest_mode", "round_prefer_floor");
  const plain =
    (counting === "asymmetric" && rounding === "floor") ||
    (counting === "half_pixel" && rounding.startsWith("round"));
  return plain && out % size === 0 && (scale ?? out / size) === out / size;
}

function repeated(emission: EmitContext, r: string, { size, out }: Axis, axis: number, rank: number): string {
  const factor = out / size;
  const places = Array.from({ length: out }, (_, i) => Math.floor(i / factor));
  return scatterAlong(emission, r, { axis, places, size, rank });
}

/** r with its axis multiplied by the transposed matrix of the interpolation. */
function interpolated(tape: Tape, r: string, site: Site, at: Axis, axis: number, rank: number): string {
  const matrix = matrixOf(tape, site, at);
  if (axis === rank - 1) return tape.emit("MatMul", [r, matrix]);
  if (axis === rank - 2) return tape.emit("MatMul", [tape.emit("Transpose", [matrix]), r]);
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[axis], perm[rank - 1]] = [rank - 1, axis];
  const transposed = tape.emit("Transpose", [r], { perm: ints(perm) });
  return tape.emit("Transpose", [tape.emit("MatMul", [transposed, matrix])], { perm: ints(perm) });
}

/** [out, size]: each output's weights of the inputs. onnxruntime computes it once, when the session is made. */
function matrixOf(tape: Tape, site: Site, { size, out, scale }: Axis): string {
  const { node } = site;
  const places = Array.from({ length: size }, (_, i) => i);
  const [rows, columns] = [tape.floats(places, [1, 1, size, 1]), tape.floats(places)];
  const units = tape.emit("Where", [tape.emit("Equal", [rows, columns]), tape.scalar(1), tape.scalar(0)]);
  const kept = [...node.attributes].filter(
    ([name]) => name !== "axes" && name !== "keep_aspect_ratio_policy",
  );
  const attributes: Attributes = Object.fromEntries(kept);
  const sizes = scale === undefined ? ["", tape.ints([1, 1, out, size])] : [tape.floats([1, 1, scale, 1])];
  const resized = tape.emit("Resize", [units, "", ...sizes], attributes);
  return tape.emit("Reshape", [resized, tape.ints([out, size])]);
}
