/** Options of an open network and of one call on it. */
import type { Backdrop } from "@onnx-lrp/pictures";
import type { NetworkOptions } from "./known-network.ts";
import type { LabelSource } from "./labels.ts";
import type { MethodSettings } from "./method-settings.ts";

/** What a caller says of a network, and the names of its classes. */
export interface LabelledNetworkOptions extends NetworkOptions {
  /**
   * Names of the classes: a file of them, `imagenet`, `none`, or the names in index order. Default: what the model says, else
   * ImageNet's for 1000 classes.
   */
  readonly labels?: LabelSource | undefined;
}

/**
 * A class: `top` for the most probable one, `top:3` for the three most probable ones, an index, or a label ("zebra", a part of
 * one, an ImageNet id); of several classes that a label fits, the one that is most probable on the picture, which the result's
 * `notes` say. Of an output with scores at many places, a class at one of them: `zebra@120,80`,
 * `zebra@cell:3,4`, `zebra@mask.png`, `zebra@found`, `zebra@all`. An element of any output: `index:0,3`.
 */
export type Target = "top" | `top:${number}` | number | (string & {});

/** How far a call is. */
export interface Progress {
  /** Inputs that are explained. */
  readonly inputs: number;
  /** Of the present input, passes through the network that are done; only methods that take many report any. */
  readonly passes: number;
  readonly totalPasses: number;
}

/** What is used of an `AbortSignal`. */
export interface Cancellation {
  readonly aborted: boolean;
  throwIfAborted(): void;
}

/** How inputs are explained: the method with its parameters, and the targets. */
export interface ExplainOptions extends MethodSettings {
  /** What is explained; default the most probable class, of a detector the five best boxes. */
  readonly target?: Target | readonly Target[] | undefined;
  /** The class that every target is contrasted with: why this and not that. */
  readonly against?: Target | undefined;
  /** Inputs that go through the network together, where it takes any number; default 1. */
  readonly batchSize?: number | undefined;
  /** The picture under a map in figures: in grey, so that only the map has colours, or in its own; default `grey`. */
  readonly backdrop?: Backdrop | undefined;
  /** Channels that figures show as grey, or as red, green and blue, from 0; default the first. */
  readonly bands?: readonly number[] | undefined;
  /** An `AbortSignal`: the call ends with its reason before the next input, or the next passes of a method that takes many. */
  readonly signal?: Cancellation | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
