/** docs/peers.md. */
import type { Comparison } from "./compare.ts";
import type { NetworkRow, OtherAxesRow, Peers, Row } from "./result.ts";

export function renderPeers({ versions, rows, otherAxes, regions, attention }: Peers): string {
  const peers = [...new Set(rows.map(({ peer }) => peer))];
  const same = rows.filter(({ why }) => why === undefined).length;
  const versionList = Object.entries(versions)
    .map((pair) => pair.join(" "))
    .join(", ");
  return `# Beside other tools

Made by \`pnpm peers\`: maps of zennit, captum and pytorch-grad-cam and ours, for the same two small networks with random weights
(plain convolutions with biases and max-pooling; residual blocks with batch normalization), the same picture and class.
Peers are taken from their repositories and compute in float64, ours in float32 (${versionList}).

- **difference**: L2 distance of the maps, relative to the peer's L2 norm
- **correlation**: Pearson's

${same} of the ${rows.length} rows must agree but for rounding, and \`pnpm peers\` fails where one does not. The others differ for the reason
given; most are followed by a row in which the peer, or our option, was changed in just that point, and which agrees.

Noise is drawn from seed 1. With seed 0 one unit of vgg is 1e-9 of its layer's largest in one of the 25 noisy pictures, which
is less than float32 resolves: its gate is open on one side and closed on the other, and SmoothGrad differs by 3e-3.
${peers.map((peer) => section(peer, rows)).join("")}${otherAxesSection(otherAxes)}${regionsSection(regions)}${attentionSection(attention)}`;
}

/** All rows must agree. */
function otherAxesSection(rows: readonly OtherAxesRow[]): string {
  const names = Object.keys(rows[0]?.networks ?? {});
  const lines = rows.map(({ method, options, call, networks }) => [
    options === "" ? method : `${method}: ${options}`,
    call,
    ...names.flatMap((name) => figures(networks[name])),
  ]);
  const header = ["method", "zennit", ...names.flatMap((name) => [`${name}: difference`, "correlation"])];
  return `
## Signals and volumes

zennit's layers work along any axes. A signal of 12 channels and 256 samples under convolutions with biases and strides; one of
three channels under residual blocks with batch normalization; a volume of 2 x 12 x 20 x 16 under convolutions with batch
normalization, maxima and an average (test/peers/other_axes.py). All rows must agree but for rounding.

${markdownTable([header, ...lines])}
`;
}

/** All rows must agree. */
function regionsSection(rows: readonly NetworkRow[]): string {
  return `
## Regions

The scores of one class over a disc of a segmenter's output, as weights: the seed is 1 there for gradients and the score itself
for LRP. A U-Net with batch normalization, skips and transposed convolutions, and torchvision's fcn_resnet50 (test/peers/regions.py).
All rows must agree but for rounding.

${networkTable("torch or zennit", rows)}
`;
}

/** All rows must agree. */
function attentionSection(rows: readonly NetworkRow[]): string {
  return `
## Attention

LXT, the code of AttnLRP's authors, on torchvision's vision transformers: a small one and vit_b_16, with random weights
(test/peers/attention.py). LXT has zennit's Gamma at modules; torch computes the projections of attention by a function, so that
these stay at epsilon there, and in our rules file. The composite \`transformer\` has gamma at them too. In float32 and through twelve
blocks rows must agree to 1e-4.

${networkTable("LXT", rows)}
`;
}

function networkTable(peer: string, rows: readonly NetworkRow[]): string {
  const lines = rows.map((row) => [
    row.network,
    row.options === "" ? row.method : `${row.method}: ${row.options}`,
    row.call,
    ...figures(row),
  ]);
  return markdownTable([["network", "method", peer, "difference", "correlation"], ...lines]);
}

function markdownTable([header = [], ...lines]: readonly (readonly string[])[]): string {
  return [header, header.map(() => "---"), ...lines]
    .map((row) => `| ${row.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

function section(peer: string, rows: readonly Row[]): string {
  const header = [
    "method",
    peer,
    "vgg: difference",
    "correlation",
    "resnet: difference",
    "correlation",
    "why",
  ];
  const lines = rows
    .filter((row) => row.peer === peer)
    .map(({ method, options, call, networks: { vgg, resnet }, why = "" }) => [
      options === "" ? method : `${method}: ${options}`,
      call,
      ...figures(vgg),
      ...figures(resnet),
      why,
    ]);
  return `\n## ${peer}\n\n${markdownTable([header, ...lines])}\n`;
}

function figures(comparison: Comparison | undefined): [string, string] {
  if (comparison === undefined) return ["–", "–"];
  const { difference, correlation } = comparison;
  const beside = 1 - correlation;
  const shown = difference < 0.01 ? difference.toExponential(0) : difference.toPrecision(2);
  return [shown, beside < 5e-5 ? "1" : correlation.toFixed(4)];
}
