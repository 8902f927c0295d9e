import type { Node } from "@onnx-lrp/onnx-loader";
import type { Composite, Role } from "../composites.ts";
import type { UnknownPolicy } from "../names.ts";
import type { Behaviour, Site } from "../operators/operator.ts";
import type { Rule } from "../rules/index.ts";
import type { OtherInputs } from "./other-inputs.ts";

/** A node that propagates relevance. */
export interface RelevanceNode {
  readonly node: Node;
  readonly site: Site;
  readonly behaviour: Behaviour;
  /** Where a linear layer stands, as composites ask; undefined for other nodes. */
  readonly role: Role | undefined;
  /** The rule of a linear layer; undefined for other nodes, and for gradients. */
  readonly rule: Rule | undefined;
  readonly propagation: Composite["kind"];
  /** How a node without a rule is worked around, if that was asked for (`UnknownPolicy`). */
  readonly unknown?: Exclude<UnknownPolicy, "error">;
  /** Indices of the inputs that relevance goes to. */
  readonly edges: readonly number[];
  /** Where part of its relevance goes to other inputs that were given a value. */
  readonly others?: OtherInputs | undefined;
}
