import { inputOf, type Node, tensorStrings } from "@onnx-lrp/onnx-loader";
import { constantTensors } from "@onnx-lrp/onnx-loader/internal";
import { labelsOfList } from "../../labels/label-table.ts";
import type { ModelReader } from "../reader.ts";

/**
 * Names of classes that operations write beside the scores: ZipMap's, LabelEncoder's from 0, 1, 2 and so on, and a list of texts
 * out of which an ArrayFeatureExtractor or a Gather takes the most probable.
 */
export const classLabels: ModelReader = {
  kind: "graph",
  name: "class labels in the graph",
  read({ graph }) {
    const constants = constantTensors(graph);
    for (const node of graph.nodes) {
      const labels = node.domain === "ai.onnx.ml" ? namesIn(node) : undefined;
      if (labels !== undefined) return { labels };
      const list = looksUp(node) ? constants.get(inputOf(node, 0)) : undefined;
      const texts = list === undefined ? undefined : tensorStrings(list);
      if (texts !== undefined) return { labels: labelsOfList(texts) };
    }
    return undefined;
  },
};

function looksUp({ op, domain }: Node): boolean {
  return domain === "" ? op === "Gather" : domain === "ai.onnx.ml" && op === "ArrayFeatureExtractor";
}

function namesIn({ op, attributes }: Node): string[] | undefined {
  if (op === "ZipMap") {
    const strings = attributes.get("classlabels_strings");
    if (strings?.kind === "strings") return labelsOfList(strings.value);
    const integers = attributes.get("classlabels_int64s");
    return integers?.kind === "ints" ? labelsOfList(integers.value.map(String)) : undefined;
  }
  if (op !== "LabelEncoder") return undefined;
  const keys = attributes.get("keys_int64s");
  const values = attributes.get("values_strings");
  if (keys?.kind !== "ints" || values?.kind !== "strings") return undefined;
  const ascending = keys.value.every((key, index) => key === BigInt(index));
  return ascending && keys.value.length === values.value.length ? labelsOfList(values.value) : undefined;
}
