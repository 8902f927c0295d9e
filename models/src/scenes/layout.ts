import { classCount, classOf, type ShapeName, type TextureName, textureNames } from "../classes.ts";
import { type Background, drawBackground } from "./backgrounds.ts";
import { sceneSide } from "./canvas.ts";
import { drawColourPair } from "./colour.ts";
import { type Figure, figureDistance, type Light } from "./figure.ts";
import { type OutlineName, outlineReach } from "./outlines.ts";
import { type Random, randomFrom } from "./random.ts";

/** Everything that is in a scene, before it is painted at some size. */
export interface Layout {
  readonly background: Background;
  readonly light: Light;
  readonly lines: readonly ThinLine[];
  readonly distractors: readonly Figure[];
  /** Later objects lie over earlier ones. */
  readonly objects: readonly PlacedObject[];
  readonly grainSeed: number;
}

export interface PlacedObject {
  readonly classIndex: number;
  readonly figure: Figure;
}

/** A straight line of the given opacity; positions and width in scene units. */
export interface ThinLine {
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly width: number;
  readonly light: boolean;
  readonly opacity: number;
}

/** The least visible share of every object. */
const leastVisible = 0.62;

/** Draws what is in the scene with this seed. Does not depend on the size of the picture. */
export function drawLayout(seed: number, objectCount: number): Layout {
  const random = randomFrom(seed * 4 + objectCount);
  const background = drawBackground(random);
  const angle = random.between(0, 2 * Math.PI);
  const light = { x: Math.cos(angle), y: Math.sin(angle), strength: random.between(0.4, 1) };
  const objects = drawObjects(random, background, objectCount);
  const lines = Array.from({ length: random.below(3) }, () => drawLine(random));
  const grainSeed = random.below(1 << 30);
  const figures = objects.map((object) => object.figure);
  const small = drawDistractors(random, background, figures, random.below(5), smallRadius);
  // As large as objects: without them a network could read shape and texture in different places of the picture.
  const large = drawDistractors(
    random,
    background,
    [...figures, ...small],
    random.below(4 - objectCount),
    largeRadius,
  );
  return { background, light, lines, distractors: [...large, ...small], objects, grainSeed };
}

function drawObjects(random: Random, background: Background, count: number): readonly PlacedObject[] {
  const classes = distinctClasses(random, count);
  for (;;) {
    const objects = classes.map((classIndex) => {
      const { shape, texture } = classOf(classIndex);
      const radius = random.between(18, [30, 28, 25][count - 1] ?? 25);
      const reach = outlineReach * radius + 1;
      const x = random.between(reach, sceneSide - reach);
      const y = random.between(reach, sceneSide - reach);
      return { classIndex, figure: drawFigure(random, background, shape, texture, x, y, radius) };
    });
    const figures = objects.map((object) => object.figure);
    if (figures.every((figure, i) => visibleShare(figure, figures.slice(i + 1)) >= leastVisible))
      return objects;
  }
}

function distinctClasses(random: Random, count: number): readonly number[] {
  const classes: number[] = [];
  while (classes.length < count) {
    const classIndex = random.below(classCount);
    if (!classes.includes(classIndex)) classes.push(classIndex);
  }
  return classes;
}

const smallRadius = [6, 12] as const;
const largeRadius = [15, 26] as const;

/** Up to `wanted` figures that are of no class, clear of the middle of each other and of the `taken` figures. */
function drawDistractors(
  random: Random,
  background: Background,
  taken: readonly Figure[],
  wanted: number,
  [smallest, largest]: readonly [number, number],
): readonly Figure[] {
  const placed: Figure[] = [];
  for (let attempt = 0; attempt < 12 && placed.length < wanted; attempt++) {
    const radius = random.between(smallest, largest);
    const edge = 0.6 * radius;
    const x = random.between(edge, sceneSide - edge);
    const y = random.between(edge, sceneSide - edge);
    const figure = random.chance(0.5)
      ? drawFigure(random, background, random.pick(plainOutlines), undefined, x, y, radius)
      : drawFigure(random, background, random.pick(otherOutlines), random.pick(textureNames), x, y, radius);
    const clear = (other: Figure) => figureDistance(other, x, y) > 0.85 * radius;
    if ([...taken, ...placed].every(clear)) placed.push(figure);
  }
  return placed;
}

const otherOutlines = ["ellipse", "bar", "half-disc"] as const satisfies readonly OutlineName[];
const plainOutlines = [
  "disc",
  "triangle",
  "star",
  "cross",
  "ellipse",
  "bar",
  "pentagon",
] as const satisfies readonly OutlineName[];

function drawFigure(
  random: Random,
  background: Background,
  outline: OutlineName | ShapeName,
  texture: TextureName | undefined,
  x: number,
  y: number,
  radius: number,
): Figure {
  const { dark, light } = drawColourPair(random, background.hue);
  const swapped = random.chance(0.5);
  return {
    outline,
    ...(texture === undefined ? {} : { texture }),
    x,
    y,
    radius,
    rotation: random.between(0, 2 * Math.PI),
    textureRotation: random.between(0, 2 * Math.PI),
    period: Math.max(6.4, radius * random.between(0.36, 0.44)),
    ground: swapped ? dark : light,
    marks: swapped ? light : dark,
    // A rim of the colour that the background is not keeps the outline readable everywhere.
    rim: background.dark ? light : dark,
  };
}

function drawLine(random: Random): ThinLine {
  const point = () => [random.between(-10, 138), random.between(-10, 138)] as const;
  return {
    from: point(),
    to: point(),
    width: random.between(0.8, 1.8),
    light: random.chance(0.5),
    opacity: random.between(0.3, 0.6),
  };
}

/** Share of a figure's area that the figures over it leave visible, measured on a grid of one unit. */
function visibleShare(figure: Figure, above: readonly Figure[]): number {
  if (above.length === 0) return 1;
  const reach = outlineReach * figure.radius;
  let inside = 0;
  let visible = 0;
  for (let y = figure.y - reach; y <= figure.y + reach; y++) {
    for (let x = figure.x - reach; x <= figure.x + reach; x++) {
      if (figureDistance(figure, x, y) >= 0) continue;
      inside++;
      if (above.every((other) => figureDistance(other, x, y) >= 0)) visible++;
    }
  }
  return visible / inside;
}
