/** Methods as programs name them. */
import type { CompositeName, MethodName } from "@onnx-lrp/core/names";

/**
 * A method, with a composite after a colon and parameters of rules after at signs, where they are not its own: `sglrp`,
 * `sglrp:epsilon-plus`, `lrp:epsilon@epsilon=0.01`.
 */
export type MethodChoice = `${MethodName}${"" | `:${CompositeName}`}${"" | `@${string}`}`;

/** Several methods, or all that there are. */
export type MethodList = readonly MethodChoice[] | "all";

/** What is compared if nobody says: the four methods of Iwana et al. 2019, Figs. 6 and 7. */
export const comparedMethods = ["sglrp", "clrp", "lrp", "guided-grad-cam"] as const satisfies MethodList;
