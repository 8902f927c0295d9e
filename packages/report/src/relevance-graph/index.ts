/** The drawing of relevance graphs alone, which browsers can do too: whoever calls it knows how wide letters are. */
export { fitting, type Letters, type TextStyle, type TextWidth } from "../text-fit.ts";
export { drawRelevanceGraph, type RelevanceGraphOptions, type Typeface } from "./draw.ts";
