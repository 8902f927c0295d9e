/** What a network takes: the value that is explained, by the letters of its axes, as the file declares it and once its sizes are known. */
import { type DataType, UserError } from "@onnx-lrp/onnx-loader";
import type { Size } from "@onnx-lrp/onnx-loader/internal";
import { type Axes, placesOf } from "../grid/axes.ts";
import { type Grid, gridSizes, sizeOfAxis } from "../grid/grid.ts";
import { checkInputSize } from "./check-size.ts";
import type { Feeds } from "./feed.ts";

/** Who says which axis is which, and why, as the rest of a sentence: "N x C x L, ...". */
export interface AxesSource {
  readonly by: "option" | "weights" | "sizes";
  readonly why: string;
}

/** The input that gets explained, as the file declares it. */
export interface DeclaredInputPort extends Omit<Grid, "depth" | "height" | "width"> {
  readonly name: string;
  /** float32, or a type of integers. */
  readonly type: DataType;
  /** As explanation models take it, batch first: with the axes that the file's own shape lacks. */
  readonly axes: Axes;
  readonly axesSource: AxesSource;
  /** undefined where the file leaves it open. */
  readonly depth: number | undefined;
  readonly height: number | undefined;
  readonly width: number | undefined;
  /** Inputs in one run: a fixed number, or the symbol of a batch dimension that takes any number. */
  readonly batch: number | string;
  /** Positions in `axes` of those that the file's shape lacks: the batch, the only channel of a picture. */
  readonly missingAxes: readonly number[];
}

/** The input of a canonical model: every size is known, but for the batch. */
export interface InputPort extends DeclaredInputPort, Grid {
  readonly depth: number;
  readonly height: number;
  readonly width: number;
  /** Shape with the batch as `Size`. */
  readonly dims: readonly Size[];
}

/** Height and width of a picture in pixels. */
export interface PictureSize {
  readonly height: number;
  readonly width: number;
}

/** Sizes for the axes that a file leaves open; those that an input does not have are of no account. */
export interface InputSize {
  readonly depth?: number | undefined;
  readonly height?: number | undefined;
  readonly width?: number | undefined;
}

/** What a caller says of a network's inputs; the rest is found. */
export interface InputOptions {
  /** The input that gets explained, if the model has several. */
  readonly input?: string | undefined;
  /** The letters of that input's axes, such as `NHWC` or `NCL`; left out, they are found. */
  readonly layout?: string | undefined;
  /** Sizes along the axes that the model leaves open. */
  readonly size?: InputSize | undefined;
  /** Values of the other inputs, by name. */
  readonly feeds?: Feeds | undefined;
}

/** What an input is, in a word: by its axes alone. */
export type InputKind = "picture" | "signal" | "volume" | "features";

/** What an input is, by its axes. */
export function inputKind({ axes }: Pick<DeclaredInputPort, "axes">): InputKind {
  switch (placesOf(axes).join("")) {
    case "HW":
      return "picture";
    case "L":
      return "signal";
    case "DHW":
      return "volume";
    default:
      return "features";
  }
}

/**
 * The input at a size.
 *
 * @param size what the file leaves open; what it fixes must agree
 * @throws UserError `usage` where neither the file nor `size` says how large the input is, or they contradict each other
 */
export function sizedInputPort(port: DeclaredInputPort, size: InputSize | undefined): InputPort {
  const { name, batch, axes } = port;
  const kind = inputKind(port);
  const sizes = { depth: port.depth ?? 1, height: port.height ?? 1, width: port.width ?? 1 };
  for (const axis of placesOf(axes)) {
    const key = sizeOfAxis.get(axis);
    if (key === undefined) continue;
    const [declared, wanted] = [port[key], size?.[key]];
    if (declared === undefined && wanted === undefined) {
      throw new UserError(
        "usage",
        `The input "${name}" leaves the size of its ${kind === "picture" ? "pictures" : `${kind}s`} open (axis ${axis} of ${axes.join(" x ")}).`,
        { subject: { option: "size", value: name }, remedies: [{ kind: "option", option: "size" }] },
      );
    }
    if (declared !== undefined && wanted !== undefined && declared !== wanted) {
      throw wrongSize(port, size ?? {});
    }
    sizes[key] = declared ?? wanted ?? 1;
  }
  const inputs: Size = typeof batch === "number" ? batch : { times: 1 };
  const dims = [inputs, ...gridSizes(axes, { channels: port.channels, ...sizes })];
  checkInputSize(
    name,
    dims.flatMap((each) => (typeof each === "number" ? each : [])),
  );
  return { ...port, ...sizes, dims };
}

/** Names the sizes that the file fixes, and no size for what it leaves open. */
function wrongSize(port: DeclaredInputPort, asked: InputSize): UserError {
  const keys = placesOf(port.axes).flatMap((axis) => sizeOfAxis.get(axis) ?? []);
  const text = (sizes: InputSize) => keys.map((key) => sizes[key] ?? "any").join(" x ");
  const fixed = keys.every((key) => port[key] !== undefined);
  const { name } = port;
  const reason =
    inputKind(port) === "picture" && fixed
      ? `The input "${name}" takes pictures of ${text(port)} pixels (${keys.join(" x ")}) only, not ${text(asked)}.`
      : `The input "${name}" (${keys.join(" x ")}: ${text(port)}) does not take ${text(asked)}.`;
  return new UserError("usage", reason, { subject: { value: name, option: "size" } });
}
