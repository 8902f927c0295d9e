/**
 * Axes of a network's input, one letter each: N batch, C channels, D H W places of a volume or a picture, L places of a
 * signal, F features without an order. `NCHW` is a batch of pictures with their channels first.
 */
import { UserError } from "@onnx-lrp/onnx-loader/error";

/** Batch, channels; depth, height and width of pictures and volumes; the length of a signal; features. */
export type Axis = "N" | "C" | "D" | "H" | "W" | "L" | "F";
/** The axes of an input in order, one letter each. */
export type Axes = readonly Axis[];

const letters = "N (batch), C (channels), D, H, W (space), L (time or sequence) and F (features)";
const placeAxes: ReadonlySet<Axis> = new Set<Axis>(["D", "H", "W", "L", "F"]);

/** The axes of places, without batch and channels. */
export function placesOf(axes: Axes): Axis[] {
  return axes.filter((axis) => placeAxes.has(axis));
}

/** Where the channels stand among an input's axes; undefined where it has no axis for them. */
export function channelAxis(axes: Axes): number | undefined {
  const index = axes.indexOf("C");
  return index === -1 ? undefined : index;
}

/**
 * Reads axes as a user writes them, such as `NHWC` or `ncl`.
 *
 * @throws UserError `usage` for other letters, repeated ones, or none for places
 */
export function parseAxes(text: string): Axes {
  const axes = [...text.toUpperCase()];
  const known = axes.filter(isAxis);
  const places = placesOf(known).join("");
  const complete = known.length === axes.length && new Set(axes).size === axes.length;
  if (complete && (!known.includes("N") || known[0] === "N") && ["DHW", "HW", "L", "F"].includes(places))
    return known;
  throw new UserError(
    "usage",
    `The layout "${text}" is not one letter for each axis of the input: ${letters}, N first, each at most once, with ` +
      "places D H W, H W, L or F in this order.",
    {
      subject: { option: "layout", value: text },
      remedies: [{ kind: "option", option: "layout", values: ["NCHW", "NHWC", "NCL", "NCDHW", "NF"] }],
    },
  );
}

function isAxis(letter: string): letter is Axis {
  return letter === "N" || letter === "C" || placeAxes.has(letter as Axis);
}
