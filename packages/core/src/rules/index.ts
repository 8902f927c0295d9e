export { alphaBeta } from "./alpha-beta.ts";
export { epsilon } from "./epsilon.ts";
export { flat } from "./flat.ts";
export { gamma } from "./gamma.ts";
export type { Branch, InputPart, Rule, Share, SignedPart, WeightPart } from "./rule.ts";
export { wsquare } from "./wsquare.ts";
export { zbox } from "./zbox.ts";
export { zplus } from "./zplus.ts";
