/** What users ask about, in words that a network's output port gives a meaning to (resolve.ts). */
import type { Likeness } from "../names.ts";

/** Where the scores of a class are looked at, on an output with scores at several places. */
export type Place =
  /** A pixel of the picture as the network sees it; of a signal a moment, of a volume a voxel. */
  | { readonly kind: "pixel"; readonly position: readonly number[] }
  /** A place of the output's own grid. Both: the last axis first, as x, y, z. */
  | { readonly kind: "cell"; readonly position: readonly number[] }
  | { readonly kind: "mask"; readonly file: string }
  /** Where the class has the highest score, or of labels that do not compete a probability above a half. */
  | { readonly kind: "found" }
  | { readonly kind: "all" };

export type Question =
  /** The r-th most probable class, from 1; at places the one that is found at the r-th most of them. */
  | { readonly kind: "rank"; readonly rank: number }
  | { readonly kind: "class"; readonly class: number }
  | { readonly kind: "at"; readonly class: number; readonly place: Place }
  /** An element of the output, by its index along each axis but the batch's. */
  | { readonly kind: "element"; readonly index: readonly number[] }
  /** A box of a detector. */
  | {
      readonly kind: "box";
      readonly which: WhichBox;
      /** The class whose score is looked at, in place of the box's own. */
      readonly class?: number | undefined;
    }
  /** Of several classes that a name fits, the one that is most probable on the picture (likeliest.ts). */
  | { readonly kind: "likeliest"; readonly query: string; readonly among: readonly Candidate[] }
  /** Likeness to other scores, such as an embedding. */
  | { readonly kind: "towards"; readonly values: Float32Array; readonly likeness: Likeness };

/** A class that a name may mean. */
export interface NamedClass {
  readonly class: number;
  readonly name: string;
}

/** A class that a name may mean, and what is asked if it does. */
export interface Candidate extends NamedClass {
  readonly question: Question;
}

export type WhichBox =
  /** The r-th by score, from 1. */
  | { readonly by: "score"; readonly rank: number }
  /** The r-th by score, if it is there and likely enough to be shown unasked. */
  | { readonly by: "default"; readonly rank: number }
  /** The best over a pixel of the picture as the network sees it: x, y. */
  | { readonly by: "pixel"; readonly x: number; readonly y: number }
  /** The best of a class. */
  | { readonly by: "class"; readonly class: number };

/** Marked pixels of a picture; row-major. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly marked: ArrayLike<number | boolean>;
}

/** Whether an answer depends on what the network says of the picture. */
export function needsScores(question: Question): boolean {
  switch (question.kind) {
    case "rank":
    case "box":
    case "likeliest":
      return true;
    case "at":
      return question.place.kind === "found";
    case "towards":
      return question.likeness === "cosine";
    default:
      return false;
  }
}
