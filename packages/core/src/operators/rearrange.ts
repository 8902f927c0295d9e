/** Operations that repeat elements or rearrange blocks of them: relevance goes back to where each element came from. */
import { inputOf, int, intAttribute, ints, string, stringAttribute } from "@onnx-lrp/onnx-loader";
import { type OperatorEntry, route, unsupported } from "./operator.ts";
import { staticSizes } from "./size.ts";

export const Tile: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const repeats = site.numbers(inputOf(site.node, 1));
    if (repeats === undefined) return unsupported("repeats a number of times that is unknown before the run");
    const dims = site.shape(inputOf(site.node, 0));
    const [batch = 1] = dims;
    const [copies = 1] = repeats;
    if (copies !== 1 && typeof batch !== "number") return unsupported("repeats the batch");
    const sizes = staticSizes(dims, site, 1);
    const pairs = sizes.flatMap((size, i) => [repeats[i + 1] ?? 1, size]);
    const axes = sizes.map((_, i) => 2 * i + 1);
    return route([0], ({ tape }, r) => {
      // The first axis per target: K, copies, d0.
      const lead = copies === 1 || typeof batch !== "number" ? [-1] : [-1, copies, batch];
      const apart = tape.emit("Reshape", [r, tape.ints([...lead, ...pairs])]);
      const summed = lead.length === 1 ? axes : [1, ...axes.map((axis) => axis + 2)];
      const sum = tape.emit("ReduceSum", [apart, tape.ints(summed)], { keepdims: int(0) });
      return [lead.length === 1 ? sum : tape.emit("Reshape", [sum, tape.ints([-1, ...sizes])])];
    });
  },
};

export const DepthToSpace: OperatorEntry = {
  nonNegative: "preserved",
  describe(site) {
    const block = intAttribute(site.node, "blocksize", 1);
    if (stringAttribute(site.node, "mode", "DCR") === "DCR") {
      return route([0], ({ tape }, r) => [tape.emit("SpaceToDepth", [r], { blocksize: int(block) })]);
    }
    const [channels = 0, height = 0, width = 0] = staticSizes(site.shape(inputOf(site.node, 0)), site, 1);
    const apart = [-1, channels / block ** 2, height, block, width, block];
    return route([0], ({ tape }, r) => {
      const reshaped = tape.emit("Reshape", [r, tape.ints(apart)]);
      const transposed = tape.emit("Transpose", [reshaped], { perm: ints([0, 1, 3, 5, 2, 4]) });
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
