/** Finds the input that gets explained, and which of its axes is which. */
import { type Dim, type Model, UserError, type ValueInfo } from "@onnx-lrp/onnx-loader";
import { type Axes, type Axis, parseAxes, placesOf } from "../grid/axes.ts";
import { type Layout, type Places, sizeOfAxis } from "../grid/grid.ts";
import { checkInputSize } from "./check-size.ts";
import { type FirstWeights, firstWeights } from "./first-weights.ts";
import type { AxesSource, DeclaredInputPort } from "./input-port.ts";

export interface InputPortOptions {
  /** The input's name; needed where several could be meant. */
  readonly input?: string | undefined;
  /** The input's axes, such as `NHWC`; left out, they are found. */
  readonly layout?: string | undefined;
  /** Names of inputs that are given values of their own. */
  readonly fed?: ReadonlySet<string> | undefined;
}

const numberTypes: ReadonlySet<string> = new Set([
  ...["float32", "uint8", "int8", "uint16", "int16", "int32", "int64"],
]);
/** Channels of pictures, which tell channels from places where nothing else does. */
const pictureChannels = new Set([1, 3, 4]);

/** What is known of an input's axes: all but the sizes that stay open. */
interface Found {
  readonly axes: Axes;
  readonly source: AxesSource;
  readonly channels: number;
  readonly layout: Layout;
  /** By axis, for those that the file's shape has. */
  readonly sizes: ReadonlyMap<Axis, Dim>;
  readonly missingAxes: readonly number[];
  /** Of features that the network itself puts into another form: its sizes. */
  readonly view?: Places | undefined;
}

/**
 * @throws UserError `usage` for an unknown input, a layout that does not fit, or several inputs that could be meant;
 * `unsupported` if no input takes numbers, or its axes cannot be inferred
 */
export function findInputPort(model: Model, options: InputPortOptions = {}): DeclaredInputPort {
  const input = chooseInput(model, options);
  const { name, type } = input;
  if (type === undefined || !numberTypes.has(type.type)) {
    throw new UserError(
      "unsupported",
      `The input ${describeInput(input)} takes no numbers that could be explained.`,
      { subject: { value: name } },
    );
  }
  const found = axesOf(model, name, type.dims, options.layout);
  const size = (axis: Axis) => known(found.sizes.get(axis));
  checkInputSize(
    name,
    [...found.sizes.values()].flatMap((value) => known(value) ?? []),
  );
  const places = placesOf(found.axes);
  const place = (key: keyof Places) => {
    if (found.view !== undefined) return found.view[key];
    const axis = places.find((each) => sizeOfAxis.get(each) === key);
    if (axis !== undefined) return size(axis);
    return key === "width" && places.includes("F") ? size("F") : 1;
  };
  return {
    ...{ name, type: type.type, axes: found.axes, axesSource: found.source },
    ...{ layout: found.layout, channels: found.channels, missingAxes: found.missingAxes },
    ...{ depth: place("depth"), height: place("height"), width: place("width") },
    batch: batchOf(found),
  };
}

function batchOf({ sizes, missingAxes }: Found): number | string {
  if (missingAxes.includes(0)) return 1;
  const size = sizes.get("N");
  return size === undefined || (typeof size === "number" && size <= 0) ? "N" : size;
}

function chooseInput(model: Model, { input: wanted, fed = new Set() }: InputPortOptions): ValueInfo {
  const { inputs } = model.graph;
  const list = inputs.map(describeInput).join("; ");
  if (wanted !== undefined) {
    const input = inputs.find(({ name }) => name === wanted);
    if (input !== undefined) return input;
    throw new UserError("usage", `The model has no input "${wanted}". It has: ${list || "none"}.`, {
      subject: { option: "input", value: wanted },
    });
  }
  const unfed = inputs.filter(({ name, type }) => !fed.has(name) && numberTypes.has(type?.type ?? ""));
  const pictures = unfed.filter((input) => isPicture(input));
  const layers = unfed.filter((input) => hasFirstLayer(model, input));
  for (const candidates of [unfed, pictures, layers]) {
    const [only] = candidates;
    if (candidates.length === 1 && only !== undefined) return only;
  }
  if (unfed.length === 0) {
    throw new UserError(
      "unsupported",
      `The model has no input of numbers that could be explained. It has: ${list || "none"}.`,
    );
  }
  throw new UserError("usage", `The model has several inputs that could be explained: ${list}.`, {
    subject: { option: "input" },
    remedies: [{ kind: "option", option: "input", values: unfed.map(({ name }) => name) }],
  });
}

function isPicture({ type }: ValueInfo): boolean {
  return (
    type?.dims !== undefined &&
    (type.dims.length === 3 || type.dims.length === 4) &&
    bySizes(type.dims) !== undefined
  );
}

function hasFirstLayer({ graph }: Model, { name, type }: ValueInfo): boolean {
  return ranksOf(type?.dims).some((rank) => firstWeights(graph, name, rank) !== undefined);
}

/** The ranks that an input may have: its own, or where the file does not say, any that layers take. */
function ranksOf(dims: readonly Dim[] | undefined): number[] {
  return dims === undefined ? [4, 3, 5, 2] : [dims.length];
}

function axesOf(
  model: Model,
  name: string,
  dims: readonly Dim[] | undefined,
  layout: string | undefined,
): Found {
  const evidence = ranksOf(dims).flatMap((rank) => {
    const weights = firstWeights(model.graph, name, rank);
    return weights === undefined ? [] : [{ rank, weights }];
  })[0];
  if (layout !== undefined) return byOption(name, dims, parseAxes(layout), evidence?.weights);
  if (evidence !== undefined) {
    const found = byWeights(dims ?? new Array<Dim>(evidence.rank).fill(undefined), evidence.weights);
    if (found !== undefined) return found;
  }
  const found = dims === undefined ? undefined : bySizes(dims);
  if (found !== undefined) return found;
  throw new UserError(
    "unsupported",
    `Which axis of the input ${describeInput({ name, type: { type: "float32", dims } })} is which is not known: neither its sizes nor a first layer with weights show it.`,
    {
      subject: { value: name },
      remedies: [{ kind: "option", option: "layout", values: ["NCHW", "NHWC", "NCL", "NLC", "NCDHW", "NF"] }],
    },
  );
}

function byOption(
  name: string,
  dims: readonly Dim[] | undefined,
  axes: Axes,
  weights: FirstWeights | undefined,
): Found {
  const rank = dims?.length ?? axes.length;
  if (axes.length !== rank) {
    throw new UserError(
      "usage",
      `The layout ${axes.join("")} has ${axes.length} axes, and the input "${name}" has ${rank}: ${dims?.map((dim) => dim ?? "?").join(" x ")}.`,
      { subject: { option: "layout", value: name } },
    );
  }
  const sizes = new Map(axes.map((axis, i) => [axis, dims?.[i]] as const));
  const channels = axes.includes("C") ? (known(sizes.get("C")) ?? weights?.channels) : 1;
  if (channels === undefined) throw openChannels(name);
  return completed(axes, sizes, channels, { by: "option", why: "as the option layout says" });
}

function openChannels(name: string): UserError {
  return new UserError(
    "unsupported",
    `The input "${name}" leaves the number of its channels open, and no first layer with weights shows it. Export the network with a fixed number of channels.`,
    { subject: { value: name } },
  );
}

/** @returns undefined where what the layer says contradicts the sizes, or does not say enough */
function byWeights(dims: readonly Dim[], weights: FirstWeights): Found | undefined {
  const { channel, places, channels, layer, kind } = weights;
  const views = [channel, ...places].filter((origin) => origin?.kind === "view");
  if (views.length > 0) return byView(dims, weights);
  const channelAt = channel?.kind === "input" ? channel.axis : undefined;
  const placesAt = places.flatMap((origin) => (origin?.kind === "input" ? [origin.axis] : []));
  const batchAt = channelAt !== 0 && !placesAt.includes(0) ? 0 : undefined;
  const rest =
    dims.length - placesAt.length - (channelAt === undefined ? 0 : 1) - (batchAt === undefined ? 0 : 1);
  if (rest !== 0 || [...placesAt].sort((a, b) => a - b).join() !== placesAt.join()) return undefined;
  if (channelAt !== undefined && fixed(dims[channelAt]) && dims[channelAt] !== channels) return undefined;
  // A dense layer over the last axis of a picture mixes its columns.
  if (kind === "dense" && dims.length === 4 && isPictureDepth(dims[1])) return undefined;
  if (kind === "dense" && placesAt.length === 0) {
    // A dense layer on the last axis: what it takes are features.
    const axes: Axes = batchAt === undefined ? ["F"] : ["N", "F"];
    const sizes = new Map<Axis, Dim>([
      ["N", dims[0]],
      ["F", known(dims.at(-1)) ?? channels],
    ]);
    return completed(axes, sizes, 1, { by: "weights", why: `for ${layer} takes ${channels} features` });
  }
  const letters: readonly Axis[] | undefined = [
    undefined,
    ["L"] as const,
    ["H", "W"] as const,
    ["D", "H", "W"] as const,
  ][placesAt.length];
  if (letters === undefined) return undefined;
  const axes = new Array<Axis>(dims.length).fill("N");
  const sizes = new Map<Axis, Dim>();
  if (batchAt !== undefined) sizes.set("N", dims[batchAt]);
  if (channelAt !== undefined) {
    axes[channelAt] = "C";
    sizes.set("C", channels);
  }
  for (const [i, axis] of placesAt.entries()) {
    const letter = letters[i] ?? "L";
    axes[axis] = letter;
    sizes.set(letter, dims[axis]);
  }
  const count = channelAt === undefined ? 1 : channels;
  const why = `for ${layer} takes ${count} channel${count === 1 ? "" : "s"}${channelAt === undefined ? ", for which the input has no axis" : ` on axis ${channelAt}`}`;
  return completed(axes, sizes, count, { by: "weights", why });
}

/** Features that the network puts into the form of a picture, a signal or a volume by itself. */
function byView(dims: readonly Dim[], { channel, places, channels, layer }: FirstWeights): Found | undefined {
  const sizeOf = (origin: FirstWeights["channel"]) => (origin?.kind === "view" ? origin.size : 1);
  const sizes = places.map(sizeOf);
  const count = channel?.kind === "view" ? channel.size : 1;
  const [depth, height, width] = [1, 1, 1, ...sizes].slice(-3);
  const total = count * sizes.reduce((product, size) => product * size, 1);
  if (dims.length !== 2 || places.length > 3 || (fixed(dims[1]) && dims[1] !== total) || count !== channels)
    return undefined;
  const source: AxesSource = {
    by: "weights",
    why: `for ${layer} takes them as ${[count, ...sizes].join(" x ")}`,
  };
  // Of one channel along one axis, as waveforms are.
  if (count === 1 && sizes.filter((size) => size > 1).length === 1) {
    const ofSignal = new Map<Axis, Dim>([
      ["N", dims[0]],
      ["L", total],
    ]);
    return completed(["N", "L"], ofSignal, 1, source);
  }
  const order = [channel, ...places].flatMap((origin) => (origin?.kind === "view" ? [origin.axis] : []));
  const first = channel?.kind !== "view" || order[0] === Math.min(...order);
  const found = completed(
    ["N", "F"],
    new Map<Axis, Dim>([
      ["N", dims[0]],
      ["F", total],
    ]),
    count,
    source,
  );
  return {
    ...found,
    layout: first ? "nchw" : "nhwc",
    view: { depth: depth ?? 1, height: height ?? 1, width: width ?? 1 },
  };
}

/** By the sizes alone: 1, 3 or 4 channels, first or last; else channels first. */
function bySizes(dims: readonly Dim[]): Found | undefined {
  const why = "as its sizes are";
  const of = (axes: Axes): Found | undefined => {
    const sizes = new Map(axes.map((axis, i) => [axis, dims[i]] as const));
    const channels = axes.includes("C") ? known(sizes.get("C")) : 1;
    return channels === undefined ? undefined : completed(axes, sizes, channels, { by: "sizes", why });
  };
  switch (dims.length) {
    case 5:
      return of(
        isPictureDepth(dims[4]) && !isPictureDepth(dims[1])
          ? ["N", "D", "H", "W", "C"]
          : ["N", "C", "D", "H", "W"],
      );
    case 4:
      return of(
        isPictureDepth(dims[3]) && !isPictureDepth(dims[1]) ? ["N", "H", "W", "C"] : ["N", "C", "H", "W"],
      );
    case 3:
      if (isPictureDepth(dims[0])) return of(["C", "H", "W"]);
      return of(isPictureDepth(dims[2]) ? ["H", "W", "C"] : ["N", "H", "W"]);
    case 2:
      return of(["N", "F"]);
    default:
      return undefined;
  }
}

/** With the axes that explanation models take besides: a batch, and the only channel of a picture. */
function completed(own: Axes, sizes: ReadonlyMap<Axis, Dim>, channels: number, source: AxesSource): Found {
  let axes = own;
  const missingAxes: number[] = [];
  if (!own.includes("N")) {
    axes = ["N", ...axes];
    missingAxes.push(0);
  }
  if (!own.includes("C") && placesOf(own).join("") === "HW") {
    axes = ["N", "C", ...axes.slice(1)];
    missingAxes.push(1);
  }
  const channel = axes.indexOf("C");
  const layout = channel > 1 ? "nhwc" : "nchw";
  return { axes, source, channels, layout, sizes, missingAxes };
}

function isPictureDepth(dim: Dim): boolean {
  return typeof dim === "number" && pictureChannels.has(dim);
}

function fixed(dim: Dim): dim is number {
  return typeof dim === "number" && dim > 0;
}

function known(dim: Dim): number | undefined {
  return fixed(dim) ? dim : undefined;
}

/** `"image" (float32, N x 3 x 224 x 224)`, for sentences. */
export function describeInput({ name, type }: ValueInfo): string {
  if (type === undefined) return `"${name}" (no tensor)`;
  return `"${name}" (${type.type}, ${type.dims?.map((dim) => dim ?? "?").join(" x ") ?? "unknown shape"})`;
}
