/** Operations that repeat elements or rearrange blocks of them: relevance goes back to where each element came from. */
import {
  inputOf,
  intValue as int,
  intAttribute,
  intsValue as ints,
  stringValue as string,
  stringAttribute,
} from "@onnx-lrp/onnx-loader";
import { type OperatorEntry, route, unsupported } from "./operator.ts";
import { staticSizes } from "./size.ts";

export const Tile: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const repeats = site.numbers(inputOf(site.node, 1));
    if (repeats === undefined) return unsupported("repeats a number of times that is unknown before the run");
    const dims = site.shape(inputOf(site.node, 0));
    const pairs = dims.flatMap((size, axis) => [repeats[axis] ?? 1, size]);
    return route([0], ({ tape, perTarget }, r) => {
      const copies = tape.ints(dims.map((_, axis) => 2 * axis + 1));
      const sum = tape.emit("ReduceSum", [perTarget.split(r, pairs), copies], { keepdims: int(0) });
      return [perTarget.merge(sum, dims)];
    });
  },
};

export const DepthToSpace: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const block = intAttribute(site.node, "blocksize", 1);
    // SpaceToDepth has the one mode, and WebGPU no kernel for it.
    const perm =
      stringAttribute(site.node, "mode", "DCR") === "DCR" ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
    const [channels = 0, height = 0, width = 0] = staticSizes(site.shape(inputOf(site.node, 0)), site, 1);
    const apart = [-1, channels / block ** 2, height, block, width, block];
    return route([0], ({ tape }, r) => {
      const reshaped = tape.emit("Reshape", [r, tape.ints(apart)]);
      const transposed = tape.emit("Transpose", [reshaped], { perm: ints(perm) });
      return [tape.emit("Reshape", [transposed, tape.ints([-1, channels, height, width])])];
    });
  },
};

export const SpaceToDepth: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const block = int(intAttribute(site.node, "blocksize", 1));
    return route([0], ({ tape }, r) => [
      tape.emit("DepthToSpace", [r], { blocksize: block, mode: string("DCR") }),
    ]);
  },
};
