/**
 * Max pooling gives relevance to the winner; ties go to the first. The forward pass is asked for the winners' places
 * (MaxPool's second output: flat over the whole batch), and the adjoint adds each window's relevance there.
 */
import { inputOf, intValue as int, intAttribute, stringValue as string } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import type { EmitContext, OperatorEntry, Site } from "./operator.ts";
import { staticSizes } from "./size.ts";

export const MaxPool: OperatorEntry = {
  nonNegative: "preserved",
  describe: (site) => ({
    kind: "route",
    name: "winner",
    inputs: [0],
    adjoint: (emission, r) => [scatterToWinners(emission, r, site)],
  }),
};

function scatterToWinners(emission: EmitContext, r: string, site: Site): string {
  const { tape, perTarget } = emission;
  const { node } = site;
  const to = site.shape(inputOf(node, 0));
  // storage_order only says how places are counted; here it is row by row.
  const columnsFirst = intAttribute(node, "storage_order", 0) !== 0;
  const places = emission.forwardOutput(node, 1, columnsFirst ? ["storage_order"] : []);
  const count = perTarget.count();
  const elements = staticCount(to, site);
  const size =
    elements === undefined
      ? tape.emit("Mul", [
          tape.emit("Gather", [tape.emit("Shape", [inputOf(node, 0)]), tape.ints([0])]),
          tape.ints([staticSizes(to, site, 1).reduce((a, b) => a * b, 1)]),
        ])
      : tape.ints([elements]);
  const zeros = tape.emit("Expand", [tape.scalar(0), tape.emit("Concat", [count, size], { axis: int(0) })]);
  const updates = tape.emit("Reshape", [r, tape.emit("Concat", [count, tape.ints([-1])], { axis: int(0) })]);
  const row = tape.emit("Reshape", [places, tape.ints([1, -1])]);
  const rows = tape.emit("Expand", [row, tape.emit("Concat", [count, tape.ints([1])], { axis: int(0) })]);
  const scattered = tape.emit("ScatterElements", [zeros, rows, updates], {
    axis: int(1),
    reduction: string("add"),
  });
  return perTarget.reshape(scattered, to);
}

/** The number of elements, where it does not depend on the batch. */
function staticCount(dims: readonly Size[], site: Site): number | undefined {
  const [first = 1] = dims;
  return typeof first === "number" ? staticSizes(dims, site, 1).reduce((a, b) => a * b, first) : undefined;
}
