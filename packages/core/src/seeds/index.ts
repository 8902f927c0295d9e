export { clrp } from "./clrp.ts";
export { lrp } from "./lrp.ts";
export { oneHot } from "./one-hot.ts";
export type { Seed, SeedContext } from "./seed.ts";
export { sglrp } from "./sglrp.ts";
