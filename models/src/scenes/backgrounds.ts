import { blend, type Colour, fromLightnessChromaHue } from "./colour.ts";
import { cloudNoise, smoothStep, valueNoise } from "./noise.ts";
import { hash01, type Random } from "./random.ts";

/** A background: its colour at every point (scene units), its hue in turns, and whether it is dark. */
export interface Background {
  readonly hue: number;
  readonly dark: boolean;
  at(x: number, y: number): Colour;
}

type Paper = (x: number, y: number) => Colour;
type Painter = (random: Random, low: Colour, high: Colour, accent: Colour) => Paper;

/** Draws one of seven kinds of background in muted colours. */
export function drawBackground(random: Random): Background {
  const hue = random.between(0, 1);
  const dark = random.chance(0.3);
  const lightness = dark ? random.between(0.27, 0.4) : random.between(0.64, 0.86);
  const chroma = random.between(0.02, dark ? 0.07 : 0.09);
  const shade = (step: number, turn: number) => fromLightnessChromaHue(lightness + step, chroma, hue + turn);
  const turn = random.between(-0.1, 0.1);
  const step = random.between(0.025, 0.055);
  const painter = random.pick([gradient, clouds, blobs, weave, planks, contours, speckles]);
  return { hue, dark, at: painter(random, shade(-step, 0), shade(step, turn), shade(2 * step, -turn)) };
}

const gradient: Painter = (random, low, high, accent) => {
  const seed = seedFrom(random);
  const [dx, dy] = direction(random);
  return (x, y) => {
    const along = 0.5 + ((x - 64) * dx + (y - 64) * dy) / 160;
    const grain = 0.35 * (cloudNoise(x / 14, y / 14, seed, 2) - 0.5);
    const share = Math.min(Math.max(along + grain, 0), 1);
    return blend(blend(low, high, share), accent, share * share * 0.6);
  };
};

const clouds: Painter = (random, low, high, accent) => {
  const seed = seedFrom(random);
  const scale = random.between(22, 44);
  return (x, y) => {
    const share = smoothStep(0.25, 0.75, cloudNoise(x / scale, y / scale, seed, 4));
    return blend(blend(low, high, share), accent, 0.5 * smoothStep(0.55, 0.95, share));
  };
};

const blobs: Painter = (random, low, high, accent) => {
  const spots = Array.from({ length: 7 }, () => ({
    x: random.between(0, 128),
    y: random.between(0, 128),
    radius: random.between(14, 34),
    colour: random.chance(0.5) ? high : accent,
  }));
  return (x, y) => {
    let colour = low;
    for (const spot of spots) {
      const dx = x - spot.x;
      const dy = y - spot.y;
      const distance = Math.sqrt(dx * dx + dy * dy) / spot.radius;
      colour = blend(colour, spot.colour, 0.75 * (1 - smoothStep(0.55, 1.15, distance)));
    }
    return colour;
  };
};

const weave: Painter = (random, low, high) => {
  const seed = seedFrom(random);
  const thread = random.between(3.5, 6);
  const [dx, dy] = direction(random);
  return (x, y) => {
    const u = (x * dx + y * dy) / thread;
    const v = (y * dx - x * dy) / thread;
    const over = (Math.floor(u) + Math.floor(v)) % 2 === 0;
    const across = over ? u - Math.floor(u) : v - Math.floor(v);
    const round = 4 * across * (1 - across);
    const tint = over ? hash01(Math.floor(u), 0, seed) : hash01(0, Math.floor(v), seed + 1);
    return blend(low, high, 0.15 + 0.45 * round + 0.4 * tint);
  };
};

const planks: Painter = (random, low, high, accent) => {
  const seed = seedFrom(random);
  const width = random.between(16, 28);
  const [dx, dy] = random.chance(0.5) ? [1, 0] : direction(random);
  return (x, y) => {
    const u = (x * dx + y * dy) / width + 40;
    const v = y * dx - x * dy;
    const plank = Math.floor(u);
    const edge = Math.min(u - plank, plank + 1 - u) * width;
    const tint = hash01(plank, 7, seed);
    const grain = cloudNoise(u * 5, v / 38 + 9 * tint, seed + 1, 3);
    const wood = blend(low, high, 0.55 * tint + 0.55 * grain);
    return blend(blend(accent, low, 0.9), wood, smoothStep(0.2, 1.1, edge));
  };
};

const contours: Painter = (random, low, high, accent) => {
  const seed = seedFrom(random);
  const scale = random.between(34, 56);
  return (x, y) => {
    const height = 7 * cloudNoise(x / scale, y / scale, seed, 2);
    const level = Math.floor(height);
    const step = smoothStep(0, 0.12, height - level);
    const share = (level - 1 + step) / 5;
    return blend(blend(low, high, share), accent, 0.25 * share);
  };
};

const speckles: Painter = (random, low, high, accent) => {
  const seed = seedFrom(random);
  return (x, y) => {
    const ground = blend(low, high, cloudNoise(x / 40, y / 40, seed, 3));
    const chips = smoothStep(0.7, 0.76, valueNoise(x / 3.2, y / 3.2, seed + 5));
    const dents = smoothStep(0.72, 0.78, valueNoise(x / 4.1, y / 4.1, seed + 6));
    return blend(blend(ground, accent, 0.7 * chips), low, 0.7 * dents);
  };
};

function seedFrom(random: Random): number {
  return random.below(1 << 30);
}

function direction(random: Random): readonly [number, number] {
  const angle = random.between(0, 2 * Math.PI);
  return [Math.cos(angle), Math.sin(angle)];
}
