import {
  type Graph,
  inputOf,
  lookUp,
  type Node,
  type Shapes,
  type Size,
  UserError,
} from "@onnx-lrp/onnx-loader";
import { sameSize } from "../operators/size.ts";
import { has } from "../operators/traits.ts";

/** Where the class scores come out, and what was done to them after. */
export interface OutputPort {
  /** The output that was chosen, by name. */
  readonly output: string;
  /** The value that holds the logits. */
  readonly logits: string;
  readonly dims: readonly Size[];
  readonly classes: number;
  readonly kind: "softmax" | "log-softmax" | "sigmoid" | "none";
}

const headActivations: Readonly<Record<string, OutputPort["kind"]>> = {
  Softmax: "softmax",
  LogSoftmax: "log-softmax",
  Sigmoid: "sigmoid",
};

/**
 * Finds the logits: the input of the terminal Softmax or LogSoftmax (or Sigmoid) where the graph ends in one, else the
 * output itself.
 *
 * @param batch the pictures of a run, by which an output with scores for each of them is known
 * @param wanted the output's name, where the model has several
 * @throws UserError `unsupported` when no output holds one score a class, `usage` when several do
 */
export function findOutputPort(
  graph: Graph,
  producers: ReadonlyMap<string, Node>,
  shapes: Shapes,
  batch: Size,
  wanted?: string,
): OutputPort {
  const list = graph.outputs
    .map(({ name }) => `"${name}" (${describeShape(shapes.get(name)?.dims)})`)
    .join(", ");
  if (wanted !== undefined && !graph.outputs.some(({ name }) => name === wanted)) {
    throw new UserError("usage", `The model has no output "${wanted}". It has: ${list}.`, {
      subject: { option: "output" },
    });
  }
  const candidates = graph.outputs.filter(({ name }) => wanted === undefined || name === wanted);
  const heads = candidates
    .map(({ name }) => headOf(name, producers, shapes, batch))
    .filter((head) => head !== undefined);
  const [head] = heads;
  if (head === undefined) {
    throw new UserError(
      "unsupported",
      `No output of the model has one score for each class of each picture (a shape such as N x 1000). It has: ${list}. onnx-lrp explains image classifiers.`,
    );
  }
  if (heads.length > 1) {
    throw new UserError("usage", `The model has several outputs that could be the class scores: ${list}.`, {
      subject: { option: "output" },
      remedies: [{ kind: "option", option: "output", values: heads.map(({ output }) => output) }],
    });
  }
  return head;
}

function headOf(
  output: string,
  producers: ReadonlyMap<string, Node>,
  shapes: Shapes,
  batch: Size,
): OutputPort | undefined {
  const plain = scores(output, shapes, batch);
  if (plain === undefined) return undefined;
  let node = producers.get(output);
  while (node !== undefined && has(node, "changesNothing", "reshapes")) {
    node = producers.get(inputOf(node, 0));
  }
  const kind = node?.domain === "" ? lookUp(headActivations, node.op) : undefined;
  if (node === undefined || kind === undefined) return { output, logits: output, ...plain, kind: "none" };
  const logits = inputOf(node, 0);
  const before = scores(logits, shapes, batch);
  // A Softmax over a map of positions, say: what comes out after it are the scores.
  if (before === undefined) return { output, logits: output, ...plain, kind: "none" };
  return { output, logits, ...before, kind };
}

/** Shapes [N, classes], [N, classes, 1, 1] and the like; [classes] without a batch. */
function scores(
  value: string,
  shapes: Shapes,
  batch: Size,
): { dims: readonly Size[]; classes: number } | undefined {
  const shape = shapes.get(value);
  if (shape === undefined || !shape.type.includes("float")) return undefined;
  const { dims } = shape;
  if (!sameSize(dims.length === 1 ? 1 : dims[0], batch)) return undefined;
  const wide = (dims.length === 1 ? dims : dims.slice(1)).filter((size) => size !== 1);
  const [classes] = wide;
  return wide.length === 1 && typeof classes === "number" ? { dims, classes } : undefined;
}

function describeShape(dims: readonly Size[] | undefined): string {
  return dims?.map(describeSize).join(" x ") ?? "unknown shape";
}

function describeSize(size: Size): string {
  if (typeof size === "number") return String(size);
  return size.times === 1 ? "N" : `${size.times}N`;
}
