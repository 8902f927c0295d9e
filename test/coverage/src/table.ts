/** docs/coverage.md. */
import {
  type Coverage,
  type Inequality,
  type Library,
  libraries,
  type Outcome,
  type Result,
} from "./result.ts";

const letters: Readonly<Record<Inequality, string>> = {
  activation: "a",
  constant: "c",
  normalization: "n",
  gate: "g",
  attention: "w",
};

const titles = ["explained", "refused", "failed", "not exported", "left out"] as const;

export function renderCoverage({ made, results }: Coverage): string {
  const sorted = [...results].sort((a, b) => a.name.localeCompare(b.name, "en"));
  const present = libraries.filter((library) => results.some((result) => result.library === library));
  const others = sorted.filter(({ outcome }) => outcome.kind !== "explained");
  return `# Which networks can be explained

Made by \`pnpm coverage\`: all classifiers of torchvision, and of every family of timm the smallest, and more than one where
a family has several kinds; and networks over other axes, which are those of the two libraries along one or three axes or of more
bands, and some of the literature on signals (models/recipes/any_axes.py); and networks with other outputs than the logits of classes
(models/recipes/any_outputs.py), of which the most probable class, the region where the class of most places is found, or the first number is explained. Random weights, exported by torch.onnx's TorchScript
exporter with a batch left open, or of 1 where it could not be, or by its newer exporter with a batch of 1, which writes opset 18
(${made.versions}). Every number can be made again but for the times.

${markdownTable([["", "networks", ...titles], ...present.map((library) => summaryRow(library, sorted))])}

The columns of the tables:

${legend} (${made.machine})

## Not explained

${others.length === 0 ? "None." : markdownTable([["network", "library", "outcome", "why"], ...others.map(otherRow)])}
${present.map((library) => explainedSection(library, sorted)).join("")}`;
}

function summaryRow(library: Library, results: readonly Result[]): string[] {
  const mine = results.filter((result) => result.library === library);
  const count = (kind: string) => mine.filter(({ outcome }) => outcome.kind === kind).length;
  return [library, String(mine.length), ...titles.map((kind) => String(count(kind)))];
}

function otherRow({ name, library, outcome, weightsMB }: Result): string[] {
  if (outcome.kind === "explained") return [];
  const size = outcome.kind === "left out" ? ` (${weightsMB.toFixed(0)} MB)` : "";
  return [name, library, outcome.kind, `${cell(why(outcome))}${size}`];
}

/** The two most frequent obstacles; docs/coverage.json has all. */
function why(outcome: Exclude<Outcome, { kind: "explained" }>): string {
  const obstacles = outcome.kind === "refused" ? outcome.obstacles : [];
  if (obstacles.length === 0) return outcome.reason;
  const first = obstacles.slice(0, 2).map(({ op, nodes, reason }) => `${nodes} ${op}: ${reason}`);
  const others = obstacles.slice(2).map(({ op }) => op);
  return [...first, ...(others.length === 0 ? [] : [`and ${[...new Set(others)].join(", ")}`])].join("; ");
}

const legend = `- **conservation**: the node whose balance is worst under LRP with the default composite (zplus-box, and transformer for networks
  with attention): what it received, less what it propagated and what biases, stabilizers, zero denominators and constants
  among the signal's elements (class tokens, padding) absorbed, relative to what it received or propagated. Under epsilon, which
  transformer has at sums and in attention, an output close to 0 shares out far more than it received, in parts of both signs
  whose sum is rounded: 2e-3 in visformer_tiny, 7e-7 with an epsilon of 0.01
- **LRP-0**: relative L2 distance of LRP-0 (composite epsilon, epsilon 0) and input x gradient, where the two must be equal.
  They need not be where (a) an activation f is passed for which f(2x) is not 2 f(x): SiLU, HardSwish, ReLU6, Sigmoid, Gelu;
  (c) a constant is added outside of a linear layer, as by a batch normalization that has no layer to be folded into;
  (n) a normalization is passed; (g) a signal is multiplied with a gate, or with a function of itself (SiLU written out);
  (w) attention: the weights that a Softmax makes are held constant, and of a product of other signals each gets half.
  A layer's output that is exactly 0 by chance has a gradient, but no relevance to propagate: one such unit makes 1e-3
- **scores**: relative L2 distance of the explanation model's scores and onnxruntime's for the untouched file
- **rounding**: the same between onnxruntime with its optimizations and without, both for the untouched file: what the order
  of additions does to this network. Deep networks with random weights magnify it, and scores can be no closer than that.
  (resnetv2_50x1_bit: onnxruntime's optimization drops the zeros of a Pad before a MaxPool, which the explanation keeps.)
- **forward**, **explanation**: seconds for one picture, the latter SGLRP for one class (LRP where classes do not compete); medians of 3 runs on 2 threads`;

function explainedSection(library: Library, results: readonly Result[]): string {
  const rows = results.flatMap((result) =>
    result.library === library && result.outcome.kind === "explained" ? [explainedRow(result)] : [],
  );
  const header = [
    "network",
    "weights MB",
    "opset",
    "conservation",
    "LRP-0",
    "scores",
    "rounding",
    "forward s",
    "explanation s",
    "ratio",
  ];
  return `
## ${library}

${markdownTable([header, ...rows])}
`;
}

function explainedRow({ library, name, family, weightsMB, opset, fixedBatch, outcome }: Result): string[] {
  if (outcome.kind !== "explained") return [];
  const { conservation, gradient, scores, rounding, forwardSeconds, explanationSeconds } = outcome;
  const lrp =
    "difference" in gradient
      ? small(gradient.difference)
      : `– (${gradient.unequal.map((reason) => letters[reason]).join(", ")})`;
  return [
    library === "other axes" || library === "outputs" ? `${name} (${family})` : name,
    weightsMB.toFixed(weightsMB < 10 ? 1 : 0),
    `${opset ?? ""}${fixedBatch ? ", batch 1" : ""}`,
    small(conservation.error),
    lrp,
    small(scores),
    small(rounding),
    forwardSeconds.toPrecision(2),
    explanationSeconds.toPrecision(2),
    (explanationSeconds / forwardSeconds).toFixed(1),
  ];
}

/** An error, to one digit. */
function small(value: number): string {
  return value === 0 ? "0" : value.toExponential(0);
}

/** Text that stays in its cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
}

function markdownTable([header = [], ...rows]: readonly (readonly string[])[]): string {
  return [header, header.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
