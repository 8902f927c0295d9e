/** What can be asked of outputs that are no plain classes: transcripts with exit codes. */
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { floatTensor, int64Tensor, type Model } from "@onnx-lrp/onnx-loader";
import { expect, test } from "vitest";
import { writeArray } from "./arrays.ts";
import { node, save, tiny, value } from "./networks.ts";
import { enterFolder, picture, run, transcript, words } from "./shared.ts";

/** The tiny network with more nodes at its end; r is [N,4,8,8], y is [N,5]. */
function withTail(outputs: Model["graph"]["outputs"], ...nodes: readonly ReturnType<typeof node>[]): Model {
  const { graph, ...model } = tiny({ outputs: [value("y", ["N", 5])] });
  const constants = [int64Tensor("one", [1], [1]), floatTensor("half", [1], [0.5])];
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [...graph.nodes, ...nodes],
      initializers: new Map([
        ...graph.initializers,
        ...constants.map((tensor) => [tensor.name, tensor] as const),
      ]),
      outputs,
    },
  };
}

const networks: Readonly<Record<string, () => Model>> = {
  "seg.onnx": () => withTail([value("r", ["N", 4, 8, 8])]),
  "mask.onnx": () => withTail([value("p", ["N", 4, 8, 8])], node("Sigmoid", ["r"], ["p"])),
  "labels.onnx": () => withTail([value("p", ["N", 5])], node("Sigmoid", ["y"], ["p"])),
  "one.onnx": () =>
    withTail([value("p", ["N", 1])], node("ReduceSum", ["y", "one"], ["z"]), node("Sigmoid", ["z"], ["p"])),
  "number.onnx": () => withTail([value("age", ["N", 1])], node("ReduceSum", ["y", "one"], ["age"])),
  "embed.onnx": () =>
    withTail([value("e", ["N", 5])], node("LpNormalization", ["y"], ["e"], { axis: 1, p: 2 })),
  "heads.onnx": () =>
    withTail(
      [value("p", ["N", 5]), value("r", ["N", 4, 8, 8]), value("age", ["N", 1])],
      node("Softmax", ["y"], ["p"]),
      node("ReduceSum", ["y", "one"], ["age"]),
    ),
};

function enter(): void {
  enterFolder();
  for (const [name, make] of Object.entries(networks)) save(name, make());
  copyFileSync(picture("dotted-disc"), "disc.png");
  copyFileSync(picture("striped-star"), "star.png");
}

test.each([
  'seg.onnx disc.png --target 2@3,4 --target 2@cell:3,4 --target "1@all"',
  "seg.onnx disc.png",
  "seg.onnx disc.png --target 1@star.png",
  "seg.onnx disc.png --target 1@3,4 --against 2 --method gradient",
  "seg.onnx disc.png --target index:1,2,3 --method lrp",
  "mask.onnx disc.png --target 1@all",
  "labels.onnx disc.png --target 2",
  "one.onnx disc.png",
  "one.onnx disc.png --target no --method sglrp",
  "number.onnx disc.png",
  "embed.onnx disc.png --towards star.png",
  "embed.onnx disc.png --towards e.npy --likeness dot",
  "heads.onnx disc.png",
  "heads.onnx disc.png --output r --target 0@1,1",
  "heads.onnx disc.png --output c --target 0@1,1",
  "heads.onnx disc.png --output age --head score",
])("onnx-lrp explain %s", async (line) => {
  enter();
  writeArray("e.npy", [1, 5], Float32Array.of(1, 0, 2, 0, -1));
  const result = await run(...words(`explain ${line} --preprocess unit --labels none`));
  expect(result.code).toBe(0);
  expect(transcript(line, result)).toMatchSnapshot();
});

test.each([
  ["seg.onnx disc.png --target 2@8,0", 2],
  ["seg.onnx disc.png --target 2@cell:0,0,0", 2],
  ["seg.onnx disc.png --target 2@here", 2],
  ["seg.onnx disc.png --target 2@missing.png", 1],
  ["seg.onnx disc.png --target 9@all", 2],
  ["seg.onnx disc.png --target index:4,0,0", 2],
  ["labels.onnx disc.png --target 1@2,2", 2],
  ["labels.onnx disc.png --method sglrp", 4],
  ["one.onnx disc.png --head softmax", 2],
  ["one.onnx disc.png --target 7", 2],
  ["one.onnx disc.png --target cat", 2],
  ["number.onnx disc.png --method sglrp", 4],
  ["embed.onnx disc.png --towards star.png --method sglrp", 2],
  ["embed.onnx disc.png --towards star.png --target 1", 2],
  ["embed.onnx disc.png --towards e.npy", 2],
  ["heads.onnx disc.png --output nothing", 2],
] as const)("onnx-lrp explain %s: exit code %i", async (line, code) => {
  enter();
  writeArray("e.npy", [1, 3], Float32Array.of(1, 0, 2));
  const result = await run(...words(`explain ${line} --preprocess unit --labels none`));
  expect(transcript(line, result)).toMatchSnapshot();
  expect(result.code).toBe(code);
});

test("the JSON of a place says where it is, and which classes are found", async () => {
  enter();
  const { out } = await run(
    ...words("explain seg.onnx disc.png --target 2@3,4 --preprocess unit --labels none --json --npy"),
  );
  const [{ explanations, top }] = JSON.parse(out).inputs;
  expect(explanations[0]).toMatchObject({ target: 2, where: "@3,4", places: 1 });
  expect(existsSync(explanations[0].npy) && readFileSync(explanations[0].png).length > 0).toBe(true);
  expect(top.reduce((sum: number, { places }: { places: number }) => sum + places, 0)).toBe(64);
});

test.each(["seg.onnx", "labels.onnx", "one.onnx", "heads.onnx"])("onnx-lrp inspect %s", async (name) => {
  enter();
  const result = await run("inspect", name, "--no-nodes");
  expect(result.code).toBe(0);
  expect(transcript(`inspect ${name}`, result)).toMatchSnapshot();
});
