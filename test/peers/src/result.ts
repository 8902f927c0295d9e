import type { Comparison } from "./compare.ts";
import type { NetworkName } from "./setting.ts";

/** `docs/peers.json`. */
export interface Peers {
  /** Versions of what ran, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  /** Of signals and volumes. */
  readonly otherAxes: readonly OtherAxesRow[];
  /** Of a segmenter. */
  readonly regions: readonly NetworkRow[];
  /** Of vision transformers. */
  readonly attention: readonly NetworkRow[];
}

/** One network's maps, which must agree. */
export interface NetworkRow extends Comparison {
  readonly network: string;
  readonly method: string;
  /** Our options in words. */
  readonly options: string;
  /** What of the peer was run. */
  readonly call: string;
}

export interface OtherAxesRow {
  readonly method: string;
  /** Our options in words. */
  readonly options: string;
  /** What of zennit was run. */
  readonly call: string;
  /** By network. */
  readonly networks: Readonly<Record<string, Comparison>>;
}

export interface Row {
  readonly method: string;
  /** Our options in words. */
  readonly options: string;
  readonly peer: string;
  /** What of the peer was run, and what was changed in it. */
  readonly call: string;
  readonly networks: Readonly<Partial<Record<NetworkName, Comparison>>>;
  /** Why they differ; undefined where they must not. */
  readonly why?: string;
}
