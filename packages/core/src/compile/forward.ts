/** The forward pass as it will stand in the compiled model, which may be asked for outputs it left out so far. */
import { type Node, outputOf } from "@onnx-lrp/onnx-loader";

export interface ForwardPass {
  output(node: Node, index: number, without?: readonly string[]): string;
  nodes(): Node[];
}

export function createForwardPass(nodes: readonly Node[], fresh: (hint: string) => string): ForwardPass {
  const changed = new Map<Node, Node>();
  /** Copies of nodes whose outputs are in use as they are. */
  const copies = new Map<Node, Node>();

  function copyOf(node: Node, without: readonly string[]): Node {
    const known = copies.get(node);
    if (known !== undefined) return known;
    const name = fresh(`lrp/${node.name || node.op}/copy`);
    const outputs = node.outputs.map((output, i) => (output === "" ? "" : fresh(`${name}/output${i}`)));
    const copy = { ...node, name, outputs, attributes: withoutAttributes(node, without) };
    copies.set(node, copy);
    return copy;
  }

  return {
    output(node, index, without = []) {
      const now = changed.get(node) ?? node;
      const known = now.outputs[index];
      if (known !== undefined && known !== "") {
        const fits = !without.some((name) => now.attributes.has(name));
        return fits ? known : (copyOf(now, without).outputs[index] ?? "");
      }
      const name = fresh(`lrp/${node.name || node.op}/output${index}`);
      const outputs = Array.from({ length: Math.max(index + 1, now.outputs.length) }, (_, i) =>
        outputOf(now, i),
      );
      outputs[index] = name;
      changed.set(node, { ...now, outputs, attributes: withoutAttributes(now, without) });
      return name;
    },
    nodes: () =>
      nodes.flatMap((node) => {
        const now = changed.get(node) ?? node;
        const copy = copies.get(now);
        return copy === undefined ? [now] : [now, copy];
      }),
  };
}

function withoutAttributes({ attributes }: Node, names: readonly string[]): Node["attributes"] {
  return new Map([...attributes].filter(([name]) => !names.includes(name)));
}
