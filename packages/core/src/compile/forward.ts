/** The forward pass as it will stand in the compiled model, which may be asked for outputs it left out so far. */
import type { Node } from "@onnx-lrp/onnx-loader";

export interface ForwardPass {
  output(node: Node, index: number, without?: readonly string[]): string;
  nodes(): Node[];
}

export function createForwardPass(nodes: readonly Node[], fresh: (hint: string) => string): ForwardPass {
  const changed = new Map<Node, Node>();
  return {
    output(node, index, without = []) {
      const now = changed.get(node) ?? node;
      const known = now.outputs[index];
      if (known !== undefined && known !== "") return known;
      const name = fresh(`lrp/${node.name || node.op}/output${index}`);
      const outputs = Array.from(
        { length: Math.max(index + 1, now.outputs.length) },
        (_, i) => now.outputs[i] ?? "",
      );
      outputs[index] = name;
      const attributes = new Map([...now.attributes].filter(([name]) => !without.includes(name)));
      changed.set(node, { ...now, outputs, attributes });
      return name;
    },
    nodes: () => nodes.map((node) => changed.get(node) ?? node),
  };
}
