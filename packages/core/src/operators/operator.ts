/**
 * What an operator is to relevance. Each entry of the table (index.ts) looks at one node and says which of these
 * kinds it is there; compile/ does the rest. Values made once per image ("per image") have the model's own shapes.
 * Relevance ("per target") of a value of shape [d0, d1, ...] has shape [K*d0, d1, ...]: the K targets stand outermost,
 * so every operator treats them as a larger batch.
 */
import type { Node, Tape } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { Part } from "./part.ts";
import type { Trait } from "./trait.ts";

/** What an entry of the table may know about its node. */
export interface Site {
  readonly node: Node;
  /** Whether input `index` depends on the image. */
  isSignal(index: number): boolean;
  dependsOnImage(value: string): boolean;
  /** Shape of a value; throws a UserError naming the node where it is unknown. */
  shape(value: string): readonly Size[];
  /** A small constant's numbers; undefined where the value is no constant that has been read. */
  numbers(value: string): readonly number[] | undefined;
  /** The node that makes a value. */
  producer(value: string): Node | undefined;
}

/** What emitting code may use. */
export interface EmitContext {
  readonly tape: Tape;
  readonly perTarget: PerTarget;
  /** The name of output `index` of a node of the forward pass, which is asked for it if it was left out. */
  forwardOutput(node: Node, index: number): string;
}

/** Arithmetic between per-target and per-image values; dims are always the per-image value's. */
export interface PerTarget {
  /** r * x, elementwise, with x broadcast over the targets; x may be smaller where it broadcasts. */
  mul(r: string, x: string, dims: readonly Size[], xDims: readonly Size[]): string;
  /** r / x, elementwise, with x as in `mul`. */
  div(r: string, x: string, dims: readonly Size[], xDims: readonly Size[]): string;
  add(a: string, b: string): string;
  /** r with the value's dims changed to `dims`, element order kept. */
  reshape(r: string, dims: readonly Size[]): string;
  /** r as [K, d0, d1, ...]. */
  split(r: string, dims: readonly Size[]): string;
  /** The opposite of `split`. */
  merge(r: string, dims: readonly Size[]): string;
  /** int64 [1]: the number of targets K. */
  count(): string;
  /** int64 [rank + 1]: K and the given dims. */
  shapeOf(dims: readonly Size[]): string;
  /** r, the relevance of a value of shape `from`, summed to that of one of shape `to` that was broadcast to it. */
  unbroadcast(r: string, from: readonly Size[], to: readonly Size[]): string;
}

/** A linear map of one or several signals, with or without weights. */
export interface Linear {
  readonly kind: "linear";
  readonly role: "conv" | "dense" | "other" | "attention" | "normalization" | "shift";
  /** Indices of the inputs that are signals. */
  readonly inputs: readonly number[];
  /**
   * The weights, a constant or (attention) a value per image; undefined where they are all the same positive number, and
   * for normalizations, which only take rules that share by the whole weights.
   */
  readonly weight: string | undefined;
  readonly bias: string | undefined;
  /** Numbers that the weights and the bias of the file are multiplied with; 1 where left out. */
  readonly scales?: { readonly weight: number; readonly bias: number };
  /** Shape with which the bias is added to the output, e.g. [C, 1, 1]. */
  readonly biasDims: readonly Size[];
  /**
   * For layers without weights of their own, the weight of each of `inputs` where some of them are -1 (a difference);
   * left out, they are all 1.
   */
  readonly signs?: readonly (1 | -1)[];
  /**
   * The map without bias, of per-image values, one for each of `inputs`. Those that are zero everywhere are left out,
   * which only layers with several inputs see.
   */
  apply(
    emission: EmitContext,
    xs: readonly (string | undefined)[],
    weight: string,
    /** [fusedBiasLength] added to the output, only if `fusedBiasLength` is defined. */
    bias?: string,
  ): string;
  /** Length of the bias that `apply` can fuse (Conv: its output channels); undefined if it cannot. */
  readonly fusedBiasLength?: number;
  /**
   * The transposed map of a per-target value, once for each of `weights` (several are cheaper together): for each
   * of them one result an input.
   */
  adjoint(emission: EmitContext, s: string, weights: readonly string[]): string[][];
  /** Where a node is more than its linear map: the map within. */
  readonly inner?: InnerMap;
}

/** A linear map inside of a node that does something more to its input or to its output. */
interface InnerMap {
  /**
   * Non-negative elementwise functions of the inputs that the linear map is applied to in their place, such as |x|^p for
   * norms.
   */
  readonly terms?: (emission: EmitContext) => readonly string[];
  /** What the map makes of them, in the shape of the output. */
  output(emission: EmitContext): string;
  /** The gradient by each of `inputs`, where that is not the map's adjoint. */
  readonly gradient?: (emission: EmitContext, r: string) => string[];
  /** The same as a multiplier of DeepLIFT. */
  readonly rescaled?: Rescaled<string[]>;
}

/** The name that a value has on the baseline of DeepLIFT; constants are the same there. */
export type OnBaseline = (value: string) => string;

/**
 * DeepLIFT's multipliers m of an operation that is not elementwise, of those at its output: sum m (x - x0) over its inputs is
 * sum r (y - y0) over its outputs.
 */
export type Rescaled<T> = (emission: EmitContext, r: string, baseline: OnBaseline) => T;

/** A product of two signals, linear in each: O = A B. */
export interface Bilinear {
  readonly kind: "bilinear";
  /** A and B. */
  readonly inputs: readonly [number, number];
  /**
   * Which of the two (0 or 1) holds the weights of an attention, as a Softmax makes them; undefined where neither is known
   * to, or both are.
   */
  readonly weights: 0 | 1 | undefined;
  /** The linear map of one factor, whose weights are the other. */
  linear(of: 0 | 1): Linear;
}

/** A Softmax within the network. */
export interface Softmax {
  readonly kind: "softmax";
  readonly input: number;
  /** Per target, of the input. */
  gradient(emission: EmitContext, r: string): string;
  /** The same where products of signals share evenly: x_i (R_i - s_i sum_j R_j). */
  relevance(emission: EmitContext, r: string): string;
  readonly rescaled: Rescaled<string>;
}

/** Relevance goes to one input, unchanged. */
export interface Pass {
  readonly kind: "pass";
  readonly input: number;
  /** Whether rules may pass here too; left out, they may. Some operations are known to gradients alone. */
  readonly gradientOnly?: boolean;
  readonly derivative: Derivative | undefined;
  /**
   * The same as a linear map, for composites with a rule for it: of a normalization what is left where its deviation is a
   * constant; of a sum with a constant the identity, with the constant as its bias.
   */
  readonly linear?: () => Linear;
}

/**
 * How a gradient passes: times the derivative of output by input, per image, of a shape that broadcasts to the
 * output's; times a plain 1; or, where the operation is not elementwise, by its adjoint, per target.
 */
export type Derivative =
  | "one"
  | ((emission: EmitContext) => { readonly value: string; readonly dims: readonly Size[] })
  | { adjoint(emission: EmitContext, r: string): string; readonly rescaled?: Rescaled<string> };

/** Moves elements, or picks some: relevance goes where each element came from. */
export interface Route {
  readonly kind: "route";
  readonly name: "route" | "winner";
  readonly inputs: readonly number[];
  /**
   * @param r the relevance of the first output that has any
   * @param outputs that of each output; undefined where an output is not used
   */
  adjoint(emission: EmitContext, r: string, outputs: readonly (string | undefined)[]): string[];
  /** The relevance of elements that come from constants; left out where there are none. */
  readonly constants?: (emission: EmitContext, r: string) => readonly ConstantShare[];
  /**
   * The same for a part of one output, whose other elements get nothing: where it lies in the first input; undefined where
   * that is no part, or not in the same order. Left out, it never is.
   */
  readonly origin?: (part: Part, output: number) => Origin | undefined;
}

/** Where a part of an output lies in an input. */
export interface Origin {
  readonly part: Part;
  /** @param r per target, in the shape of the output's part @returns in that of the input's */
  adjoint(emission: EmitContext, r: string): string;
}

/** Relevance of constants among a signal's elements; per target, in the shape `dims`. */
export interface ConstantShare {
  readonly relevance: string;
  readonly dims: readonly Size[];
}

/**
 * A function of two signals, one of which is a gate or a statistic of the other and as to relevance gets none: a product,
 * or what normalizations are written with.
 */
export interface Product {
  readonly kind: "product";
  readonly inputs: readonly [number, number];
  /** Which of the two (0 or 1) is the signal; undefined where neither is known to be a gate. */
  readonly signal: 0 | 1 | undefined;
  /** The other factor is held to be a gate only because an activation made it (GEGLU, SwiGLU). */
  readonly byActivation?: boolean;
  /** Where `signal` is undefined, what the operation is, to be said of it. */
  readonly unclear?: string;
  /** The gradient by each of the two, where that is not the gradient of a product. */
  readonly gradient?: (emission: EmitContext, r: string) => string[];
  /** The same as multipliers of DeepLIFT; left out, the gradient is linear. */
  readonly rescaled?: Rescaled<string[]>;
}

/** What a node is to relevance. */
export type Behaviour = Linear | Bilinear | Softmax | Pass | Route | Product;

/** An operation that a rule exists for, but not with these attributes or inputs. */
export interface Unsupported {
  readonly kind: "unsupported";
  /** What the operation does, as the rest of a sentence: "pads the batch". */
  readonly reason: string;
  /** Another way to write it, as a command: "write it as two nodes". */
  readonly instead?: string | undefined;
}

/** What an ONNX operation is to relevance: an entry of the operator table. */
export interface OperatorEntry {
  describe(site: Site): Behaviour | Unsupported;
  /** Whether the output is never negative; "preserved" if it is so whenever no signal input is negative. */
  readonly nonNegative?:
    | "always"
    | "preserved"
    | ((site: Site, inputNeverNegative: (index: number) => boolean) => boolean);
  /**
   * The axis of each input along which the operation works place by place when it makes the places of an axis of its output:
   * those of a part of the output come from the same places there. undefined for an input that every place takes whole, and in
   * place of the list where places mix. Left out, as the trait `elementwise` has it.
   */
  along?(site: Site, axis: number): readonly (number | undefined)[] | undefined;
  /**
   * What the operation is as a function; left out, what the table of traits.ts says of ONNX's operation of the same name.
   * Entries of this package leave it out.
   */
  readonly traits?: readonly Trait[];
}

export function unsupported(reason: string, instead?: string): Unsupported {
  return { kind: "unsupported", reason, instead };
}

export function route(
  inputs: readonly number[],
  adjoint: Route["adjoint"],
  more: Pick<Route, "constants" | "origin"> = {},
): Route {
  return { kind: "route", name: "route", inputs, adjoint, ...more };
}
