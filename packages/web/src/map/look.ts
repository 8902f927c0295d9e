/** How a map is shown: what the attributes of the element say. */

export const views = ["overlay", "map", "picture"] as const;
export const signs = ["both", "for", "against"] as const;
export const smoothings = ["none", "some", "much"] as const;
export const scales = ["robust", "linear"] as const;

/** How an `<onnx-lrp-map>` shows its map. */
export interface MapLook {
  /** The map on the picture, the map alone, or the picture alone. */
  readonly view: (typeof views)[number];
  /** Which signs are coloured. */
  readonly sign: (typeof signs)[number];
  /** How far relevance is spread over its surroundings before it is drawn. */
  readonly smoothing: (typeof smoothings)[number];
  /** Full colour at the 99.5th percentile of `|value|`, or at the largest. */
  readonly scale: (typeof scales)[number];
  /** How much of the picture colours hide, 0 to 1. */
  readonly opacity: number;
}

/** Sigma of the gaussian, as a share of the map's width. */
export const sigmas: Readonly<Record<MapLook["smoothing"], number>> = { none: 0, some: 0.012, much: 0.03 };

/** @param attribute what an attribute says, null where it is missing */
export function lookFrom(attribute: (name: string) => string | null): MapLook {
  const opacity = Number(attribute("opacity") ?? 0.85);
  return {
    view: oneOf(views, attribute("view")),
    sign: oneOf(signs, attribute("sign")),
    smoothing: oneOf(smoothings, attribute("smoothing") ?? "some"),
    scale: oneOf(scales, attribute("scale")),
    opacity: Number.isFinite(opacity) ? Math.min(1, Math.max(0, opacity)) : 0.85,
  };
}

/** The first of them where the text is none of them. */
function oneOf<T extends string>(known: readonly [T, ...T[]], text: string | null): T {
  return known.find((name) => name === text) ?? known[0];
}
