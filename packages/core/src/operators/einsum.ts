/**
 * Einsum of one signal and one constant, a dense layer, or of two signals, as in attention. Its adjoint is the Einsum that
 * exchanges the signal's and the output's letters, with one more letter for the targets.
 */
import { inputOf, outputOf, stringValue as string, stringAttribute } from "@onnx-lrp/onnx-loader";
import { findWeights } from "./mixing-weights.ts";
import { type Linear, type OperatorEntry, type Site, type Unsupported, unsupported } from "./operator.ts";
import { openAxis } from "./size.ts";

interface Letters {
  readonly inputs: readonly string[];
  readonly output: string;
}

export const Einsum: OperatorEntry = {
  along(site, axis) {
    const letters = lettersOf(site);
    if ("reason" in letters) return undefined;
    const letter = letters.output[axis] ?? "";
    return letters.inputs.map((input) => (input.includes(letter) ? input.indexOf(letter) : undefined));
  },
  describe(site) {
    const { node } = site;
    if (node.inputs.length !== 2) return unsupported("takes more or fewer than two values");
    const letters = lettersOf(site);
    if ("reason" in letters) return letters;
    const signals = ([0, 1] as const).filter((index) => site.isSignal(index));
    for (const signal of signals) {
      const [x = "", w = ""] = [letters.inputs[signal], letters.inputs[1 - signal]];
      if ([...x].some((letter) => !w.includes(letter) && !letters.output.includes(letter)))
        return unsupported("sums the signal over an axis that the weight does not have");
      const batch = x[openAxis(site.shape(inputOf(node, signal)))];
      if (batch !== undefined && !letters.output.includes(batch)) return unsupported("sums over the batch");
    }
    const target = [..."abcdefghijklmnopqrstuvwxyz"].find(
      (letter) => ![...letters.inputs, letters.output].join("").includes(letter),
    );
    if (target === undefined) return unsupported("has too many axes");
    const [signal = 0, ...others] = signals;
    if (others.length === 0) return mapOf(site, letters, target, signal, "dense");
    return {
      kind: "bilinear",
      inputs: [0, 1],
      weights: findWeights(site),
      linear: (of) => mapOf(site, letters, target, of, "attention"),
    };
  },
};

/** @param target a letter that the equation does not have, for the targets */
function mapOf(
  site: Site,
  { inputs, output }: Letters,
  target: string,
  signal: 0 | 1,
  role: Linear["role"],
): Linear {
  const { node } = site;
  const other = signal === 0 ? 1 : 0;
  const dims = site.shape(inputOf(node, signal));
  const outputDims = site.shape(outputOf(node));
  const forward = { equation: string(`${inputs.join(",")}->${output}`) };
  const back = { equation: string(`${target}${output},${inputs[other]}->${target}${inputs[signal]}`) };
  return {
    kind: "linear",
    role,
    inputs: [signal],
    weight: inputOf(node, other),
    bias: undefined,
    biasDims: [],
    apply: ({ tape }, [value = ""], matrix) =>
      tape.emit("Einsum", signal === 0 ? [value, matrix] : [matrix, value], forward),
    adjoint: ({ tape, perTarget }, s, weights) => {
      const unmerged = perTarget.split(s, outputDims);
      return weights.map((matrix) => [perTarget.merge(tape.emit("Einsum", [unmerged, matrix], back), dims)]);
    },
  };
}

/** The equation with its output written out, and a letter for each axis of an ellipsis. */
export function lettersOf(site: Site): Letters | Unsupported {
  const { node } = site;
  const equation = stringAttribute(node, "equation", "").replaceAll(" ", "");
  const [left = "", right] = equation.split("->");
  const terms = left.split(",");
  const free = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].filter((letter) => !equation.includes(letter));
  const ranks = terms.map((term, i) => {
    const named = term.replace("...", "").length;
    return term.includes("...") ? site.shape(inputOf(node, i)).length - named : 0;
  });
  const widest = free.slice(0, Math.max(...ranks));
  const inputs = terms.map((term, i) =>
    term.replace("...", widest.slice(widest.length - (ranks[i] ?? 0)).join("")),
  );
  const all = inputs.join("");
  const once = [...new Set(all)].filter((letter) => !widest.includes(letter)).sort();
  const implied = [...widest, ...once.filter((letter) => all.split(letter).length === 2)].join("");
  const output = right === undefined ? implied : right.replace("...", widest.join(""));
  if ([...inputs, output].some((term) => new Set(term).size !== term.length))
    return unsupported("takes a diagonal (a letter twice in one value)");
  for (const letter of all) {
    const sizes = inputs.flatMap((term, i) => {
      const size = site.shape(inputOf(node, i))[term.indexOf(letter)];
      return term.includes(letter) && typeof size === "number" ? [size] : [];
    });
    if (new Set(sizes).size > 1) return unsupported(`broadcasts the axis "${letter}"`);
  }
  return { inputs, output };
}
