/** Layers whose activations are maps of the picture: values [N, C, h, w] with more than one place, channels first. */
import { type Graph, nodeLabel, outputOf, type Shapes, UserError } from "@onnx-lrp/onnx-loader";
import type { InputPort } from "../input-port/input-port.ts";
import { has } from "../operators/traits.ts";
import { imageDependent } from "./flow.ts";

export interface SpatialLayer {
  /** The node's name, or that of its output where it has none. */
  readonly name: string;
  /** Its output. */
  readonly value: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** In the order of the forward pass; none that the class scores do not depend on. */
export function spatialLayers(
  graph: Graph,
  shapes: Shapes,
  image: InputPort,
  logits: string,
): readonly SpatialLayer[] {
  const dependent = imageDependent(graph, image.name);
  const needed = reaching(graph, logits);
  const first = new Set(image.layout === "nchw" ? [image.name] : []);
  const layers: SpatialLayer[] = [];
  for (const node of graph.nodes) {
    const value = outputOf(node);
    if (!dependent.has(value) || has(node, "changesAxes")) continue;
    const signals = node.inputs.filter((input) => dependent.has(input));
    if (!has(node, "channelsFirst") && !signals.some((input) => first.has(input))) continue;
    const [, channels, height, width, ...more] = shapes.get(value)?.dims ?? [];
    if (typeof channels !== "number" || typeof height !== "number" || typeof width !== "number") continue;
    if (more.length > 0) continue;
    first.add(value);
    if (height * width > 1 && needed.has(value)) {
      layers.push({ name: nodeLabel(node), value, channels, height, width });
    }
  }
  return layers;
}

/** Values that a value depends on. */
function reaching(graph: Graph, value: string): Set<string> {
  const needed = new Set([value]);
  for (const node of [...graph.nodes].reverse()) {
    if (node.outputs.some((output) => needed.has(output))) for (const input of node.inputs) needed.add(input);
  }
  return needed;
}

/**
 * The layer that a class activation map is of.
 *
 * @param wanted a node's name, or its output's; left out, the last layer with more than one place
 * @throws UserError `usage` for a name that no such layer has, `unsupported` where there is none at all
 */
export function findLayer(layers: readonly SpatialLayer[], wanted: string | undefined): SpatialLayer {
  if (wanted === undefined) {
    const last = layers.at(-1);
    if (last !== undefined) return last;
    throw new UserError(
      "unsupported",
      "The network has no layer of the form N x C x h x w with more than one position, which class activation maps are made of.",
    );
  }
  const found = layers.find(({ name, value }) => name === wanted || value === wanted);
  if (found !== undefined) return found;
  const some = layers
    .slice(-5)
    .map(({ name }) => `"${name}"`)
    .join(", ");
  throw new UserError(
    "usage",
    `There is no layer "${wanted}" with height and width on the way to the class scores. The last ones are ${some}.`,
    {
      subject: { option: "layer" },
      remedies: [{ kind: "inspect", nodes: true, purpose: "list all of them" }],
    },
  );
}
