import { fileURLToPath } from "node:url";
import { type InspectedExplanation, inspectExplanation, type MethodName } from "@onnx-lrp/core";
import { nodesBetween } from "@onnx-lrp/core/internal";
import { type ModelFile, readModelFile } from "@onnx-lrp/node";
import { runtime } from "@onnx-lrp/node/internal";
import sharp from "sharp";
import { expect, test } from "vitest";
import { renderRelevanceGraph } from "../src/index.ts";
import { blockGraph } from "../src/relevance-graph/blocks.ts";
import { looks } from "../src/relevance-graph/colours.ts";
import { placeBoxes } from "../src/relevance-graph/layout.ts";

type Model = ModelFile["model"];
type Node = Model["graph"]["nodes"][number];

function shipped(name: string): Model {
  return readModelFile(fileURLToPath(new URL(`../../../models/networks/${name}.onnx`, import.meta.url)))
    .model;
}

function node(op: string, inputs: string[], output: string): Node {
  return { op, domain: "", name: `the ${op} of ${output}`, inputs, outputs: [output], attributes: new Map() };
}

/** A convolution of x to c, the nodes, and the mean over height and width of what they make, r, as scores. */
function small(nodes: readonly Node[]): Model {
  const raw = (array: Float32Array | BigInt64Array) =>
    ({ kind: "raw", bytes: new Uint8Array(array.buffer) }) as const;
  const kernel = Float32Array.from({ length: 4 * 3 * 9 }, (_, i) => Math.sin(i));
  return {
    irVersion: 8,
    opsets: { "": 17 },
    producer: "",
    producerVersion: "",
    metadata: {},
    functions: [],
    carried: [],
    graph: {
      name: "small",
      nodes: [
        node("Conv", ["x", "w"], "c"),
        ...nodes,
        node("GlobalAveragePool", ["r"], "g"),
        node("Flatten", ["g"], "y"),
      ],
      initializers: new Map([
        ["w", { name: "w", type: "float32", dims: [4, 3, 3, 3], storage: raw(kernel) }],
      ]),
      inputs: [{ name: "x", type: { type: "float32", dims: ["N", 3, 8, 8] } }],
      outputs: [{ name: "y", type: { type: "float32", dims: ["N", 4] } }],
      valueInfo: [],
      overridable: new Set(),
      carried: [],
    },
  };
}

function examine(model: Model, method?: MethodName): Promise<InspectedExplanation> {
  return inspectExplanation(model, runtime, method === undefined ? {} : { method });
}

async function blocksOf(nodes: readonly Node[]) {
  const { graph, problems } = await examine(small(nodes));
  const { blocks, edges } = blockGraph(nodesBetween(graph, problems), graph.head.logits);
  return { blocks: blocks.map(({ nodes }) => nodes.map(({ op }) => op)), edges };
}

const pooled = ["GlobalAveragePool", "Flatten"];

test("a layer and what merely passes its output on stand in one block", async () => {
  const { blocks, edges } = await blocksOf([node("Relu", ["c"], "r")]);
  expect(blocks).toEqual([["Conv", "Relu"], pooled]);
  expect(edges).toEqual([
    { from: "picture", to: 0, kind: "relevance" },
    { from: 0, to: 1, kind: "relevance" },
    { from: 1, to: "logits", kind: "relevance" },
  ]);
});

test("so does an activation that is written as a product", async () => {
  const { blocks } = await blocksOf([node("Sigmoid", ["c"], "s"), node("Mul", ["c", "s"], "r")]);
  expect(blocks).toEqual([["Conv", "Sigmoid", "Mul"], pooled]);
});

test("a gate that takes more than its signal stands beside it, and gets no relevance", async () => {
  const { blocks, edges } = await blocksOf([
    node("GlobalAveragePool", ["c"], "p"),
    node("Sigmoid", ["p"], "s"),
    node("Mul", ["c", "s"], "r"),
  ]);
  expect(blocks).toEqual([["Conv"], ["GlobalAveragePool", "Sigmoid"], ["Mul"], pooled]);
  expect(edges).toContainEqual({ from: 0, to: 1, kind: "gate" });
  expect(edges).toContainEqual({ from: 1, to: 2, kind: "gate" });
  expect(edges).toContainEqual({ from: 0, to: 2, kind: "relevance" });
});

test("relevance ends at a node that blocks the explanation, which the picture names", async () => {
  const { graph, problems } = await examine(small([node("Cos", ["c"], "r")]));
  expect(problems).toHaveLength(1);
  const { edges } = blockGraph(nodesBetween(graph, problems), graph.head.logits);
  expect(edges).toContainEqual({ from: 0, to: 1, kind: "blocked" });
  const svg = renderRelevanceGraph(graph, { problems });
  expect(svg).toContain("blocks the explanation (1)");
  expect(svg).toContain("has no rule");
});

test.each([
  ["excitation-backprop", "excitation"],
  ["gradient", "gradient"],
] as const)("layers of %s have a colour of their own", async (method, kind) => {
  const { graph } = await examine(small([node("Relu", ["c"], "r")]), method);
  expect(nodesBetween(graph, []).map((at) => at.kind)).toContain(kind);
  expect(renderRelevanceGraph(graph)).toContain(`${kind} (`);
  const others = Object.entries(looks).filter(([name]) => name !== kind);
  expect(others.map(([, { strong }]) => strong)).not.toContain(looks[kind].strong);
});

test("of the many edges to a layer that takes from all before it, those to the nearest are drawn", async () => {
  const layers = Array.from({ length: 5 }, (_, i) => [
    node("Add", [`${i === 0 ? "c" : `a${i - 1}`}`, "c"], `s${i}`),
    node("Relu", [`s${i}`], `a${i}`),
  ]).flat();
  const every = ["c", "a0", "a1", "a2", "a3", "a4"];
  const { graph, problems } = await examine(small([...layers, node("Concat", every, "r")].map(withAxis)));
  const { blocks, edges } = blockGraph(nodesBetween(graph, problems), graph.head.logits);
  const concat = blocks.findIndex(({ nodes }) => nodes[0]?.op === "Concat");
  expect(edges.filter(({ to }) => to === concat)).toEqual([
    { from: concat - 1, to: concat, kind: "relevance" },
  ]);
  expect(blocks[concat]?.more).toEqual(["the Conv of c", ...[0, 1, 2, 3].map((i) => `the Relu of a${i}`)]);
});

function withAxis(at: Node): Node {
  return at.op === "Concat" ? { ...at, attributes: new Map([["axis", { kind: "int", value: 1n }]]) } : at;
}

test.each(["vgg", "resnet", "densenet", "inception", "vit"])(
  "%s is drawn whole, no box on another",
  async (name) => {
    const { graph, problems } = await examine(shipped(name));
    const svg = renderRelevanceGraph(graph, { problems, title: `${name}.onnx`, subtitle: "sglrp" });
    const { width = 0, height = 0 } = await sharp(Buffer.from(svg)).metadata();
    expect(width / height).toBeGreaterThan(0.5);
    expect(width / height).toBeLessThan(3);
    for (const { node } of graph.nodes) expect(svg).toContain(`<title>${node.op} ${node.name}\n`);

    const nodes = nodesBetween(graph, problems);
    const { blocks, edges } = blockGraph(nodes, graph.head.logits);
    expect(blocks.flatMap((block) => block.nodes)).toHaveLength(nodes.length);
    const sizes = [...blocks, undefined, undefined].map((block) => ({
      width: 200,
      height: 40 + 20 * (block?.nodes.length ?? 0),
    }));
    const links = edges.map(({ from, to }) => ({
      from: from === "picture" ? 0 : from + 1,
      to: to === "logits" ? blocks.length + 1 : to + 1,
    }));
    const placed = placeBoxes(sizes, links, { width: 200, height: 26 });
    const boxes = placed.boxes.map(({ x, y }, i) => {
      const { width, height } = sizes[i] ?? { width: 0, height: 0 };
      return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
    });
    expect(boxes).toHaveLength(sizes.length);
    for (const [i, a] of boxes.entries()) {
      expect(a.left).toBeGreaterThanOrEqual(-0.01);
      expect(a.right).toBeLessThanOrEqual(placed.width + 0.01);
      expect(a.bottom).toBeLessThanOrEqual(placed.height + 0.01);
      for (const b of boxes.slice(i + 1)) {
        const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
        expect(apart).toBe(true);
      }
    }
    // An edge runs between the boxes that it is of, or from the sign where a column goes on.
    for (const [i, { from, to }] of links.entries()) {
      const [points, end] = [placed.links[i] ?? [], boxes[to]];
      expect(points.length).toBeGreaterThan(1);
      expect(points.at(-1)?.y).toBeGreaterThanOrEqual((end?.top ?? 0) - 0.01);
      expect(points.at(-1)?.y).toBeLessThanOrEqual((end?.bottom ?? 0) + 0.01);
      const [start, sign] = [boxes[from], placed.turns.find(({ box }) => box === from)];
      const y = points[0]?.y ?? 0;
      const atBox = start !== undefined && y >= start.top - 0.01 && y <= start.bottom + 0.01;
      expect(atBox || (sign !== undefined && Math.abs(y - sign.top.y) <= 13.01)).toBe(true);
    }
  },
);

test("a chain of a thousand layers is drawn in columns, in time", () => {
  const sizes = Array.from({ length: 1000 }, () => ({ width: 200, height: 60 }));
  const links = sizes.slice(1).map((_, i) => ({ from: i, to: i + 1 }));
  const started = performance.now();
  const { width, height, turns } = placeBoxes(sizes, links, { width: 200, height: 26 });
  expect(performance.now() - started).toBeLessThan(20_000);
  expect(turns.length).toBeGreaterThan(5);
  expect(width / height).toBeGreaterThan(0.8);
  expect(width / height).toBeLessThan(2.5);
});

test("names are never read as markup", async () => {
  const odd = { ...node("Relu", ["c"], "r"), name: 'a<b>&"\u0001' };
  const { graph } = await examine(small([odd]));
  const svg = renderRelevanceGraph(graph, { title: "<title>" });
  await expect(sharp(Buffer.from(svg)).metadata()).resolves.toMatchObject({ format: "svg" });
  expect(svg).toContain("Relu a&lt;b&gt;&amp;&quot; ");
});
