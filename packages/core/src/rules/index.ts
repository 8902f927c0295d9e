export { alphaBeta } from "./alpha-beta.ts";
export { epsilon } from "./epsilon.ts";
export { excitation } from "./excitation.ts";
export { flat } from "./flat.ts";
export { gamma } from "./gamma.ts";
export {
  type Branch,
  gradientRule,
  type InputPart,
  type Rule,
  type RuleName,
  type Share,
  type SharingRule,
  type SignedPart,
  type WeightPart,
} from "./rule.ts";
export { wsquare } from "./wsquare.ts";
export { zbox } from "./zbox.ts";
export { zplus, zplusWith } from "./zplus.ts";
