/** How a network would be explained, as plain data. */
import type { ExplanationRecord, InputPort, InspectedExplanation, OutputPort } from "@onnx-lrp/core";
import { type NodeKind, nodesBetween } from "@onnx-lrp/core/internal";
import type { UserError } from "@onnx-lrp/onnx-loader/error";

/** What a node between input and scores is to relevance. */
export interface InspectedNode {
  readonly name: string;
  readonly operation: string;
  readonly kind: NodeKind;
  /** Values that depend on the input: what the node takes, and those of it that relevance goes to. */
  readonly signals: readonly string[];
  readonly relevance: readonly string[];
  readonly outputs: readonly string[];
  /** Of its first output. */
  readonly shape: readonly (number | string)[] | undefined;
  /** The rule, or why there is none. */
  readonly rule: string | undefined;
  readonly reason: string | undefined;
}

/** Whether and how a method explains a network. */
export interface InspectedNetwork {
  readonly input: InputPort;
  readonly output: OutputPort;
  /** Method, composite and their parameters. */
  readonly record: ExplanationRecord;
  /** What canonicalization changed, one sentence each. */
  readonly notes: readonly string[];
  /** Whether the network in the file is quantized, and its float equivalent is what gets explained. */
  readonly dequantized: boolean;
  /** In the order of the forward pass. */
  readonly nodes: readonly InspectedNode[];
  /** What blocks the explanation; empty if nothing does. */
  readonly problems: readonly UserError[];
}

/** What is found of a network, without what is no plain data. */
export function inspectedNetwork({
  graph,
  record,
  notes,
  dequantized,
  problems,
}: InspectedExplanation): InspectedNetwork {
  return {
    ...{ input: graph.image, output: graph.head, record, notes, dequantized },
    nodes: nodesBetween(graph, problems).map(
      ({ node, name, op, kind, signals, relevance, shape, rule, reason }) => ({
        ...{
          name,
          operation: op,
          kind,
          signals: [...signals],
          relevance: [...relevance],
          shape,
          rule,
          reason,
        },
        outputs: node.outputs.filter((output) => output !== ""),
      }),
    ),
    problems: problems.map(({ error }) => error),
  };
}
