export { alphaBeta } from "./alpha-beta.ts";
export { epsilon } from "./epsilon.ts";
export { excitation } from "./excitation.ts";
export { flat } from "./flat.ts";
export { gamma } from "./gamma.ts";
export {
  all,
  type Branch,
  branch,
  gradientRule,
  type InputPart,
  needsBounds,
  negativePart,
  passRule,
  positivePart,
  type Rule,
  type Share,
  type SharingRule,
  type SignedPart,
  share,
  sharesWhole,
  signed,
  type UniformRule,
  type WeightPart,
} from "./rule.ts";
export { uniform } from "./uniform.ts";
export { wsquare } from "./wsquare.ts";
export { zbox } from "./zbox.ts";
export { zplus, zplusWith } from "./zplus.ts";
