/**
 * SLIC superpixels: Achanta et al., SLIC Superpixels Compared to State-of-the-Art Superpixel Methods (2012), Algorithm 1;
 * supervoxels of volumes and segments of signals in the same way.
 *
 * k-means in the space of colour and place, where each centre looks only as far as its neighbours on a grid of step S:
 *
 *     D^2 = |colour - colour of centre|^2 + compactness^2 * |place - place of centre|^2 / S^2
 *
 * The paper's colours are CIELAB from 0 to 100 with a compactness of 10. A network's input does not tell its colour space,
 * so its channels are taken as they are, scaled to 0..1 by the smallest and the largest number of the whole input; 10
 * then becomes 0.1.
 */
import { type Layout, type Places, placeCount, strides } from "../../grid/grid.ts";
import { type PlaceAxis, type PlaceShape, placeAxes, placesOfShape } from "../../grid/place-axes.ts";
import { connected, type Superpixels } from "./connected.ts";

/** How many superpixels, and how compact they are. */
export interface SuperpixelOptions {
  /** The most that there may be. */
  readonly segments: number;
  /** How much place counts against colour; default 0.1. */
  readonly compactness?: number | undefined;
  /** Rounds of k-means; default 10, as in the paper. */
  readonly iterations?: number | undefined;
}

type InputShape = PlaceShape & { readonly channels: number; readonly layout: Layout };

/** What k-means works on: `features` numbers for each place, colour and then its coordinates in units of the colours. */
interface Points {
  readonly places: Places;
  readonly axes: readonly PlaceAxis[];
  readonly channels: number;
  readonly features: number;
  readonly values: Float64Array;
}

/** A place by its coordinates; of a picture the depth is 0. Of a step from cell to cell, its length along each axis. */
type Coordinates = Places;

/**
 * Cuts an input into connected regions of about the same size and of similar colour. The same input always gives the same regions.
 *
 * @param picture in the shape of `image` without the batch
 */
export function superpixels(
  picture: Float32Array,
  image: InputShape,
  { segments, compactness = 0.1, iterations = 10 }: SuperpixelOptions,
): Superpixels {
  const places = placesOfShape(image);
  const axes = placeAxes(image);
  const cells = cellsOf(places, segments);
  const step = {
    depth: places.depth / cells.depth,
    height: places.height / cells.height,
    width: places.width / cells.width,
  };
  const points = pointsOf(picture, image, compactness / sideOf(axes.map((axis) => step[axis])));
  const labels = new Int32Array(placeCount(places));
  for (let place = 0; place < labels.length; place += 1) {
    const { depth, height, width } = coordinatesOf(place, places);
    const row = Math.floor(depth / step.depth) * cells.height + Math.floor(height / step.height);
    labels[place] = row * cells.width + Math.floor(width / step.width);
  }
  let centres = firstCentres(points, cells, step);
  for (let i = 0; i < iterations; i += 1) {
    assign(labels, centres, points, step);
    centres = means(labels, centres, points);
  }
  return connected(labels, places);
}

interface Centre {
  readonly at: Coordinates;
  readonly features: Float64Array;
}

/** The side of a square or a cube that holds as much as a cell of these sides. */
function sideOf(sides: readonly number[]): number {
  const content = sides.reduce((product, side) => product * side, 1);
  return sides.length === 3 ? Math.cbrt(content) : sides.length === 2 ? Math.sqrt(content) : content;
}

function coordinatesOf(place: number, { height, width }: Places): Coordinates {
  const row = Math.floor(place / width);
  return { depth: Math.floor(row / height), height: row % height, width: place % width };
}

/** Planes, rows and columns of cells with sides as equal as may be, of which there are at most `segments` and nearly as many. */
function cellsOf(places: Places, segments: number): Places {
  const { depth, height, width } = places;
  const ideal = Math.cbrt((segments * depth * depth) / (height * width));
  const [fewer, more] = [Math.floor(ideal), Math.ceil(ideal)].map((wanted) => {
    const planes = Math.min(Math.max(wanted, Math.ceil(segments / (height * width)), 1), depth, segments);
    return { ...cellsOfPlane(places, Math.floor(segments / planes)), depth: planes };
  });
  return larger(fewer, more);
}

function cellsOfPlane({ height, width }: Places, segments: number): Places {
  const ideal = Math.sqrt((segments * height) / width);
  const [fewer, more] = [Math.floor(ideal), Math.ceil(ideal)].map((wanted) => {
    const rows = Math.min(Math.max(wanted, Math.ceil(segments / width), 1), height, segments);
    return { depth: 1, height: rows, width: Math.max(1, Math.min(Math.floor(segments / rows), width)) };
  });
  return larger(fewer, more);
}

function larger(fewer: Places | undefined, more: Places | undefined): Places {
  if (fewer === undefined || more === undefined) return { depth: 1, height: 1, width: 1 };
  return placeCount(more) > placeCount(fewer) ? more : fewer;
}

function pointsOf(picture: Float32Array, image: InputShape, unit: number): Points {
  const { channels, layout } = image;
  const places = placesOfShape(image);
  const axes = placeAxes(image);
  const apart = strides({ layout, channels, ...places });
  const count = placeCount(places);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of picture) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high > low ? 1 / (high - low) : 0;
  const features = channels + axes.length;
  const values = new Float64Array(count * features);
  for (let place = 0; place < count; place += 1) {
    const start = place * features;
    for (let channel = 0; channel < channels; channel += 1) {
      const value = picture[channel * apart.channel + place * apart.place] ?? 0;
      values[start + channel] = (value - low) * scale;
    }
    const coordinates = coordinatesOf(place, places);
    for (const [i, axis] of axes.entries()) values[start + channels + i] = coordinates[axis] * unit;
  }
  return { places, axes, channels, features, values };
}

/** The middles of the grid's cells, moved off edges: to the place with the least gradient of those about them. */
function firstCentres(
  { places, axes, channels, features, values }: Points,
  cells: Places,
  step: Coordinates,
): Centre[] {
  const { depth, height, width } = places;
  const clamp = (value: number, length: number) => Math.min(Math.max(value, 0), length - 1);
  const pointAt = (z: number, y: number, x: number) =>
    ((clamp(z, depth) * height + clamp(y, height)) * width + clamp(x, width)) * features;
  const gradient = (z: number, y: number, x: number) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      const between = (above: number, below: number) =>
        ((values[above + channel] ?? 0) - (values[below + channel] ?? 0)) ** 2;
      sum += between(pointAt(z + 1, y, x), pointAt(z - 1, y, x));
      sum += between(pointAt(z, y + 1, x), pointAt(z, y - 1, x));
      sum += between(pointAt(z, y, x + 1), pointAt(z, y, x - 1));
    }
    return sum;
  };
  // In cells of less than three places a moved centre could meet its neighbour.
  const moves = Math.min(...axes.map((axis) => step[axis])) < 3 ? [0] : [0, -1, 1];
  const movesAlong = (axis: PlaceAxis) => (axes.includes(axis) ? moves : [0]);
  const centres: Centre[] = [];
  for (let cell = 0; cell < placeCount(cells); cell += 1) {
    const at = coordinatesOf(cell, cells);
    const middle = (axis: PlaceAxis) => Math.floor((at[axis] + 0.5) * step[axis]);
    const [z, y, x] = [middle("depth"), middle("height"), middle("width")];
    let best = { depth: z, height: y, width: x, gradient: Number.POSITIVE_INFINITY };
    for (const dz of movesAlong("depth")) {
      for (const dy of movesAlong("height")) {
        for (const dx of movesAlong("width")) {
          const here = gradient(z + dz, y + dy, x + dx);
          if (here < best.gradient) best = { depth: z + dz, height: y + dy, width: x + dx, gradient: here };
        }
      }
    }
    const start = pointAt(best.depth, best.height, best.width);
    centres.push({ at: best, features: values.slice(start, start + features) });
  }
  return centres;
}

/** Gives each place to the nearest of the centres within a step of it; one that none reaches stays where it was. */
function assign(
  labels: Int32Array,
  centres: readonly Centre[],
  { places, features, values }: Points,
  step: Coordinates,
): void {
  const nearest = new Float64Array(labels.length).fill(Number.POSITIVE_INFINITY);
  for (const [label, { at, features: own }] of centres.entries()) {
    const first = (axis: PlaceAxis) => Math.max(0, Math.floor(at[axis] - step[axis]));
    const last = (axis: PlaceAxis) => Math.min(places[axis] - 1, Math.ceil(at[axis] + step[axis]));
    const [deepest, bottom, right] = [last("depth"), last("height"), last("width")];
    for (let z = first("depth"); z <= deepest; z += 1) {
      for (let y = first("height"); y <= bottom; y += 1) {
        for (let x = first("width"); x <= right; x += 1) {
          const place = (z * places.height + y) * places.width + x;
          let distance = 0;
          for (let f = 0; f < features; f += 1) {
            distance += ((values[place * features + f] ?? 0) - (own[f] ?? 0)) ** 2;
          }
          if (distance < (nearest[place] ?? 0)) {
            nearest[place] = distance;
            labels[place] = label;
          }
        }
      }
    }
  }
}

/** The mean of each label's places; a label that lost all of them keeps its centre. */
function means(
  labels: Int32Array,
  centres: readonly Centre[],
  { places, features, values }: Points,
): Centre[] {
  const sums = centres.map(() => ({
    count: 0,
    at: { depth: 0, height: 0, width: 0 },
    features: new Float64Array(features),
  }));
  for (let place = 0; place < labels.length; place += 1) {
    const sum = sums[labels[place] ?? -1];
    if (sum === undefined) continue;
    const { depth, height, width } = coordinatesOf(place, places);
    sum.count += 1;
    sum.at.depth += depth;
    sum.at.height += height;
    sum.at.width += width;
    for (let f = 0; f < features; f += 1) {
      sum.features[f] = (sum.features[f] ?? 0) + (values[place * features + f] ?? 0);
    }
  }
  return centres.map((centre, label) => {
    const sum = sums[label];
    if (sum === undefined || sum.count === 0) return centre;
    const { count, at } = sum;
    return {
      at: { depth: at.depth / count, height: at.height / count, width: at.width / count },
      features: sum.features.map((value) => value / count),
    };
  });
}
