/**
 * The lowest and highest value that each element of the first layer's input can have: the lowest and highest pixel,
 * carried through whatever the graph does to the picture before (Transpose, Pad, Resize, arithmetic with constants, ...).
 * All of that is monotone in each element, so an end of the range stays an end; a negative factor exchanges the two.
 */
import { intValue as int, type Node, outputOf, type Tape, UserError } from "@onnx-lrp/onnx-loader";
import { dataTypeCode, type Shapes, type Size } from "@onnx-lrp/onnx-loader/internal";
import { channelAxis } from "../grid/axes.ts";
import { strides } from "../grid/grid.ts";
import type { InputPort } from "../input-port/input-port.ts";
import { sameSize } from "../operators/size.ts";
import { has, isOp, movesElements } from "../operators/traits.ts";
import type { InputPreprocessing } from "../relevance-graph/first-layer.ts";
import { boundsByChannel, type PixelBounds } from "../relevance-graph/pixel-bounds.ts";
import type { Bounds, PartValue } from "./layer-parts.ts";

/**
 * Whether one picture's bounds are those of all: nothing before the first layer touches the batch, or takes constants
 * that have one. Then they do not depend on the run, and onnxruntime computes what is made of them only once.
 */
function sameForEveryPicture(image: InputPort, prefix: InputPreprocessing, shapes: Shapes): boolean {
  const [batch = 1] = image.dims;
  return prefix.nodes.every((node) => {
    const made = shapes.get(outputOf(node))?.dims ?? [];
    if (!sameSize(made[0], batch)) return false;
    // Their other inputs are places and sizes, not values.
    if (movesElements(node)) return true;
    return node.inputs.every((input) => {
      const dims = shapes.get(input)?.dims ?? [];
      return prefix.values.has(input) || dims.length < made.length || dims[0] === 1;
    });
  });
}

export function createBounds(
  tape: Tape,
  image: InputPort,
  prefix: InputPreprocessing,
  shapes: Shapes,
  pixels: PixelBounds | undefined,
): Bounds {
  const single = sameForEveryPicture(image, prefix, shapes);
  const ends = new Map<string, ReadonlyMap<string, string>>();
  const results = new Map<string, { low: PartValue; high: PartValue }>();
  const bounds = pixels && boundsByChannel(image, pixels);

  return (value, end) => {
    if (bounds === undefined) {
      throw new UserError(
        "usage",
        "The zbox rule needs the lowest and the highest pixel after preprocessing.",
        {
          subject: { option: "pixels" },
          remedies: [{ kind: "option", option: "pixels", note: "one number each, or one per channel" }],
        },
      );
    }
    let pair = results.get(value);
    if (pair === undefined) {
      for (const side of ["low", "high"] as const) {
        if (!ends.has(side))
          ends.set(side, evaluateOnColour(tape, image, prefix, shapes, bounds[side], single));
      }
      const low = ends.get("low")?.get(value) ?? "";
      const high = ends.get("high")?.get(value) ?? "";
      const dims = carriedDims(shapes, value, single);
      const crosses = prefix.nodes.some((node) => has(node, "affineWithConstants", "clipsWithConstants"));
      const part = (name: string): PartValue => ({ value: name, dims, isForwardValue: false });
      pair = crosses
        ? { low: part(tape.emit("Min", [low, high])), high: part(tape.emit("Max", [low, high])) }
        : { low: part(low), high: part(high) };
      results.set(value, pair);
    }
    return pair[end];
  };
}

/**
 * For values close to the picture, 1 where an element comes from the picture and 0 where a Pad node put it, so that
 * padding gets no share under the flat and w² rules either; undefined if there is no such node.
 */
export function createPictureMask(
  tape: Tape,
  image: InputPort,
  prefix: InputPreprocessing,
  shapes: Shapes,
): (value: string) => PartValue | undefined {
  const single = sameForEveryPicture(image, prefix, shapes);
  let names: ReadonlyMap<string, string> | undefined;
  return (value) => {
    if (!prefix.values.has(value) || !prefix.nodes.some(({ op }) => op === "Pad")) return undefined;
    names ??= evaluateOnColour(tape, image, zeroPadded(prefix), shapes, onesFor(image), single, "places");
    return { value: names.get(value) ?? "", dims: carriedDims(shapes, value, single), isForwardValue: false };
  };
}

function onesFor({ channels }: InputPort): number[] {
  return Array.from({ length: channels }, () => 1);
}

/** The prefix with zeros for whatever its Pad nodes pad with. */
function zeroPadded(prefix: InputPreprocessing): InputPreprocessing {
  const nodes = prefix.nodes.map((node) =>
    node.op === "Pad" ? { ...node, inputs: node.inputs.map((name, i) => (i === 2 ? "" : name)) } : node,
  );
  return { ...prefix, nodes };
}

/** The shape of a carried value, which has a batch of one where that serves every picture. */
function carriedDims(shapes: Shapes, value: string, single: boolean): Size[] {
  const [first = 1, ...rest] = shapes.get(value)?.dims ?? [];
  return [single ? 1 : first, ...rest];
}

/**
 * Runs the prefix's nodes on a picture of one colour; returns the name for each value of the prefix.
 *
 * @param what `places` leaves arithmetic out, so that only where elements go is carried
 */
function evaluateOnColour(
  tape: Tape,
  image: InputPort,
  prefix: InputPreprocessing,
  shapes: Shapes,
  colour: readonly number[],
  single: boolean,
  what: "values" | "places" = "values",
): Map<string, string> {
  const floats = emitColour(tape, image, colour);
  const typed =
    image.type === "float32" ? floats : tape.emit("Cast", [floats], { to: int(dataTypeCode(image.type)) });
  const names = new Map([[image.name, typed]]);
  if (!single) {
    const batched = tape.emit("Expand", [names.get(image.name) ?? "", tape.emit("Shape", [image.name])]);
    names.set(image.name, batched);
  }
  for (const node of prefix.nodes) {
    const output = outputOf(node);
    const signal = node.inputs.find((input) => names.has(input)) ?? "";
    if (what === "places" && has(node, "affineWithConstants", "clipsWithConstants"))
      names.set(output, names.get(signal) ?? "");
    else emitOnColour(tape, node, shapes, names, single);
  }
  return names;
}

/** One input, with a batch of one, whose channels each have one value everywhere. */
function emitColour(tape: Tape, image: InputPort, colour: readonly number[]): string {
  const sizes = image.dims.slice(1).map(Number);
  const axis = channelAxis(image.axes);
  if (axis === undefined && image.channels > 1) {
    // Features that stand for places with channels: no axis to broadcast along.
    const step = strides(image);
    const elements = sizes.reduce((product, size) => product * size, 1);
    const values = Array.from(
      { length: elements },
      (_, i) => colour[Math.floor(i / step.channel) % image.channels] ?? 0,
    );
    return tape.floats(values, [1, ...sizes]);
  }
  const shape = image.dims.map((_, i) => (i === axis ? image.channels : 1));
  return tape.emit("Expand", [tape.floats(colour, shape), tape.ints([1, ...sizes])]);
}

function emitOnColour(
  tape: Tape,
  node: Node,
  shapes: Shapes,
  names: Map<string, string>,
  single: boolean,
): void {
  const inputs = node.inputs.map((input) => names.get(input) ?? input);
  const output = outputOf(node);
  if (single && has(node, "reshapes")) {
    // The graph's own target shape may count the batch, and here there is one picture.
    const sizes = shapes.get(output)?.dims.slice(1).map(Number) ?? [];
    names.set(output, tape.emit("Reshape", [inputs[0] ?? "", tape.ints([1, ...sizes])]));
    return;
  }
  if (single && isOp(node, "Resize") && (inputs[3] ?? "") !== "") {
    inputs[3] = tape.ints([1, ...(shapes.get(output)?.dims.slice(1).map(Number) ?? [])]);
  }
  const outputs = node.outputs.map((name) => (name === "" ? "" : tape.fresh(`lrp/bounds/${name}`)));
  tape.push({ ...node, name: tape.fresh(`lrp/bounds/${node.op}`), inputs, outputs });
  for (const [i, name] of node.outputs.entries()) names.set(name, outputs[i] ?? "");
}
