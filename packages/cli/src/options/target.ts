/** Options that say what is explained. */
import { likenesses } from "@onnx-lrp/core/names";
import type { Options } from "yargs";

export const targetOptions = {
  target: {
    type: "string",
    array: true,
    defaultDescription: "top; of a detector the five best boxes",
    describe:
      "Class to explain: top, top:K, an index, or a label; at a place: CLASS@X,Y, CLASS@cell:COLUMN,ROW, CLASS@mask.png, CLASS@found, CLASS@all; a box: box:N, box:X,Y, box:N=CLASS; an element: index:I,J; repeatable",
  },
  against: {
    type: "string",
    nargs: 1,
    describe:
      "Class to contrast the target with, why this and not that: top (the most probable), an index, or a label",
  },
} as const satisfies Record<string, Options>;

/** Of `explain` alone. */
export const towardsOptions = {
  towards: {
    type: "string",
    nargs: 1,
    describe:
      "Explain likeness instead of a class: an array (.npy) like the output, or a picture that goes through the same network",
  },
  likeness: {
    choices: likenesses,
    default: "cosine",
    describe: "With --towards: cosine similarity, or the dot product",
  },
} as const satisfies Record<string, Options>;
