export { canonicalize } from "./canonicalize.ts";
export { compile } from "./compile/compile.ts";
export { compositeByName, gradientComposite } from "./composites.ts";
export type { Heatmap } from "./heatmap.ts";
export { methodByName, methods } from "./methods.ts";
export { buildRelevanceGraph } from "./relevance-graph/build.ts";
