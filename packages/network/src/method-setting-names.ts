/** The names of a method's settings, and those settings out of the options of a call. */
import type { MethodSettings } from "./method-settings.ts";

/** Every name of a type's fields, so that none is forgotten. */
export type Names<T> = Readonly<Record<keyof T, true>>;

/** Of those that several methods may share. */
export const sharedSettings: Names<Omit<MethodSettings, "method" | "composite" | "rules">> = {
  ...{ layer: true, samples: true, noise: true, seed: true, score: true, window: true, stride: true },
  ...{ cells: true, segments: true, unknown: true, backTo: true, output: true, head: true, rivals: true },
  ...{ epsilon: true, gamma: true, gammaFirst: true, gammaDense: true, bias: true, baseline: true },
};

export const methodSettings: Names<MethodSettings> = {
  ...{ ...sharedSettings, method: true, composite: true, rules: true },
};

/** A call's options without those that are of the call, and not of its method. */
export function methodSettingsOf(options: MethodSettings): MethodSettings {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(methodSettings, name)));
}
