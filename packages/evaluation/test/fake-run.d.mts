// For the tests; `@public` since Knip takes them to import the JavaScript beside this.
import type { RunResources } from "../src/run/resources.ts";
import type { Plan } from "../src/store/plan.ts";
import type { Item, Metric } from "../src/types.ts";

/** @public */
export function fakeItems(count: number): Item[];
/** @public */
export function fakePlan(items: number, changes?: Partial<Plan>): Plan;
/** @public */
export const fakeMetrics: readonly Metric[];
/** @public */
export function fakeResources(options?: {
  corrupt?: readonly number[];
  log?: { method: string; targets: readonly (readonly number[])[] }[];
  wait?: number;
  atPicture?: (place: number) => void;
}): RunResources;
