/**
 * The counterpart of a tensor of integers in the float network. With a scale s and a zero point z an integer q means
 *
 *     x = s (q - z),
 *
 * and x is what the float network carries. s and z are kept beside it, for whoever reads the integers under other ones:
 * under s' and z' the same q means
 *
 *     s' (q - z')  =  (s' / s) (x + s (z - z')).
 *
 * Saturation stays (dequantize-saturation.ts), since quantizers let it stand for Relu and Clip; rounding goes.
 */
import { describeNode, int, nodeSubject } from "../../attributes.ts";
import { type ConstantReader, constantReader, constantTensors } from "../../constants.ts";
import { dataTypeCode } from "../../data-type.ts";
import { createTape, type Tape, valueNames } from "../../emit.ts";
import { capitalize, textRemedy, UserError } from "../../error.ts";
import type { Graph, Node, Tensor } from "../../model.ts";

/** A tensor of integers q = value / scale + zero. */
export interface Quantized {
  /** The float value. */
  readonly value: string;
  /** A constant's name; undefined is 1. */
  readonly scale: string | undefined;
  /** A constant's name; undefined is 0. */
  readonly zero: string | undefined;
  /** Whether the true scale and zero point come from the picture (see dequantize-linear.ts). */
  readonly dynamic: boolean;
}

export interface Dequantizer {
  readonly tape: Tape;
  readonly opset: number;
  /** By the names that the integers had. */
  readonly quantized: Map<string, Quantized>;
  /** Integers that are fed, as floats: what a quantized network takes for a picture. */
  readonly fed: Map<string, Quantized>;
  /** The counterpart of a float value of the file. */
  readonly floats: Map<string, string>;
  /** Values that depend on what is fed. */
  readonly signals: Set<string>;
  /** The operation that made each value. */
  readonly madeBy: Map<string, string>;
  /** The sizes that the file tells of a value. */
  readonly dims: (value: string) => readonly unknown[] | undefined;
  readonly tensors: Map<string, Tensor>;
  readonly numbers: ConstantReader;
  readonly count: { activations: number; weights: number };
}

export function createDequantizer(graph: Graph, opset: number): Dequantizer {
  const told = new Map([...graph.inputs, ...graph.valueInfo].map(({ name, type }) => [name, type?.dims]));
  const tensors = constantTensors(graph);
  return {
    tape: createTape(valueNames(graph), "dequantized"),
    opset,
    quantized: new Map(),
    fed: new Map(),
    floats: new Map(),
    signals: new Set(graph.inputs.map(({ name }) => name)),
    madeBy: new Map(),
    dims: (value) => told.get(value),
    tensors,
    numbers: constantReader(tensors),
    count: { activations: 0, weights: 0 },
  };
}

export function unsupportedError(node: Node, what: string): UserError {
  const reason = `${capitalize(describeNode(node))} ${what}, for which onnx-lrp knows no float equivalent.`;
  return new UserError("unsupported", reason, {
    subject: nodeSubject(node),
    remedies: [textRemedy("explain the network as it was before quantization")],
  });
}

/** The numbers of a constant; undefined where they have to be computed or lie in another file. */
export function numbersOf({ numbers }: Dequantizer, name: string): readonly number[] | undefined {
  return numbers(name);
}

/** A scale or zero point as float32. */
export function asFloat(dequantizer: Dequantizer, name: string | undefined, otherwise: 0 | 1): string {
  const { tape, tensors } = dequantizer;
  if (name === undefined || name === "") return tape.scalar(otherwise);
  if (tensors.get(name)?.type === "float32") return name;
  const [number, ...others] = numbersOf(dequantizer, name) ?? [];
  if (number !== undefined && others.length === 0) return tape.scalar(number);
  return toFloat(tape, name);
}

export function toFloat(tape: Tape, name: string): string {
  return tape.emit("Cast", [name], { to: int(dataTypeCode("float32")) });
}

/** Whether two scales, or two zero points, are known to be equal; undefined and "" are `otherwise`. */
function same(
  dequantizer: Dequantizer,
  a: string | undefined,
  b: string | undefined,
  otherwise: 0 | 1,
): boolean {
  if ((a || undefined) === (b || undefined)) return true;
  const numbers = (name: string | undefined) => (name ? numbersOf(dequantizer, name) : [otherwise]);
  const [left, right] = [numbers(a), numbers(b)];
  if (left === undefined || right === undefined) return false;
  const length = Math.max(left.length, right.length);
  const at = (list: readonly number[], i: number) => list[list.length === 1 ? 0 : i];
  return Array.from({ length }).every((_, i) => at(left, i) === at(right, i));
}

/** Whether a value depends on what is fed. */
export function isSignal({ signals, quantized }: Dequantizer, name: string): boolean {
  return signals.has(name) || quantized.has(name);
}

/** q - zero, as a value with a scale: (q - zero) = value / scale. */
export function shifted(
  dequantizer: Dequantizer,
  name: string,
  zero: string | undefined,
): Omit<Quantized, "zero"> {
  const { tape, quantized, fed } = dequantizer;
  const known = quantized.get(name) ??
    fed.get(name) ?? { value: toFloat(tape, name), scale: undefined, zero: undefined, dynamic: false };
  if (!quantized.has(name)) fed.set(name, known);
  const { value, scale, dynamic } = known;
  if (same(dequantizer, known.zero, zero, 0)) return { value, scale, dynamic };
  const [from, to] = [asFloat(dequantizer, known.zero, 0), asFloat(dequantizer, zero, 0)];
  const offset = tape.emit("Mul", [tape.emit("Sub", [from, to]), asFloat(dequantizer, scale, 1)]);
  return { value: tape.emit("Add", [value, offset]), scale, dynamic };
}

/** The float value of integers that depend on the picture: scale (q - zero). */
export function real(
  dequantizer: Dequantizer,
  name: string,
  scale: string | undefined,
  zero: string | undefined,
): string {
  const { tape } = dequantizer;
  const known = shifted(dequantizer, name, zero);
  if (same(dequantizer, known.scale, scale, 1)) return known.value;
  const [from, to] = [asFloat(dequantizer, known.scale, 1), asFloat(dequantizer, scale, 1)];
  const factor = known.scale === undefined ? to : tape.emit("Div", [to, from]);
  return tape.emit("Mul", [known.value, factor]);
}
