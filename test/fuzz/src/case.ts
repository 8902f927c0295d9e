/** One case: drawn from a seed and a number, or read from a file of an earlier failure. */
import fc from "fast-check";
import { kinds } from "./kinds/index.ts";

export interface Case {
  readonly kind: string;
  readonly edits: readonly { readonly what: string }[];
}

/** The same for the same numbers, on every machine. */
export function drawCase(kind: string, seed: number, index: number): Case {
  const known = kinds[kind];
  if (known === undefined)
    throw new Error(`There is no kind "${kind}"; there are ${Object.keys(kinds).join(", ")}.`);
  const [edits = []] = fc.sample(known.edits, { seed: (seed * 1_000_003 + index) | 0, numRuns: 1 });
  return { kind, edits };
}

/** How a case ended: in a result, in a sentence, or in what is neither. */
export type Ending =
  | { readonly kind: "result" }
  | { readonly kind: "sentence" }
  | { readonly kind: "internal"; readonly detail: string };

export async function perform({ kind, edits }: Case, folder: string): Promise<Ending> {
  try {
    await kinds[kind]?.run(edits, folder);
    return { kind: "result" };
  } catch (error) {
    if (error instanceof Error && error.name === "UserError") return { kind: "sentence" };
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: "internal", detail };
  }
}
