/** The measurements as tables, and as docs/speed.md. */
import type { Measurement } from "./measure.ts";
import type { MethodCosts } from "./method-costs.ts";
import type { PeerMeasurement } from "./peers.ts";

const times = (ratio: number) => `${ratio.toFixed(2)} x`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
const kilobytes = (bytes: number) => `${(bytes / 1e3).toFixed(0)} KB`;

function markdown(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  return [head, head.map(() => "---"), ...body].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

export function table(results: readonly Measurement[]): string {
  return markdown([
    [
      "network",
      "forward",
      "K=1",
      "K=5",
      "each further target",
      "N=8, K=1, per picture",
      "session",
      "memory K=1",
      "memory K=5",
      "cold start",
    ],
    ...results.map(({ network, single, eight, session, memory, coldStart }) => [
      network,
      `${single.forwardMs.toFixed(0)} ms`,
      times(single.one),
      times(single.five),
      times((single.five - single.one) / 4),
      times((eight.one * eight.forwardMs) / (8 * single.one * single.forwardMs)),
      `${session.seconds.toFixed(2)} s, ${times(session.ratio)}`,
      `${megabytes(memory.one)}, ${times(memory.one / memory.forward)}`,
      times(memory.five / memory.forward),
      `${coldStart.toFixed(1)} s`,
    ]),
  ]);
}

function graphs(results: readonly Measurement[]): string {
  const share = (part: number, whole: number) => times(part / whole);
  return markdown([
    ["network", "file", "explanation model", "nodes", "multiply-adds K=1", "K=5"],
    ...results.map(({ network, fileBytes, explanationBytes, costs: { forward, one, five } }) => [
      network,
      megabytes(fileBytes),
      kilobytes(explanationBytes),
      `${forward.nodes} to ${one.nodes}`,
      share(one.multiplyAdds, forward.multiplyAdds),
      share(five.multiplyAdds, forward.multiplyAdds),
    ]),
  ]);
}

function peerTable(results: readonly Measurement[], peers: readonly PeerMeasurement[]): string {
  const rows = peers.flatMap(({ network, peer, forwardMs, oneMs, fiveMs, reason }) => {
    const ours = results.find((result) => result.network === network);
    if (ours === undefined) return [];
    const one = ours.single.one * ours.single.forwardMs;
    const five = ours.single.five * ours.single.forwardMs;
    const against = (ms: number | null, own: number) =>
      ms === null ? "-" : `${ms.toFixed(0)} ms, ${times(ms / own)}`;
    return [
      [network, peer, `${forwardMs.toFixed(0)} ms`, against(oneMs, one), against(fiveMs, five), reason ?? ""],
    ];
  });
  return markdown([
    ["network", "peer", "torch forward", "K=1, against ours", "K=5, against ours", ""],
    ...rows,
  ]);
}

function methodTable(measured: readonly MethodCosts[]): string {
  const names = measured[0]?.costs.map(({ method, told }) => ({ method, told })) ?? [];
  const cell = (costs: MethodCosts["costs"], method: string) => {
    const cost = costs.find((one) => one.method === method);
    if (cost === undefined || cost.ratio === null) return "refused";
    return cost.samples === null ? times(cost.ratio) : `${times(cost.ratio)} for ${cost.samples}`;
  };
  return markdown([
    [
      "method",
      "listed",
      ...measured.map(({ network, forwardMs }) => `${network} (${forwardMs.toFixed(0)} ms)`),
    ],
    ...names.map(({ method, told }) => [method, told, ...measured.map(({ costs }) => cell(costs, method))]),
  ]);
}

export function documentOf(
  machine: string,
  results: readonly Measurement[],
  {
    peers,
    methods,
  }: { readonly peers: readonly PeerMeasurement[]; readonly methods: readonly MethodCosts[] },
): string {
  const sections = [
    "# What an explanation costs",
    `Measured by \`pnpm bench --docs\` on ${machine}: SGLRP, zplus-box, random weights at full size. Ratios are to the network's own forward pass, as onnxruntime runs it by default, and medians of alternating runs, so that a busy machine slows both alike. The machine was not idle; ratios moved by up to a tenth between runs.`,
    table(results),
    "K is the number of targets, N the number of pictures of a run. _N=8_ is the time per picture of eight, relative to that of one alone. _Session_ is the time to make the session for one picture and one target, against the network's own. _Memory_ is the highest resident memory of a process that runs three times, against one that runs the network alone; Node itself takes 50 MB of each. _Cold start_ is `onnx-lrp explain` from the start of the process to the written picture.",
    "## The graphs",
    graphs(results),
    "Nodes and multiply-adds depend on no machine. The floor is 3 forward passes for one target (forward pass, denominators, backward pass) and one more for each further target. `test/graph-size.test.ts` holds them for the shipped networks.",
    "Gamma, which the composite `transformer` has at dense layers, takes a product more for the denominators and two for each target: 4 forward passes for one target, and two more for each further one. Relevance that comes to a part of a layer's output alone (of queries, keys and values to the values, of the tokens to the class token) is propagated through that part alone, so that torchvision's vit_b_16 has 3.24 x the multiply-adds of its forward pass for one target and 9.25 x for five; in CPU time on one thread these were 3.30 x and 8.94 x.",
    ...(methods.length === 0
      ? []
      : [
          "## Methods",
          "One map of one picture, over the forward pass (`pnpm bench --methods`). _Listed_ is what `onnx-lrp methods` says. Methods that take samples or query the network many times were given few, as many as the table says; each further one costs as much again.",
          methodTable(methods),
        ]),
    ...(peers.length === 0
      ? []
      : [
          "## Peers",
          "On the same cores, with the same networks and the same composite in PyTorch (`pnpm bench --peers PYTHON`). Five targets are five pictures of a batch for zennit, which is its fastest way. Captum's LRP has no zbox and takes Alpha1Beta0 at every layer.",
          peerTable(results, peers),
        ]),
  ];
  return `${sections.join("\n\n")}\n`;
}
