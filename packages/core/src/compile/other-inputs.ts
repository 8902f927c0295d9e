/** What relevance went to other inputs that were given a value, as an output. */
import { intValue as int, type Tape } from "@onnx-lrp/onnx-loader";
import type { EmitContext } from "../operators/operator.ts";
import type { OtherShare } from "./propagate.ts";
import { createTotal } from "./totals.ts";

export interface OtherInputsPlan {
  /** Value [K, N, groups]. */
  readonly value: string;
  /** The inputs that each sum is of: one, or several that the network joins before relevance reaches them. */
  readonly groups: readonly (readonly string[])[];
}

/**
 * @param fed names of all of them; one that nothing reaches has the sum 0
 * @param batch int64 [1]: the number of pictures in the run
 */
export function emitOtherInputs(
  emission: EmitContext,
  fed: readonly string[],
  shares: readonly OtherShare[],
  batch: string,
): OtherInputsPlan {
  const { tape, perTarget } = emission;
  const total = createTotal(emission, batch);
  const sums = new Map<string, { readonly inputs: readonly string[]; readonly terms: string[] }>();
  const sumOf = (inputs: readonly string[]) => {
    const key = JSON.stringify(inputs);
    const sum = sums.get(key) ?? { inputs, terms: [] };
    sums.set(key, sum);
    return sum;
  };
  const joined = new Set(shares.flatMap(({ inputs }) => (inputs.length > 1 ? inputs : [])));
  for (const name of fed) if (!joined.has(name)) sumOf([name]);
  for (const { inputs, relevance, dims } of shares) sumOf(inputs).terms.push(total(relevance, dims));
  const groups = [...sums.values()];
  const nothing = nothingFor(tape, perTarget.count(), batch);
  const columns = groups.map(({ terms }) =>
    tape.emit("Unsqueeze", [
      terms.length === 0 ? nothing() : terms.reduce((a, b) => tape.emit("Add", [a, b])),
      tape.ints([2]),
    ]),
  );
  return {
    value: tape.emit("Concat", columns, { axis: int(2) }),
    groups: groups.map(({ inputs }) => inputs),
  };
}

/** Zeros [K, N], emitted when they are needed. */
function nothingFor(tape: Tape, count: string, batch: string): () => string {
  let made: string | undefined;
  return () => {
    made ??= tape.emit("Expand", [tape.scalar(0), tape.emit("Concat", [count, batch], { axis: int(0) })]);
    return made;
  };
}
