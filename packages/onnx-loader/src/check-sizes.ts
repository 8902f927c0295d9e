/** How much a network's values take, checked when shapes are known and before anything is run. */
import { describeNode, nodeSubject } from "./attributes.ts";
import { capitalize } from "./error.ts";
import { beyondLimit, limit } from "./limits.ts";
import type { Graph } from "./model.ts";
import type { Shapes } from "./shapes.ts";
import { elementCount } from "./tensor.ts";
import { producers } from "./topology.ts";

/** @throws UserError `unsupported` naming the node that makes a value beyond the limit */
export function checkValueSizes(graph: Graph, shapes: Shapes): void {
  for (const [name, { dims }] of shapes) {
    const sizes = dims.map((size) => (typeof size === "number" ? size : size.times));
    const elements = elementCount(sizes);
    if (elements <= limit("valueElements")) continue;
    const node = producers(graph).get(name);
    // Weights take no more than their file.
    if (node === undefined) continue;
    throw beyondLimit(
      "valueElements",
      "unsupported",
      `${capitalize(describeNode(node))} makes a value of ${sizes.join(" x ")} numbers, and the limit is ${limit("valueElements")} numbers.`,
      { subject: nodeSubject(node) },
    );
  }
}
