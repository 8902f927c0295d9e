/**
 * Scripts of pages as text. A page computes with the very functions that figures are drawn with, so it takes their source from
 * them (`toString`): types and lint see one program, it works the same from TypeScript and from what is built of it, and there
 * is neither a second build nor a file to be found at run time. The price: a function that goes into a page may call only
 * functions that go with it, by their own names. A bundler that renames functions would break that, and the packages of this
 * project are not bundled; the tests run what comes out.
 */

import { formatNumber, painting, scaleOf, smoothing } from "@onnx-lrp/pictures/internal";
import { decodeMap } from "../page/map.ts";
import { comparisonScript } from "./script.ts";

export function comparisonScriptText(): string {
  const tools = [...smoothing, scaleOf, formatNumber, decodeMap, ...painting];
  return inScope(tools, `(${comparisonScript})({${tools.map(({ name }) => name).join(",")}});`);
}

function inScope(functions: readonly { toString(): string }[], run: string): string {
  const script = `"use strict";{${[...functions.map(String), run].join("\n")}}`;
  // Text of ours, but what would end the element must not be in it, even in a string.
  return script.replaceAll("</", "<\\/");
}
