/** Nodes in any order are read in the order of their computation, in every graph of a file. */
import { graphOf, modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Attribute,
  floatTensor,
  type Graph,
  type Model,
  type Node,
  readModel,
  writeModel,
} from "../src/index.ts";
import { inlineFunctions } from "../src/internal.ts";
import { inOrder } from "../src/order.ts";
import { call, withFunctions } from "./functions.ts";
import { difference, floats, noise, run, runs } from "./shared.ts";

const names = (nodes: readonly Node[]) => nodes.flatMap(({ outputs }) => outputs);

function modelWith(nodes: readonly Node[]): Model {
  return modelOf({
    nodes,
    inputs: [value("x", [2, 3])],
    outputs: [output("y")],
    initializers: [floatTensor("w", [2, 3], noise(6)), { ...yes, name: "yes" }],
  });
}

const yes = { type: "bool", dims: [], storage: { kind: "raw", bytes: Uint8Array.of(1) } } as const;
const branch = (graph: Partial<Graph> & Pick<Graph, "nodes">, result: string): Attribute => ({
  kind: "graph",
  value: { ...graphOf({ nodes: [], inputs: [], outputs: [output(result)] }), ...graph },
});

const chain = [
  node("Add", ["x", "w"], ["a"]),
  node("Tanh", ["a"], ["b"]),
  node("Mul", ["b", "a"], ["c"]),
  node("Sub", ["c", "w"], ["y"]),
];

test("unsorted nodes are read sorted, and compute the same", async () => {
  const sorted = modelWith(chain);
  for (const nodes of [chain.toReversed(), [1, 3, 0, 2].flatMap((i) => chain[i] ?? [])]) {
    const read = readModel(writeModel({ ...sorted, graph: { ...sorted.graph, nodes } }));
    expect(names(read.graph.nodes)).toEqual(["a", "b", "c", "y"]);
    const feeds = { x: floats([2, 3]) };
    expect(difference((await run(sorted, feeds)).y, (await run(read, feeds)).y)).toBe(0);
  }
});

test("sorted nodes stay in the order of the file", () => {
  const nodes = [node("Neg", ["x"], ["b"]), node("Abs", ["x"], ["a"]), node("Add", ["b", "a"], ["y"])];
  expect(inOrder(nodes)).toBe(nodes);
});

test("any order of any graph without a cycle", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      (inputs, numbers) => {
        const nodes = inputs.map((from, i) =>
          node("Op", i === 0 ? ["x"] : from.map((one) => `v${one % i}`), [`v${i}`]),
        );
        const keys = new Map(nodes.map((one) => [one, numbers.next().value ?? 0]));
        const shuffled = nodes.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        const sorted = inOrder(shuffled);
        expect(new Set(sorted)).toEqual(new Set(nodes));
        expect(sorted).toHaveLength(nodes.length);
        const made = new Set(["x"]);
        for (const { inputs: used, outputs } of sorted) {
          for (const name of used) expect(made).toContain(name);
          for (const name of outputs) made.add(name);
        }
      },
    ),
    runs(200),
  );
});

test("twenty thousand nodes, last one first", () => {
  const nodes = Array.from({ length: 20_000 }, (_, i) => node("Neg", [`v${i}`], [`v${i + 1}`]));
  expect(names(inOrder(nodes.toReversed())).at(-1)).toBe("v20000");
});

test("what an inner graph takes from around it comes first, and inner graphs are sorted too", async () => {
  const inner = [node("Mul", ["i", "a"], ["r"]), node("Neg", ["a"], ["i"])];
  const nodes = [
    node("If", ["yes"], ["y"], {
      then_branch: branch({ nodes: inner }, "r"),
      else_branch: branch({ nodes: [node("Identity", ["a"], ["s"])] }, "s"),
    }),
    node("Add", ["x", "w"], ["a"]),
  ];
  const read = readModel(writeModel(modelWith(nodes)));
  expect(read.graph.nodes.map(({ op }) => op)).toEqual(["Add", "If"]);
  const then = read.graph.nodes[1]?.attributes.get("then_branch");
  expect(then?.kind === "graph" && names(then.value.nodes)).toEqual(["i", "r"]);
  const direct = modelWith(
    [chain[0], node("Neg", ["a"], ["i"]), node("Mul", ["i", "a"], ["y"])].flatMap((one) => one ?? []),
  );
  const feeds = { x: floats([2, 3]) };
  expect(difference((await run(direct, feeds)).y, (await run(read, feeds)).y)).toBe(0);
});

test("the body of a function", async () => {
  const body = { name: "f", inputs: ["p"], outputs: ["r"] };
  const nodes = [node("Tanh", ["p"], ["t"]), node("Mul", ["t", "p"], ["r"])];
  const model = modelWith([call("f", ["x"], ["y"])]);
  const [sorted, unsorted] = [nodes, nodes.toReversed()].map((all) => {
    const read = readModel(writeModel(withFunctions(model, [{ ...body, nodes: all }])));
    return inlineFunctions(read).model;
  });
  expect(unsorted?.graph.nodes.map(({ op }) => op)).toEqual(["Tanh", "Mul"]);
  const feeds = { x: floats([2, 3]) };
  if (sorted === undefined || unsorted === undefined) throw new Error("no models");
  expect(difference((await run(sorted, feeds)).y, (await run(unsorted, feeds)).y)).toBe(0);
});

test.each<[string, readonly Node[], string]>([
  [
    "of two nodes",
    [node("Add", ["x", "b"], ["a"]), node("Neg", ["a"], ["b"]), node("Neg", ["b"], ["y"])],
    'the Add node "Add a"',
  ],
  ["of a node", [node("Add", ["x", "a"], ["a"]), node("Neg", ["a"], ["y"])], 'the Add node "Add a"'],
  [
    "through an inner graph",
    [
      node("If", ["yes"], ["y"], {
        then_branch: branch({ nodes: [node("Neg", ["z"], ["r"])] }, "r"),
        else_branch: branch({ nodes: [node("Neg", ["x"], ["s"])] }, "s"),
      }),
      node("Neg", ["y"], ["z"]),
    ],
    'the If node "If y"',
  ],
])("a cycle %s is a sentence", (_, nodes, where) => {
  const error = userErrorOf(() => readModel(writeModel(modelWith(nodes))));
  expect(error.kind).toBe("model");
  expect(error.message).toBe(
    `The graph of the model has a cycle: ${where} depends on its own output. Export or download it again.`,
  );
});
