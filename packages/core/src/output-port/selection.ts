/**
 * Takes off what a detector does with its boxes after it has scored all of them: NonMaxSuppression, TopK, NonZero, and the
 * Gathers by what those found. How many boxes are left depends on the picture, so that nothing behind them has a shape.
 */
import { type Graph, inputOf, type Node, type Tape } from "@onnx-lrp/onnx-loader";
import { has, isOp } from "../operators/traits.ts";

/** An output, or one column of an output, that was selected from more. */
export interface SelectedValue {
  /** The last value before the selection: with one score for each place and class, if the output holds scores. */
  readonly value: string;
  /** Whether a Sigmoid lies between: it was applied to parts of that value, level by level. */
  readonly sigmoid: boolean;
  /** Operations between that value and the output, last first. */
  readonly through: readonly string[];
  /** The output without the selection, of all places, computed as before; undefined where that is not possible. */
  readonly all: string | undefined;
}

export interface SelectionView {
  readonly graph: Graph;
  readonly made: ReadonlyMap<string, Node>;
  readonly constant: (value: string) => boolean;
  /** Takes what an output is computed by without the selection. */
  readonly tape: Tape;
}

/** Operations that find places by the numbers of a picture. */
const finders = ["NonMaxSuppression", "NonZero", "TopK", "ArgMax", "Hardmax"];
/** What computes anew from a selection: the second stage of a detector. */
const layers = ["Conv", "ConvTranspose", "Gemm", "MatMul", "RoiAlign"];
const gathers = ["Gather", "GatherElements", "GatherND"];

/** Whether a graph picks elements of what it computed by what it found there. */
export function selects({ nodes, initializers }: Graph): boolean {
  const found = foundByNumbers(nodes);
  return nodes.some(
    (node) =>
      isOp(node, "NonMaxSuppression") ||
      (!isOp(node, "TopK", "Slice") &&
        node.outputs.some((output) => selectsByNumbers(node, output, found)) &&
        !initializers.has(inputOf(node, 0))),
  );
}

/**
 * The layer of a second stage, which works on what NonMaxSuppression found in the picture; undefined for networks of one stage.
 */
export function secondStage({ nodes }: Graph): Node | undefined {
  const found = new Set<string>();
  for (const node of nodes) {
    if (!isOp(node, "NonMaxSuppression") && !node.inputs.some((input) => found.has(input))) continue;
    if (isOp(node, ...layers)) return node;
    for (const output of node.outputs) if (output !== "") found.add(output);
  }
  return undefined;
}

/** @returns empty for an output that is not selected from more; for rows of boxes, scores and classes one for each column */
export function selectedValues(output: string, view: SelectionView): SelectedValue[] {
  const found = foundByNumbers(view.graph.nodes);
  const node = behindNames(output, view);
  const columns = node !== undefined && isOp(node, "Concat") ? node.inputs : [];
  const whole = selectedValue(output, view, found);
  if (whole !== undefined) return [whole];
  const parts = columns.flatMap((column) => selectedValue(column, view, found) ?? []);
  if (parts.length > 1) return parts;
  // What was computed from a selection, such as boxes in pixels, is computed for all places.
  const all = found.has(output) ? withoutSelection(output, view, found) : undefined;
  return all === undefined ? [] : [{ value: all, sigmoid: false, through: [], all }];
}

/** Values that are, or are computed from, what a finder found. */
export function foundByNumbers(nodes: Graph["nodes"]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { op, domain, inputs, outputs } of nodes) {
    const starts = domain === "" && finders.includes(op);
    if (!starts && !inputs.some((input) => found.has(input))) continue;
    for (const output of outputs) if (output !== "") found.add(output);
  }
  return found;
}

function behindNames(value: string, { made }: SelectionView): Node | undefined {
  let node = made.get(value);
  while (node !== undefined && isOp(node, "Identity", "Cast")) node = made.get(inputOf(node, 0));
  return node;
}

function selectedValue(
  output: string,
  view: SelectionView,
  found: ReadonlySet<string>,
): SelectedValue | undefined {
  if (!found.has(output)) return undefined;
  const chain = chainOf(output, view, found);
  const last = chain.findLastIndex(({ selects }) => selects);
  const before = chain[last];
  if (before === undefined || found.has(before.value)) return undefined;
  return {
    value: before.value,
    sigmoid: before.sigmoid,
    through: chain.slice(0, last + 1).flatMap(({ op }) => (op === undefined ? [] : [op])),
    all: withoutSelection(output, view, found),
  };
}

/** A value that another was made from by moving or selecting elements. */
interface Link {
  readonly value: string;
  /** The operation between it and the link before. */
  readonly op: string | undefined;
  readonly selects: boolean;
  readonly sigmoid: boolean;
}

/** From a value back to what it was selected from, nearest first. */
function chainOf(
  value: string,
  view: SelectionView,
  found: ReadonlySet<string>,
  inBranch = false,
): readonly Link[] {
  const chain: Link[] = [{ value, op: undefined, selects: false, sigmoid: false }];
  let at = value;
  let sigmoid = false;
  for (let node = view.made.get(at); node !== undefined; node = view.made.get(at)) {
    const { op } = node;
    if (isOp(node, "Concat")) {
      const common = commonSource(node, view, found);
      if (common === undefined) break;
      chain.push({ ...common, op, sigmoid: sigmoid || common.sigmoid });
      at = common.value;
      sigmoid ||= common.sigmoid;
      continue;
    }
    // The best class of each place is selected too.
    const selects = selectsByNumbers(node, at, found) || isOp(node, "ReduceMax");
    const moves =
      selects || has(node, "changesNothing", "reshapes", "permutes") || (inBranch && isPiece(node, view));
    const activates = inBranch && isOp(node, "Sigmoid");
    if (!moves && !activates) break;
    sigmoid ||= activates;
    at = inputOf(node, 0);
    chain.push({ value: at, op, selects, sigmoid });
  }
  return chain;
}

/** A fixed part of a value. */
function isPiece(node: Node, { constant }: SelectionView): boolean {
  return isOp(node, "Split", "Slice") || (isOp(node, "Gather") && constant(inputOf(node, 1)));
}

function selectsByNumbers(node: Node, output: string, found: ReadonlySet<string>): boolean {
  if (isOp(node, "TopK")) return node.outputs[0] === output;
  if (isOp(node, ...gathers, "Compress")) return found.has(inputOf(node, 1));
  return isOp(node, "Slice") && node.inputs.slice(1).some((input) => found.has(input));
}

/** What all branches of a Concat were selected from: levels of a pyramid, or one list for each class. */
function commonSource(node: Node, view: SelectionView, found: ReadonlySet<string>): Link | undefined {
  if (!node.inputs.some((input) => found.has(input))) return undefined;
  const chains = node.inputs.map((input) => chainOf(input, view, found, true));
  const [first, ...others] = chains;
  const common = first?.find(({ value }) =>
    others.every((chain) => chain.some((link) => link.value === value)),
  );
  if (common === undefined) return undefined;
  const links = chains.flatMap((chain) => chain.filter(({ value }) => value === common.value));
  const selects = chains.every((chain) => {
    const at = chain.findIndex(({ value }) => value === common.value);
    return chain.slice(0, at + 1).some((link) => link.selects);
  });
  return selects ? { ...common, selects, sigmoid: links.some(({ sigmoid }) => sigmoid) } : undefined;
}

/** Computes a value as before, but for all places: what selects is left out. */
function withoutSelection(
  output: string,
  { made, tape }: SelectionView,
  found: ReadonlySet<string>,
): string | undefined {
  const copies = new Map<string, string | undefined>();
  const copy = (value: string): string | undefined => {
    if (!found.has(value)) return value;
    if (!copies.has(value)) copies.set(value, copyOf(value));
    return copies.get(value);
  };
  const copyOf = (value: string): string | undefined => {
    const node = made.get(value);
    if (node === undefined) return undefined;
    if (selectsByNumbers(node, value, found)) return copy(inputOf(node, 0));
    if (isOp(node, ...finders, ...layers, "If", "Loop", "Scan")) return undefined;
    const inputs = node.inputs.map((input) => (input === "" ? "" : copy(input)));
    if (!inputs.every((input) => input !== undefined)) return undefined;
    const [first = ""] = inputs;
    if (isOp(node, "Concat") && inputs.length > 1 && inputs.every((input) => input === first)) return first;
    const outputs = node.outputs.map((name) => tape.fresh(`${name}/all`));
    tape.push({ ...node, name: tape.fresh(`${node.name || node.op}/all`), inputs, outputs });
    for (const [i, name] of node.outputs.entries()) copies.set(name, outputs[i]);
    return outputs[node.outputs.indexOf(value)];
  };
  return copy(output);
}
