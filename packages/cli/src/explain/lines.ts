/** An explained input as the terminal shows it. */
import type { Explainer } from "@onnx-lrp/core";
import { numberName } from "@onnx-lrp/network/internal";
import { className, percent, shortNumber } from "../format.ts";
import type { InputResult, TargetResult } from "./results.ts";

export function lines(
  { input, item, figure, top, quantized, explanations }: InputResult,
  explainer: Explainer,
): string[] {
  const { head } = explainer;
  const { kind, boxes } = head;
  const numbered = (label: string | null, index: number) => numberName(head, label, index);
  const number = (value: number) => (kind === "score" ? shortNumber(value) : percent(value));
  const guesses = top.slice(0, 3).map((entry) => {
    if (entry.box !== undefined) return `${className(entry.label, entry.class)} ${number(entry.probability)}`;
    const where =
      entry.places === undefined ? "" : ` at ${entry.places} place${entry.places === 1 ? "" : "s"}`;
    const name = kind === "score" ? numbered(entry.label, entry.class) : className(entry.label, entry.class);
    return `${name} ${number(entry.probability)}${where}`;
  });
  return [
    item === null ? input : `${input} [${item}]`,
    ...(guesses.length === 0
      ? []
      : boxes !== undefined
        ? [
            `  finds      ${top.length} box${top.length === 1 ? "" : "es"}: ${guesses.join(", ")}${top.length > 3 ? ", ..." : ""}`,
          ]
        : [`  ${kind === "score" ? "gives   " : "predicts"}   ${guesses.join(", ")}`]),
    ...(quantized === null
      ? []
      : [
          `  quantized  the network in the file predicts ${className(quantized.label, quantized.class)} ${percent(quantized.probability)}; explained is its float equivalent, whose probabilities differ by up to ${percent(quantized.difference)}`,
        ]),
    ...explanations.flatMap((e) => [
      `  explains   ${kind === "score" ? (e.where ?? numbered(e.label, e.target)) : className(e.label, e.target)}${e.where === null || kind === "score" ? "" : ` ${e.where}`}${e.against === null ? "" : `, not ${className(e.against.label, e.against.class)}`} (${kind === "score" ? shortNumber(e.logit) : `${e.label === null ? "" : `class ${e.target}, `}${percent(e.probability)}, logit ${shortNumber(e.logit)}`}${boxText(e)}): ${e.png}`,
      ...(e.note === null ? [] : [`             ${e.note}`]),
    ]),
    ...deltaLine(explanations),
    ...otherInputsLine(explanations),
    `  picture    ${figure}`,
  ];
}

/** Where a box is, and how much of its map lies inside. */
function boxText({ box }: TargetResult): string {
  if (box === null) return "";
  const [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom].map(Math.round);
  const share =
    box.positiveShare === null ? "" : `, ${percent(box.positiveShare)} of the positive relevance inside`;
  return `, from ${left},${top} to ${right},${bottom}${share}`;
}

/** The convergence delta, for methods whose maps sum to the change of the logit. */
function deltaLine(explanations: readonly TargetResult[]): string[] {
  const deltas = explanations.flatMap(({ convergenceDelta }) =>
    convergenceDelta === null ? [] : [shortNumber(convergenceDelta)],
  );
  return deltas.length === 0
    ? []
    : [
        `  delta      ${deltas.join(", ")} logits between the sum of the map and the change of the logit from the baseline`,
      ];
}

/** What went to other inputs, beside what the map has: for each target, in the order of their lines. */
function otherInputsLine(explanations: readonly TargetResult[]): string[] {
  const sums = explanations.flatMap(({ sum, otherInputs }) =>
    otherInputs === null
      ? []
      : [
          [
            ...otherInputs.map(
              ({ inputs, relevance }) => `${inputs.join(" and ")} ${shortNumber(relevance)}`,
            ),
            `the map ${shortNumber(sum)}`,
          ].join(", "),
        ],
  );
  return sums.length === 0 ? [] : [`  relevance  ${sums.join("; ")}`];
}
