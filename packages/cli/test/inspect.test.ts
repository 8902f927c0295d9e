import { expect, test } from "vitest";
import { enterWithNetwork, run, transcript, words } from "./shared.ts";

test.each([
  "inspect vgg.onnx",
  "inspect vgg.onnx --composite epsilon-gamma-box --method lrp",
  "inspect vgg.onnx --method gradient",
])("onnx-lrp %s", async (line) => {
  enterWithNetwork();
  const result = await run(...words(line));
  expect(result.code).toBe(0);
  expect(transcript(line, result).replace(/\(pytorch [\d.]+/, "(pytorch V")).toMatchSnapshot();
});

interface Row {
  readonly node?: string;
  readonly op: string;
  readonly rule: string;
  readonly received: number;
  readonly handedOn: number;
  readonly bias: number;
  readonly stabilizer: number;
  readonly zeroDenominator: number;
}

interface Facts {
  readonly model: string;
  readonly input: object;
  readonly head: object;
  readonly operations: Record<string, number>;
  readonly nodes: readonly { name: string; op: string; role: string | null; rule: string }[];
  readonly conservation: readonly Row[] | null;
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
    opset: 17,
    input: { name: "image", layout: "nchw", channels: 3, height: 128, width: 128, batch: "N" },
    head: { output: "scores", kind: "none", logits: "scores", classes: 16 },
    preprocess: { from: "model" },
    method: "sglrp",
    composite: "zplus-box",
    operations: { Relu: 15, Conv: 13, MaxPool: 5, Gemm: 3, Flatten: 1 },
    conservation: null,
  });
  expect(facts.nodes).toHaveLength(37);
  expect(facts.nodes[0]).toMatchObject({ op: "Conv", role: "first", rule: "zbox" });
  expect(facts.nodes.at(-1)).toMatchObject({ op: "Gemm", role: "dense", rule: "zplus" });
});

test("onnx-lrp inspect vgg.onnx --json --conservation dotted-disc.png --method lrp --composite epsilon", async () => {
  const { conservation } = await inspect(
    ..."--conservation dotted-disc.png --method lrp --composite epsilon".split(" "),
  );
  expect(conservation).toHaveLength(38);
  const rows = conservation ?? [];
  expect(rows[0]).toMatchObject({ op: "logits", rule: "seed" });
  expect(rows[0]?.handedOn).toBeGreaterThan(1);
  for (const [i, row] of rows.entries()) {
    // What the next node gets is what this one handed on, and what it does not hand on is accounted for.
    const next = rows[i + 1];
    const size = Math.abs(row.received) + Math.abs(row.bias) + Math.abs(row.handedOn);
    if (next) expect(Math.abs(next.received - row.handedOn)).toBeLessThan(1e-4 * size);
    const rest = row.received - row.handedOn - row.bias - row.stabilizer - row.zeroDenominator;
    expect(Math.abs(rest)).toBeLessThan(1e-3 * size);
  }
});

test("onnx-lrp inspect vgg.onnx --conservation dotted-disc.png", async () => {
  enterWithNetwork();
  const { code, out } = await run(..."inspect vgg.onnx --conservation dotted-disc.png".split(" "));
  expect(code).toBe(0);
  const lines = out.split("\n");
  const header = lines.findIndex((line) => line.includes("handed on"));
  expect(lines[header]).toMatch(/node +operation +rule +received +handed on +bias +stabilizer +zero denom\./);
  expect(lines.slice(header + 1)).toHaveLength(38);
});
