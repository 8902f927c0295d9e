export { authorsCodeSeed } from "./authors-code.ts";
export { clrp } from "./clrp.ts";
export { clrpGu } from "./clrp-gu.ts";
export { lrp } from "./lrp.ts";
export { oneHot } from "./one-hot.ts";
export type { Balance, EmittedSeed, Seed, SeedContext } from "./seed.ts";
export { sglrp } from "./sglrp.ts";
export { seedTimesLogits } from "./times-logits.ts";
