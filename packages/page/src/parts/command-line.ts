/** The command line that makes the same map. */
import { shellLine } from "@onnx-lrp/cli/internal";
import type { Answer, MethodChoice, NetworkSummary } from "../engine/engine.ts";

export function commandLine(
  { target, against, method }: Answer,
  choice: MethodChoice,
  { name, labels }: NetworkSummary,
  picture: string,
  { shipped }: { readonly shipped: string | undefined },
): string {
  const words = ["npx", "onnx-lrp", "explain", shipped ?? name, picture, "--target", named(target, labels)];
  if (against !== undefined) words.push("--against", against);
  if (choice.method !== undefined) words.push("--method", method);
  if (choice.composite !== undefined) words.push("--composite", choice.composite);
  if (choice.unknown !== undefined) words.push("--unknown", choice.unknown);
  return shellLine([...words, "--npy"], /win/i.test(navigator.platform) ? "powershell" : "posix");
}

/** A class by its label, where no other has the same. */
function named(target: string, labels: readonly string[]): string {
  const label = /^\d+$/.test(target) ? labels[Number(target)] : undefined;
  return label !== undefined && labels.filter((one) => one === label).length === 1 ? label : target;
}
