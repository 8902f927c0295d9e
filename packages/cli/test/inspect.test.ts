import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { DataType, Model, Node, ValueInfo } from "@onnx-lrp/onnx-loader";
import { floatTensor, int64Tensor } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { example, writeArray } from "./arrays.ts";
import { node, type Parts, save, tiny, value } from "./networks.ts";
import { enterFolder, enterWithNetwork, type Run, run, transcript, words } from "./shared.ts";

const resnet = fileURLToPath(new URL("../../../models/networks/resnet.onnx", import.meta.url));

/** Exporters' versions change as the shipped networks are made anew. */
function page(line: string, result: Run): string {
  return transcript(line.replace(resnet, "resnet.onnx"), result)
    .replaceAll(resnet, "resnet.onnx")
    .replace(/pytorch [\d.]+/, "pytorch V");
}

test.each([
  "inspect vgg.onnx",
  "inspect vgg.onnx --composite epsilon-gamma-box --method lrp",
  "inspect vgg.onnx --method gradient --no-nodes",
])("onnx-lrp %s", async (line) => {
  enterWithNetwork();
  const result = await run(...words(line));
  expect(result.code).toBe(0);
  expect(page(line, result)).toMatchSnapshot();
});

test("onnx-lrp inspect of a network with many nodes lists them only when it is asked to", async () => {
  enterFolder();
  const line = `inspect ${resnet}`;
  const result = await run(...words(line));
  expect(result.code).toBe(0);
  expect(page(line, result)).toMatchSnapshot();
  const whole = await run(...words(`${line} --nodes`));
  expect(whole.out.split("\n").filter((row) => / {2}Conv {2}/.test(row))).toHaveLength(53);
});

/** The tiny network with another input, which the nodes make x of. */
function withInput(
  type: DataType,
  dims: readonly (number | string | undefined)[],
  before: readonly Node[],
  more: Parts = {},
): Model {
  const input: ValueInfo = { name: "pixels", type: { type, dims } };
  return tiny({ ...more, inputs: [input], before });
}

const networks: Record<string, () => Model> = {
  "any height and width": () => tiny({ inputs: [value("x", ["N", 3, "H", "W"])] }),
  "a batch fixed at 1": () => tiny({ inputs: [value("x", [1, 3, 8, 8])], outputs: [value("y", [1, 5])] }),
  "a batch fixed at 4": () => tiny({ inputs: [value("x", [4, 3, 8, 8])], outputs: [value("y", [4, 5])] }),
  "no batch dimension": () =>
    withInput("float32", [3, 8, 8], [node("Unsqueeze", ["pixels", "zero"], ["x"])], {
      initializers: [int64Tensor("zero", [1], [0])],
    }),
  "uint8 pixels": () =>
    withInput(
      "uint8",
      ["N", 3, 8, 8],
      [castToFloat("pixels", "float"), node("Div", ["float", "range"], ["x"])],
      { initializers: [floatTensor("range", [], [255])] },
    ),
  "several outputs": () => tiny({ outputs: [value("y", ["N", 5]), value("g", ["N", 4, 1, 1])] }),
  "no input of numbers": () => tiny({ inputs: [{ name: "x", type: { type: "bool", dims: ["N", 20] } }] }),
  "scores at each place": () => tiny({ outputs: [value("r", ["N", 4, 8, 8])] }),
  "an operation without a rule": () =>
    tiny({ between: [node("Trilu", ["c"], ["s"]), node("Relu", ["s"], ["r"])] }),
  "operations of a domain that nobody knows": () =>
    tiny({ between: [{ ...node("Shuffle", ["c"], ["r"]), domain: "com.example" }] }),
  "a Sigmoid at its end": () => {
    const { graph, ...model } = tiny({ outputs: [value("p", ["N", 5])] });
    return { ...model, graph: { ...graph, nodes: [...graph.nodes, node("Sigmoid", ["y"], ["p"])] } };
  },
};

function castToFloat(from: string, to: string): Node {
  return node("Cast", [from], [to], { to: { kind: "int", value: 1n } });
}

test.each([
  ["any height and width", 0, ""],
  ["any height and width", 0, " --size 16x32"],
  ["a batch fixed at 1", 0, ""],
  ["a batch fixed at 4", 0, " --no-nodes"],
  ["no batch dimension", 0, ""],
  ["uint8 pixels", 0, ""],
  ["several outputs", 2, ""],
  ["several outputs", 0, " --output y --no-nodes"],
  ["no input of numbers", 4, ""],
  ["scores at each place", 0, ""],
  ["an operation without a rule", 4, ""],
  ["an operation without a rule", 0, " --unknown pass"],
  ["operations of a domain that nobody knows", 4, ""],
  ["a Sigmoid at its end", 0, " --no-nodes"],
  ["a Sigmoid at its end", 4, " --method sglrp"],
])("a network with %s: exit code %i with onnx-lrp inspect net.onnx%s", async (name, code, more) => {
  enterFolder();
  save("net.onnx", networks[name]?.() ?? tiny());
  const line = `inspect net.onnx${more}`;
  const result = await run(...words(line));
  expect(result.code).toBe(code);
  expect(transcript(line, result)).toMatchSnapshot();
});

test("unsupported nodes are listed by operation and reason, not node by node", async () => {
  enterFolder();
  const values = ["c", ...Array.from({ length: 84 }, (_, i) => `v${i}`), "r"];
  const nodes = values
    .slice(1)
    .map((made, i) => node(i % 5 === 0 ? "Sin" : "Trilu", [values[i] ?? ""], [made]));
  save("net.onnx", tiny({ between: nodes }));
  const line = "inspect net.onnx";
  const result = await run(...words(line));
  expect(transcript(line, result)).toMatchSnapshot();
  const { problems } = networkOf(JSON.parse((await run(...words(`${line} --json`))).out));
  expect(problems).toHaveLength(85);
  expect(problems[0]).toMatchObject({ node: "Sin of c", op: "Sin" });
});

test("onnx-lrp inspect net.onnx --json of a network that cannot be explained is one whole document", async () => {
  enterFolder();
  save("net.onnx", networks["an operation without a rule"]?.() ?? tiny());
  const { code, out, err } = await run(...words("inspect net.onnx --json"));
  expect({ code, err }).toEqual({ code: 4, err: "" });
  const facts = JSON.parse(out);
  expect(facts).toMatchObject({ model: "net.onnx", explained: false, opset: 17, irVersion: 8 });
  expect(facts.reason).toMatch(/^The Trilu node "Trilu of c" lies between/);
  expect(networkOf(facts).problems).toEqual([
    {
      node: "Trilu of c",
      op: "Trilu",
      message: facts.reason,
      policies: ["pass"],
      reason: expect.any(String),
      waysOut: expect.stringMatching(/^To fix this: .*; use --unknown pass, .*\.$/),
      remedies: expect.arrayContaining([
        expect.objectContaining({ kind: "option", option: "unknown", values: ["pass"] }),
      ]),
    },
  ]);
  save("none.onnx", networks["no input of numbers"]?.() ?? tiny());
  const none = JSON.parse((await run(...words("inspect none.onnx --json"))).out);
  expect(none).toMatchObject({ explained: false, network: null, inputs: [{ name: "x", dims: ["N", 20] }] });
});

test("onnx-lrp inspect net.onnx --svg draws the graph, with unsupported nodes", async () => {
  enterFolder();
  save("net.onnx", networks["an operation without a rule"]?.() ?? tiny());
  const result = await run(...words("inspect net.onnx --svg drawn/net.svg"));
  expect(result.code).toBe(4);
  expect(result.out).toMatch(/drawn +drawn\/net\.svg$/);
  const svg = readFileSync("drawn/net.svg", "utf8");
  expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  for (const name of ["Conv of x", "Trilu of c", "Relu of s", "Gemm of f"]) expect(svg).toContain(name);
  save("none.onnx", networks["no input of numbers"]?.() ?? tiny());
  expect((await run(...words("inspect none.onnx --svg none.svg"))).code).toBe(4);
  expect(existsSync("none.svg")).toBe(false);
});

test("onnx-lrp inspect net.onnx --conservation takes the tensor's own size where any will do", async () => {
  enterFolder();
  save("net.onnx", networks["any height and width"]?.() ?? tiny());
  writeArray("wide.npy", [1, 3, 6, 10], example(180));
  const line = "inspect net.onnx --conservation wide.npy --preprocess unit --method lrp --json";
  const { code, out } = await run(...words(line));
  expect(code).toBe(0);
  const facts = JSON.parse(out);
  expect(networkOf(facts).input).toMatchObject({ height: 6, width: 10, anySize: true });
  expect(facts.conservation).toHaveLength(6);
});

test("onnx-lrp inspect net.onnx --conservation of a network that cannot be explained tells why", async () => {
  enterFolder();
  save("net.onnx", networks["an operation without a rule"]?.() ?? tiny());
  writeArray("x.npy", [1, 3, 8, 8], example());
  const { code, out } = await run(...words("inspect net.onnx --conservation x.npy"));
  expect(code).toBe(4);
  expect(out).toContain("cannot be explained: blocked by Trilu 1");
});

interface Row {
  readonly node?: string;
  readonly op: string;
  readonly rule: string;
  readonly relevanceIn: number;
  readonly relevanceOut: number;
  readonly bias: number;
  readonly stabilizer: number;
  readonly zeroDenominator: number;
}

interface Facts {
  readonly model: string;
  readonly network: NetworkFacts | null;
  readonly conservation: readonly Row[] | null;
}

interface NetworkFacts {
  readonly input: object;
  readonly nodes: readonly { name: string; op: string; role: string | null; rule: string }[];
  readonly problems: readonly { node: string | null; op: string | null; message: string }[];
}

function networkOf({ network }: Facts): NetworkFacts {
  if (network === null) throw new Error("nothing is told of the network");
  return network;
}

async function inspect(...more: string[]): Promise<Facts> {
  enterWithNetwork();
  const { code, out, err } = await run("inspect", "vgg.onnx", "--json", ...more);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out);
}

test("onnx-lrp inspect vgg.onnx --json", async () => {
  const facts = await inspect();
  expect(facts).toMatchObject({
    model: "vgg.onnx",
    explained: true,
    reason: null,
    opset: 17,
    inputs: [{ name: "image", type: "float32", dims: ["N", 3, 128, 128] }],
    operations: { Relu: 15, Conv: 13, MaxPool: 5, Gemm: 3, Flatten: 1 },
    network: {
      input: { name: "image", layout: "nchw", channels: 3, height: 128, width: 128, batch: "N" },
      head: { output: "scores", kind: "none", logits: "scores", classes: 16 },
      preprocess: { from: "model" },
      method: "sglrp",
      composite: "zplus-box",
      between: { Relu: 15, Conv: 13, MaxPool: 5, Gemm: 3, Flatten: 1 },
      rules: { zplus: 15, pass: 15, winner: 5, zbox: 1, route: 1 },
      problems: [],
    },
    conservation: null,
  });
  const { nodes } = networkOf(facts);
  expect(nodes).toHaveLength(37);
  expect(nodes[0]).toMatchObject({ op: "Conv", role: "first", rule: "zbox", shape: ["N", 8, 128, 128] });
  expect(nodes.at(-1)).toMatchObject({ op: "Gemm", role: "dense", rule: "zplus" });
});

test("onnx-lrp inspect vgg.onnx --json --conservation dotted-disc.png --method lrp --composite epsilon", async () => {
  const { conservation } = await inspect(
    ..."--conservation dotted-disc.png --method lrp --composite epsilon".split(" "),
  );
  expect(conservation).toHaveLength(38);
  const rows = conservation ?? [];
  expect(rows[0]).toMatchObject({ op: "logits", rule: "seed" });
  expect(rows[0]?.relevanceOut).toBeGreaterThan(1);
  for (const [i, row] of rows.entries()) {
    // What the next node gets is what this one handed on, and what it does not hand on is accounted for.
    const next = rows[i + 1];
    const size = Math.abs(row.relevanceIn) + Math.abs(row.bias) + Math.abs(row.relevanceOut);
    if (next) expect(Math.abs(next.relevanceIn - row.relevanceOut)).toBeLessThan(1e-4 * size);
    const rest = row.relevanceIn - row.relevanceOut - row.bias - row.stabilizer - row.zeroDenominator;
    expect(Math.abs(rest)).toBeLessThan(1e-3 * size);
  }
});

test("onnx-lrp inspect vgg.onnx --conservation dotted-disc.png", async () => {
  enterWithNetwork();
  const { code, out } = await run(..."inspect vgg.onnx --conservation dotted-disc.png".split(" "));
  expect(code).toBe(0);
  const lines = out.split("\n");
  const header = lines.findIndex((line) => line.includes("propagated"));
  expect(lines[header]).toMatch(
    /node +operation +rule +received +propagated +bias +stabilizer +zero denom\./,
  );
  expect(lines.slice(header + 1)).toHaveLength(38);
});
