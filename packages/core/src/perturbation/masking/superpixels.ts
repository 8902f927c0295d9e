/**
 * SLIC superpixels: Achanta et al., SLIC Superpixels Compared to State-of-the-Art Superpixel Methods (2012), Algorithm 1.
 *
 * k-means in the space of colour and place, where each centre looks only as far as its neighbours on a grid of step S:
 *
 *     D^2 = |colour - colour of centre|^2 + compactness^2 * |place - place of centre|^2 / S^2
 *
 * The paper's colours are CIELAB from 0 to 100 with a compactness of 10. A network's input does not tell its colour space,
 * so its channels are taken as they are, scaled to 0..1 by the smallest and the largest number of the whole picture; 10
 * then becomes 0.1.
 */
import type { InputPort } from "../../input-port/input-port.ts";
import { connected, type Superpixels } from "./connected.ts";

export interface SuperpixelOptions {
  /** The most that there may be. */
  readonly segments: number;
  /** How much place counts against colour; default 0.1. */
  readonly compactness?: number | undefined;
  /** Rounds of k-means; default 10, as in the paper. */
  readonly iterations?: number | undefined;
}

type PictureShape = Pick<InputPort, "channels" | "height" | "width" | "layout">;

/** What k-means works on: `features` numbers a pixel, colour and then y and x in units of the colours. */
interface Points {
  readonly features: number;
  readonly values: Float64Array;
}

/**
 * Cuts a picture into connected regions of about the same size and of like colour. The same picture is always cut alike.
 *
 * @param picture in the shape of `image` without the batch
 */
export function superpixels(
  picture: Float32Array,
  image: PictureShape,
  { segments, compactness = 0.1, iterations = 10 }: SuperpixelOptions,
): Superpixels {
  const grid = gridOf(image, segments);
  const step = { y: image.height / grid.rows, x: image.width / grid.columns };
  const points = pointsOf(picture, image, compactness / Math.sqrt(step.y * step.x));
  const labels = new Int32Array(image.height * image.width);
  for (let pixel = 0; pixel < labels.length; pixel += 1) {
    const row = Math.floor(Math.floor(pixel / image.width) / step.y);
    labels[pixel] = row * grid.columns + Math.floor((pixel % image.width) / step.x);
  }
  let centres = firstCentres(points, image, grid, step);
  for (let i = 0; i < iterations; i += 1) {
    assign(labels, centres, points, image, step);
    centres = means(labels, centres, points, image);
  }
  return connected(labels, image);
}

interface Centre {
  readonly y: number;
  readonly x: number;
  readonly features: Float64Array;
}

/** Rows and columns of nearly square cells, of which there are at most `segments` and nearly as many. */
function gridOf({ height, width }: PictureShape, segments: number): { rows: number; columns: number } {
  const ideal = Math.sqrt((segments * height) / width);
  const [fewer, more] = [Math.floor(ideal), Math.ceil(ideal)].map((wanted) => {
    const rows = Math.min(Math.max(wanted, Math.ceil(segments / width), 1), height, segments);
    return { rows, columns: Math.max(1, Math.min(Math.floor(segments / rows), width)) };
  });
  if (fewer === undefined || more === undefined) return { rows: 1, columns: 1 };
  return more.rows * more.columns > fewer.rows * fewer.columns ? more : fewer;
}

function pointsOf(picture: Float32Array, image: PictureShape, unit: number): Points {
  const { channels, height, width, layout } = image;
  const pixels = height * width;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of picture) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high > low ? 1 / (high - low) : 0;
  const features = channels + 2;
  const values = new Float64Array(pixels * features);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      const at = layout === "nchw" ? channel * pixels + pixel : pixel * channels + channel;
      values[pixel * features + channel] = ((picture[at] ?? 0) - low) * scale;
    }
    values[pixel * features + channels] = Math.floor(pixel / width) * unit;
    values[pixel * features + channels + 1] = (pixel % width) * unit;
  }
  return { features, values };
}

/** The middles of the grid's cells, moved off edges: to the place with the least gradient of the nine about them. */
function firstCentres(
  points: Points,
  { channels, height, width }: PictureShape,
  grid: { readonly rows: number; readonly columns: number },
  step: { readonly y: number; readonly x: number },
): Centre[] {
  const clamp = (value: number, length: number) => Math.min(Math.max(value, 0), length - 1);
  const colour = (y: number, x: number, channel: number) =>
    points.values[(clamp(y, height) * width + clamp(x, width)) * points.features + channel] ?? 0;
  const gradient = (y: number, x: number) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      sum += (colour(y + 1, x, channel) - colour(y - 1, x, channel)) ** 2;
      sum += (colour(y, x + 1, channel) - colour(y, x - 1, channel)) ** 2;
    }
    return sum;
  };
  // In cells of less than three pixels a moved centre could meet its neighbour.
  const moves = Math.min(step.y, step.x) < 3 ? [0] : [0, -1, 1];
  const centres: Centre[] = [];
  for (let row = 0; row < grid.rows; row += 1) {
    for (let column = 0; column < grid.columns; column += 1) {
      const [middleY, middleX] = [Math.floor((row + 0.5) * step.y), Math.floor((column + 0.5) * step.x)];
      let best = { y: middleY, x: middleX, gradient: Number.POSITIVE_INFINITY };
      for (const [y, x] of moves.flatMap((dy) => moves.map((dx) => [middleY + dy, middleX + dx] as const))) {
        const here = gradient(y, x);
        if (here < best.gradient) best = { y, x, gradient: here };
      }
      const start = (best.y * width + best.x) * points.features;
      centres.push({ y: best.y, x: best.x, features: points.values.slice(start, start + points.features) });
    }
  }
  return centres;
}

/** Gives each pixel to the nearest of the centres within a step of it; one that none reaches stays where it was. */
function assign(
  labels: Int32Array,
  centres: readonly Centre[],
  { features, values }: Points,
  { height, width }: PictureShape,
  step: { readonly y: number; readonly x: number },
): void {
  const nearest = new Float64Array(labels.length).fill(Number.POSITIVE_INFINITY);
  for (const [label, centre] of centres.entries()) {
    const bottom = Math.min(height - 1, Math.ceil(centre.y + step.y));
    const right = Math.min(width - 1, Math.ceil(centre.x + step.x));
    for (let y = Math.max(0, Math.floor(centre.y - step.y)); y <= bottom; y += 1) {
      for (let x = Math.max(0, Math.floor(centre.x - step.x)); x <= right; x += 1) {
        const pixel = y * width + x;
        let distance = 0;
        for (let f = 0; f < features; f += 1) {
          distance += ((values[pixel * features + f] ?? 0) - (centre.features[f] ?? 0)) ** 2;
        }
        if (distance < (nearest[pixel] ?? 0)) {
          nearest[pixel] = distance;
          labels[pixel] = label;
        }
      }
    }
  }
}

/** The mean of each label's pixels; a label that lost all of them keeps its centre. */
function means(
  labels: Int32Array,
  centres: readonly Centre[],
  { features, values }: Points,
  { width }: PictureShape,
): Centre[] {
  const sums = centres.map((centre) => ({
    count: 0,
    y: 0,
    x: 0,
    features: new Float64Array(centre.features.length),
  }));
  for (let pixel = 0; pixel < labels.length; pixel += 1) {
    const sum = sums[labels[pixel] ?? -1];
    if (sum === undefined) continue;
    sum.count += 1;
    sum.y += Math.floor(pixel / width);
    sum.x += pixel % width;
    for (let f = 0; f < features; f += 1) {
      sum.features[f] = (sum.features[f] ?? 0) + (values[pixel * features + f] ?? 0);
    }
  }
  return centres.map((centre, label) => {
    const sum = sums[label];
    if (sum === undefined || sum.count === 0) return centre;
    const { count } = sum;
    return { y: sum.y / count, x: sum.x / count, features: sum.features.map((value) => value / count) };
  });
}
