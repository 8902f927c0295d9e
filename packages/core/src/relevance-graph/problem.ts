/** What blocks an explanation, and what can be done about it. */
import { type Node, type Remedy, textRemedy, UserError } from "@onnx-lrp/onnx-loader";
import { capitalize, describeNode, nodeSubject } from "@onnx-lrp/onnx-loader/internal";
import type { MethodName, UnknownPolicy } from "../names.ts";

/** What blocks an explanation. */
export interface Problem {
  /** undefined for a problem of the network as a whole. */
  readonly node: Node | undefined;
  /** What the node is, or does, that no rule covers: the rest of a sentence, or a sentence of its own. */
  readonly reason: string;
  /** The policies for unknown operations that work around it. */
  readonly policies: readonly UnknownPolicy[];
  /** The same for the user, with what to do about it. */
  readonly error: UserError;
}

/** @throws UserError the first problem's, with the number of the others */
export function checkProblems(problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const others = problems.length - 1;
  if (others === 0) throw first.error;
  const { kind, reason, subject, remedies } = first.error;
  const more = `${others} other ${others === 1 ? "problem blocks" : "problems block"} the explanation.`;
  throw new UserError(kind, `${reason} ${more}`, {
    subject,
    remedies: [...remedies, { kind: "inspect", purpose: others === 1 ? "see it" : "list them" }],
  });
}

/** A node that no rule covers. @param instead what to export in its place */
export function unsupportedNode(
  node: Node,
  reason: string,
  policies: readonly UnknownPolicy[],
  instead?: string,
): Problem {
  const sentence = `${capitalize(describeNode(node))} lies between the picture and the class scores and is ${reason}.`;
  const error = new UserError("unsupported", sentence, {
    subject: nodeSubject(node),
    remedies: [
      ...(instead === undefined ? [] : [textRemedy(instead)]),
      textRemedy("export the network without it (in evaluation mode, with constant folding)"),
      ...workAround(policies),
      {
        kind: "option",
        option: "method",
        values: ["occlusion", "rise", "lime", "kernel-shap"] satisfies MethodName[],
        note: "which need no rules",
      },
      { kind: "add-operator" },
    ],
  });
  return { node, reason, policies, error };
}

function workAround(policies: readonly UnknownPolicy[]): Remedy[] {
  if (policies.length === 0) return [];
  return [
    {
      kind: "option",
      option: "unknown",
      values: policies,
      note: "which propagates through it without a rule",
    },
  ];
}
