import type { Cost } from "./method.ts";

const counted = { sample: "samples", place: "places of the window", channel: "channels of the layer" };

/** A cost as lists print it: `3`, `2 x samples`, `1 + places of the window`. */
export function costText({ fixed, each }: Cost): string {
  const repeated =
    each === undefined ? [] : [`${each.passes === 1 ? "" : `${each.passes} x `}${counted[each.of]}`];
  return [...(fixed === 0 ? [] : [String(fixed)]), ...repeated].join(" + ");
}
