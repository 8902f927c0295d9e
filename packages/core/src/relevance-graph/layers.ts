/**
 * Layers whose activations are maps of the input: values N x C x places with more than one place, channels first, whose
 * axes of places are those of the input; and tokens on a grid of patches (token-layers.ts).
 */
import { type Graph, type Node, outputOf, UserError } from "@onnx-lrp/onnx-loader";
import { nodeLabel, type Shapes } from "@onnx-lrp/onnx-loader/internal";
import type { Places } from "../grid/grid.ts";
import { type PlaceAxis, type PlaceShape, placeAxes, placesOfShape } from "../grid/place-axes.ts";
import type { InputPort } from "../input-port/input-port.ts";
import { has, isOp } from "../operators/traits.ts";
import { imageDependent } from "./flow.ts";
import { type TokenAxes, tokenLayers } from "./token-layers.ts";

/** A layer with its sizes along the axes of the input. */
export interface SpatialLayer extends Places {
  /** The node's name, or that of its output where it has none. */
  readonly name: string;
  /** Its output. */
  readonly value: string;
  readonly channels: number;
  /** Sizes of the value after batch and channels; of tokens, of their grid. */
  readonly sizes: readonly number[];
  /** Where these lie in a value of tokens; left out for N x C x places. */
  readonly tokens?: TokenAxes;
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
  const first = new Set(image.axes[1] === "C" ? [image.name] : []);
  const layers = new Map<Node, SpatialLayer>();
  for (const node of graph.nodes) {
    const value = outputOf(node);
    if (!dependent.has(value) || has(node, "changesAxes")) continue;
    const signals = node.inputs.filter((input) => dependent.has(input));
    if (!has(node, "channelsFirst") && !signals.some((input) => first.has(input))) continue;
    const [, channels, ...sizes] = shapes.get(value)?.dims ?? [];
    if (
      typeof channels !== "number" ||
      sizes.length === 0 ||
      !sizes.every((size) => typeof size === "number")
    )
      continue;
    const places = alongInput(sizes, image);
    if (places === undefined) continue;
    first.add(value);
    if (sizes.some((size) => size > 1) && needed.has(value)) {
      layers.set(node, { name: nodeLabel(node), value, channels, sizes, ...places });
    }
  }
  const between = graph.nodes.filter((node) => dependent.has(outputOf(node)) && needed.has(outputOf(node)));
  const attended = attendedValues(between, dependent);
  const grids = [...new Map([...layers.values()].map(({ sizes }) => [sizes.join(), sizes])).values()];
  const others = between.filter((node) => !layers.has(node));
  for (const { node, tokens, channels, sizes } of tokenLayers(others, shapes, grids, (value) =>
    attended.has(value),
  )) {
    const places = alongInput(sizes, image);
    if (places !== undefined)
      layers.set(node, { name: nodeLabel(node), value: outputOf(node), channels, sizes, ...places, tokens });
  }
  return graph.nodes.flatMap((node) => layers.get(node) ?? []);
}

/** Values that a later product of two signals depends on, which is where tokens reach each other. */
function attendedValues(nodes: readonly Node[], dependent: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  for (const node of [...nodes].reverse()) {
    const signals = node.inputs.filter((input) => dependent.has(input));
    const attends = isOp(node, "MatMul", "Einsum") && signals.length > 1;
    if (attends || node.outputs.some((output) => found.has(output))) {
      for (const signal of signals) found.add(signal);
    }
  }
  return found;
}

/**
 * Sizes of a layer along the axes of the input: in order where there are as many; else those of more than one place, where
 * the input has as many (a signal that convolutions of pictures see as [N, C, 1, L]).
 *
 * @returns undefined where its places are not those of the input
 */
function alongInput(sizes: readonly number[], image: PlaceShape): Places | undefined {
  const axes = placeAxes(image);
  const places = placesOfShape(image);
  if (sizes.length === axes.length) return along(axes, sizes);
  const wide = sizes.filter((size) => size > 1);
  const wideAxes = axes.filter((axis) => places[axis] > 1);
  return wide.length === wideAxes.length ? along(wideAxes, wide) : undefined;
}

function along(axes: readonly (keyof Places)[], sizes: readonly number[]): Places {
  const places = { depth: 1, height: 1, width: 1 };
  for (const [i, axis] of axes.entries()) places[axis] = sizes[i] ?? 1;
  return places;
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
 * @throws UserError `usage` for a name that no such layer has, `unsupported` if there is none at all
 */
export function findLayer(
  layers: readonly SpatialLayer[],
  wanted: string | undefined,
  image: PlaceShape,
): SpatialLayer {
  const axes = placeAxes(image);
  if (wanted === undefined) {
    const last = layers.at(-1);
    if (last !== undefined) return last;
    throw new UserError(
      "unsupported",
      `The network has no layer of the form ${["N", "C", ...letters(axes)].join(" x ")} with more than one position, which class activation maps are made of.`,
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
    `There is no layer "${wanted}" with ${named(axes)} on the way to the class scores. The last ones are ${some}.`,
    {
      subject: { option: "layer" },
      remedies: [{ kind: "inspect", nodes: true, purpose: "list all of them" }],
    },
  );
}

/** Of a signal l, of a picture h and w, of a volume d, h and w. */
function letters(axes: readonly PlaceAxis[]): string[] {
  return axes.length === 1 ? ["l"] : axes.map((axis) => axis.charAt(0));
}

function named(axes: readonly PlaceAxis[]): string {
  if (axes.length === 1) return "a length";
  return axes.length === 2 ? "height and width" : "depth, height and width";
}
