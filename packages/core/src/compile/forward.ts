/** The forward pass as it will stand in the compiled model, which may be asked for outputs it left out so far. */
import { type Node, outputOf } from "@onnx-lrp/onnx-loader";

export interface ForwardPass {
  output(node: Node, index: number): string;
  nodes(): Node[];
}

export function createForwardPass(nodes: readonly Node[], fresh: (hint: string) => string): ForwardPass {
  const changed = new Map<Node, Node>();
  return {
    output(node, index) {
      const now = changed.get(node) ?? node;
      const known = now.outputs[index];
      if (known !== undefined && known !== "") return known;
      const name = fresh(`lrp/${node.name || node.op}/output${index}`);
      const outputs = Array.from({ length: Math.max(index + 1, now.outputs.length) }, (_, i) =>
        outputOf(now, i),
      );
      outputs[index] = name;
      changed.set(node, { ...now, outputs });
      return name;
    },
    nodes: () => nodes.map((node) => changed.get(node) ?? node),
  };
}
