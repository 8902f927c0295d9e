/**
 * Writes operations that are affine in the one of their inputs that is no constant, such as sampling on a fixed grid or putting
 * elements to fixed places, as what that is: a matrix and a bias, y = x M + b. onnxruntime tells both, in a run of the node on
 * every unit vector. Small ones alone, for a matrix of a picture by a picture is not; and only where the outcome for another
 * value shows that it is affine.
 */
import { stringAttribute } from "../attributes.ts";
import { constantTensors } from "../constants.ts";
import { createTape, identity, valueNames } from "../emit.ts";
import type { Graph, Model, Node, Tensor } from "../model.ts";
import { inputOf, nodeLabel, outputOf } from "../node.ts";
import { createSession, runSession, type SessionFactory } from "../runtime-session.ts";
import type { Shapes } from "../shapes.ts";
import { elementCount, floatTensor } from "../tensor.ts";
import { writeModel } from "../write.ts";
import { constantValues } from "./constant-values.ts";
import type { PassResult } from "./pass.ts";

/** Operations that are affine in one of their inputs, at least with some attributes. */
const candidates = new Set(
  "AffineGrid CenterCropPad Col2Im DFT DeformConv GatherElements GatherND GridSample MatMul MaxUnpool Resize STFT Scatter ScatterElements ScatterND TensorScatter".split(
    " ",
  ),
);

/** Of input, and of input times output. */
const [mostInputs, mostWeights] = [1024, 2 ** 20];

/** What a node is to its one signal. */
interface Site {
  readonly node: Node;
  readonly signal: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

export async function affineMatrices(model: Model, shapes: Shapes, ort: SessionFactory): Promise<PassResult> {
  const { graph } = model;
  if (!graph.nodes.some(({ op }) => candidates.has(op))) return { model, changed: [] };
  const isConstant = constantValues(graph);
  const constants = constantTensors(graph);
  const tape = createTape(valueNames(graph), "matrix");
  const replaced = new Map<Node, readonly Node[]>();
  const weights = new Map<string, Tensor>();
  for (const node of graph.nodes) {
    const site = isKnown(node, shapes, isConstant) ? undefined : siteOf(node, shapes, constants, isConstant);
    if (site === undefined) continue;
    const affine = await measure(model, site, constants, ort);
    if (affine === undefined) continue;
    const { signal, from, to } = site;
    const names = ["weights", "bias"].map((what) => tape.fresh(`${nodeLabel(node)}/${what}`));
    const [matrix = "", bias = ""] = names;
    weights.set(matrix, floatTensor(matrix, [elementCount(from), elementCount(to)], affine.matrix));
    weights.set(bias, floatTensor(bias, [elementCount(to)], affine.bias));
    const value = tape.within(nodeLabel(node), () => {
      const row = tape.emit("Reshape", [signal, tape.ints([1, elementCount(from)])]);
      return tape.emit("Reshape", [tape.emit("Gemm", [row, matrix, bias]), tape.ints(to)]);
    });
    replaced.set(node, [...tape.take(), identity(value, outputOf(node))]);
  }
  if (replaced.size === 0) return { model, changed: [] };
  const nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node]);
  const initializers = new Map([...graph.initializers, ...tape.initializers, ...weights]);
  const count = replaced.size;
  return {
    model: { ...model, graph: { ...graph, nodes, initializers } },
    changed: [
      `${count} node${count === 1 ? ` (${[...replaced.keys()][0]?.op}) is` : "s are"} written as a matrix, since ${count === 1 ? "it is" : "they are"} affine in one small input.`,
    ],
  };
}

/** Whether a node is one that needs no matrix: most Resizes, and products with matrices. */
function isKnown(node: Node, shapes: Shapes, isConstant: (value: string) => boolean): boolean {
  if (node.op === "Resize") {
    const crops =
      stringAttribute(node, "coordinate_transformation_mode", "half_pixel") === "tf_crop_and_resize";
    return !crops && stringAttribute(node, "keep_aspect_ratio_policy", "stretch") === "stretch";
  }
  if (node.op !== "MatMul") return false;
  const [left = 0, right = 0] = node.inputs.map((input) => shapes.get(input)?.dims.length);
  // Tokens by a matrix are a dense layer.
  return left === right || (right === 2 && left > 2 && isConstant(inputOf(node, 1)));
}

function siteOf(
  node: Node,
  shapes: Shapes,
  constants: ReadonlyMap<string, Tensor>,
  isConstant: (value: string) => boolean,
): Site | undefined {
  if (node.domain !== "" || !candidates.has(node.op)) return undefined;
  // A maximum with large constants would look affine.
  if (["max", "min"].includes(stringAttribute(node, "reduction", "none"))) return undefined;
  if (node.outputs.slice(1).some((output) => output !== "")) return undefined;
  const signals = node.inputs.filter((input) => input !== "" && !isConstant(input));
  const [signal = ""] = signals;
  const others = node.inputs.filter((input) => input !== "" && input !== signal);
  const known = others.every((input) => (constants.get(input)?.storage.kind ?? "external") !== "external");
  if (signals.length !== 1 || !known) return undefined;
  const [from, to] = [shapes.get(signal), shapes.get(outputOf(node))];
  if (from?.type !== "float32" || to?.type !== "float32") return undefined;
  if (![...from.dims, ...to.dims].every((size) => typeof size === "number")) return undefined;
  const [inputs, outputs] = [from.dims, to.dims].map((dims) => elementCount(dims.map(Number)));
  if (
    !(Number(inputs) > 0 && Number(inputs) <= mostInputs && Number(inputs) * Number(outputs) <= mostWeights)
  )
    return undefined;
  return { node, signal, from: from.dims.map(Number), to: to.dims.map(Number) };
}

interface Affine {
  readonly matrix: Float32Array;
  readonly bias: Float32Array;
}

/** Values far from any pattern, of either sign at each place, by which what is not affine shows. */
const trials = [1.7, -2.9].map((size) => (i: number) => size * Math.sin(12.9898 * (i + 1)));

/** @returns undefined for what is not affine, or onnxruntime cannot run by itself */
async function measure(
  model: Model,
  site: Site,
  constants: ReadonlyMap<string, Tensor>,
  ort: SessionFactory,
): Promise<Affine | undefined> {
  const size = elementCount(site.from);
  const unit = (at: number) => Float32Array.from({ length: size }, (_, i) => (i === at ? 1 : 0));
  const rows = [
    new Float32Array(size),
    ...trials.map((trial) => Float32Array.from({ length: size }, (_, i) => trial(i))),
    ...Array.from({ length: size }, (_, at) => unit(at)),
  ];
  const results = await runOn(model, site, rows, constants, ort).catch(() => undefined);
  const [bias, ...others] = results ?? [];
  if (bias === undefined || bias.length !== elementCount(site.to)) return undefined;
  const images = others.slice(trials.length);
  const matrix = new Float32Array(size * bias.length);
  for (const [i, image] of images.entries()) {
    for (const [j, value] of image.entries()) matrix[i * bias.length + j] = value - (bias[j] ?? 0);
  }
  const affine = { matrix, bias };
  const fits = trials.every((trial, t) => isImage(affine, trial, others[t] ?? bias));
  return fits ? affine : undefined;
}

/** Whether x M + b is `image` for the values of a trial. */
function isImage({ matrix, bias }: Affine, trial: (i: number) => number, image: Float32Array): boolean {
  const size = matrix.length / bias.length;
  return image.every((value, j) => {
    let sum = bias[j] ?? 0;
    let scale = Math.abs(sum) + 1;
    for (let i = 0; i < size; i += 1) {
      const term = trial(i) * (matrix[i * bias.length + j] ?? 0);
      sum += term;
      scale += Math.abs(term);
    }
    return Math.abs(value - sum) <= 1e-4 * scale;
  });
}

/** The node once for each value, all in one model. */
async function runOn(
  model: Model,
  { node, signal, from }: Site,
  rows: readonly Float32Array[],
  constants: ReadonlyMap<string, Tensor>,
  ort: SessionFactory,
): Promise<Float32Array[]> {
  const { graph } = model;
  const initializers = new Map<string, Tensor>();
  for (const input of node.inputs) {
    const tensor = constants.get(input);
    if (tensor !== undefined) initializers.set(input, { ...tensor, name: input });
  }
  const nodes = rows.map((row, i): Node => {
    const name = `${signal}/row${i}`;
    initializers.set(name, floatTensor(name, from, row));
    return {
      ...node,
      name: `row${i}`,
      inputs: node.inputs.map((input) => (input === signal ? name : input)),
      outputs: [`out${i}`],
    };
  });
  const part: Graph = {
    ...graph,
    nodes,
    initializers,
    inputs: [],
    valueInfo: [],
    overridable: new Set(),
    outputs: nodes.map(({ outputs }) => ({ name: outputs[0] ?? "", type: undefined })),
  };
  const failure = { kind: "model", what: "onnxruntime refuses a part of the model" } as const;
  const session = await createSession(
    ort,
    writeModel({ ...model, graph: part }),
    { graphOptimizationLevel: "disabled", intraOpNumThreads: 1, logSeverityLevel: 4 },
    failure,
  );
  try {
    const results = await runSession(session, {}, undefined, failure);
    return nodes.map(({ outputs }) => {
      const data = results[outputs[0] ?? ""]?.data;
      if (!(data instanceof Float32Array)) throw new Error("no numbers");
      return Float32Array.from(data);
    });
  } finally {
    await session.release();
  }
}
