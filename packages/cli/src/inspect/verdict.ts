import { titleOf } from "@onnx-lrp/core/names";
import type { Facts } from "./facts.ts";
import { countNames } from "./file-facts.ts";
import { listed } from "./words.ts";

/** Whether the network can be explained, in a line. */
export function verdict({ explained, reason, kind, network }: Facts): string {
  if (network === null)
    return `${kind === "usage" ? "needs a choice" : "cannot be explained"}: ${reason ?? ""}`;
  const { method, problems, unknown } = network;
  if (explained) {
    const over = unknown.nodes.length;
    const by = over === 0 ? "" : `, ${over} of its nodes without a rule (--unknown ${unknown.policy})`;
    return `can be explained${by}: ${titleOf(network)}`;
  }
  const operations = problems.flatMap(({ op }) => (op === null ? [] : [op]));
  if (operations.length === 0) return `cannot be explained with ${method}: ${reason ?? ""}`;
  return `cannot be explained: blocked by ${listed(countNames(operations))}`;
}
