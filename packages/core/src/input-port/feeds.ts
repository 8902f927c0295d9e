/** Gives inputs beside the explained one values of their own, which then belong to the network like its weights. */
import {
  createTape,
  type Dim,
  floatTensor,
  intValue as int,
  int64Tensor,
  type Model,
  type PassResult,
  type Tensor,
  UserError,
  type ValueInfo,
} from "@onnx-lrp/onnx-loader";
import { dataTypeCode, elementCount, valueNames } from "@onnx-lrp/onnx-loader/internal";
import type { Feed, Feeds } from "./feed.ts";
import { describeInput } from "./find.ts";

/**
 * Bakes the values of fed inputs into the model.
 *
 * @param explained the input that gets explained, whose batch an open first axis of a fed input follows
 * @throws UserError `usage` for an unknown input, or a value that does not fit the input's shape
 */
export function bakeFeeds(model: Model, feeds: Feeds, explained: string): PassResult {
  const entries = Object.entries(feeds);
  if (entries.length === 0) return { model, changed: [] };
  const { graph } = model;
  const tape = createTape(valueNames(graph), "fed");
  const fed = new Set<string>();
  const initializers = new Map(graph.initializers);
  for (const [name, feed] of entries) {
    const input = graph.inputs.find((each) => each.name === name);
    if (input === undefined || name === explained) throw unknownFeed(model, name, explained);
    fed.add(name);
    const { tensor, followsBatch } = tensorOf(input, feed);
    const type = input.type?.type ?? "float32";
    if (type === tensor.type && !followsBatch) {
      initializers.set(name, tensor);
      continue;
    }
    const value = tape.fresh(`${name}/value`);
    initializers.set(value, { ...tensor, name: value });
    const shaped = followsBatch
      ? tape.emit("Expand", [value, batchShape(tape, explained, tensor.dims)])
      : value;
    tape.push({
      ...{ op: "Cast", domain: "", name: tape.fresh(`${name}/cast`), inputs: [shaped], outputs: [name] },
      attributes: new Map([["to", int(dataTypeCode(type))]]),
    });
  }
  for (const [name, tensor] of tape.initializers) initializers.set(name, tensor);
  return {
    model: {
      ...model,
      graph: {
        ...graph,
        initializers,
        inputs: graph.inputs.filter(({ name }) => !fed.has(name)),
        nodes: [...tape.nodes, ...graph.nodes],
      },
    },
    changed: [...fed].map((name) => `The input "${name}" has the value that was given for it.`),
  };
}

/** int64: the explained input's batch, and the sizes of one element of it. */
function batchShape(tape: ReturnType<typeof createTape>, explained: string, dims: readonly number[]): string {
  const batch = tape.emit("Gather", [tape.emit("Shape", [explained]), tape.ints([0])]);
  if (dims.length === 1) return batch;
  return tape.emit("Concat", [batch, tape.ints(dims.slice(1))], { axis: int(0) });
}

/** The inputs that have no value: neither explained nor fed. */
function unfedInputs({ graph }: Model, explained: string, feeds: Feeds): readonly ValueInfo[] {
  return graph.inputs.filter(({ name }) => name !== explained && !Object.hasOwn(feeds, name));
}

/** @throws UserError `usage` naming each input that needs a value, with its type and shape */
export function refuseUnfed(model: Model, explained: string, feeds: Feeds): void {
  const unfed = unfedInputs(model, explained, feeds);
  if (unfed.length === 0) return;
  throw new UserError(
    "usage",
    `Besides "${explained}", which gets explained, the network takes ${unfed.map(describeInput).join("; ")}, for which there is no value.`,
    {
      subject: { option: "feed", value: unfed[0]?.name },
      remedies: [
        { kind: "option", option: "feed", values: unfed.map(({ name }) => `${name}=NUMBER|FILE.npy`) },
      ],
    },
  );
}

function unknownFeed({ graph }: Model, name: string, explained: string): UserError {
  const others = graph.inputs.filter((input) => input.name !== explained).map(describeInput);
  const reason =
    name === explained
      ? `The input "${name}" is the one that gets explained, and takes no fed value.`
      : `The model has no input "${name}" to feed. Beside the explained one it has: ${others.join("; ") || "none"}.`;
  return new UserError("usage", reason, { subject: { option: "feed", value: name } });
}

function tensorOf(input: ValueInfo, feed: Feed): { tensor: Tensor; followsBatch: boolean } {
  const { name, type } = input;
  const dims = type?.dims;
  const given = typeof feed === "number" ? { data: [feed], shape: [] } : feed;
  const misfit = (why: string) =>
    new UserError("usage", `The value for the input ${describeInput(input)} ${why}.`, {
      subject: { option: "feed", value: name },
    });
  if (elementCount(given.shape) !== given.data.length)
    throw misfit("has another number of elements than its shape");
  const shape = dims === undefined ? [...given.shape] : broadcastTo(dims, given.shape);
  if (shape === undefined)
    throw misfit(`has the shape ${given.shape.join(" x ") || "of one number"}, which does not fit`);
  const values = broadcast(given.data, given.shape, shape);
  const whole = type !== undefined && type.type !== "float32";
  if (
    values.some((value) => !Number.isFinite(value)) ||
    (whole && values.some((value) => !Number.isInteger(value)))
  ) {
    throw misfit(whole ? "holds numbers that are not integers" : "holds numbers that are not finite");
  }
  const tensor = whole ? int64Tensor(name, shape, values) : floatTensor(name, shape, values);
  return { tensor, followsBatch: !isFixed(dims?.[0]) && shape[0] === 1 };
}

function isFixed(dim: Dim): boolean {
  return typeof dim === "number" && dim > 0;
}

/** The sizes that a value has once it is broadcast to an input's; open sizes are the value's own, or 1. */
function broadcastTo(dims: readonly Dim[], shape: readonly number[]): number[] | undefined {
  if (shape.length > dims.length) return undefined;
  const lead = dims.length - shape.length;
  const sizes = dims.map((dim, axis) => {
    const own = axis < lead ? 1 : (shape[axis - lead] ?? 1);
    if (typeof dim !== "number" || dim <= 0) return own;
    return own === dim || own === 1 ? dim : undefined;
  });
  return sizes.every((size) => size !== undefined) ? sizes : undefined;
}

function broadcast(data: ArrayLike<number>, from: readonly number[], to: readonly number[]): number[] {
  const lead = to.length - from.length;
  return Array.from({ length: elementCount(to) }, (_, i) => {
    let [rest, at, step] = [i, 0, 1];
    for (let axis = to.length - 1; axis >= 0; axis -= 1) {
      const size = to[axis] ?? 1;
      const own = axis < lead ? 1 : (from[axis - lead] ?? 1);
      if (own > 1) at += (rest % size) * step;
      rest = Math.floor(rest / size);
      step *= own;
    }
    return data[at] ?? 0;
  });
}
