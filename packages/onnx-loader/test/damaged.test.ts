import { graphOf, modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  createTape,
  intValue as int,
  readModel,
  tensorNumbers,
  UserError,
  writeModel,
} from "../src/index.ts";
import { runs, testModels } from "./shared.ts";
import { bytesField, intField, join } from "./wire.ts";

/** Reads the bytes; anything but a model or a sentence for the user is thrown on. */
function outcome(bytes: Uint8Array): "model" | "error" {
  try {
    const model = readModel(bytes, "net.onnx");
    // What was read can be written, and its raw values can be asked for.
    writeModel(model);
    for (const tensor of model.graph.initializers.values()) {
      if (tensor.storage.kind !== "raw") continue;
      try {
        tensorNumbers(tensor);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }
    return "model";
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.kind).toBe("model");
    expect(error.message).not.toMatch(/\n|undefined|\[object/);
    return "error";
  }
}

function sample(): Uint8Array {
  const tape = createTape([], "made");
  const inner = graphOf({ nodes: [node("Identity", ["x"], ["z"])], inputs: [], outputs: [output("z")] });
  return new Uint8Array(
    writeModel(
      modelOf({
        nodes: [
          node("Conv", ["x", tape.floats([1, -1, 2, 0.5], [1, 1, 2, 2])], ["c"], { group: int(1) }),
          node("If", ["c"], ["d"], { then_branch: { kind: "graph", value: inner } }),
          node("Reshape", ["d", tape.ints([0, -1])], ["y"]),
        ],
        inputs: [value("x", ["N", 1, 8, 8])],
        outputs: [value("y", ["N", 49])],
        initializers: [...tape.initializers.values()],
      }),
    ),
  );
}

test("a file cut off anywhere gives a sentence", () => {
  const bytes = sample();
  expect(outcome(bytes)).toBe("model");
  const outcomes = Array.from(bytes, (_, length) => outcome(bytes.slice(0, length)));
  // Only a cut after the graph leaves something that can be read: what follows is the list of opsets.
  const whole = outcomes.indexOf("model");
  expect(whole).toBeGreaterThan(bytes.length - 10);
});

testModels("cut off, gives a sentence", (bytes) => {
  const step = Math.max(1, Math.floor(bytes.length / 200));
  let cuts = 0;
  for (let length = 0; length < bytes.length - 1000; length += step) {
    expect(outcome(bytes.subarray(0, length))).toBe("error");
    cuts += 1;
  }
  expect(cuts).toBeGreaterThan(100);
});

test("flipped bytes give a model or a sentence", () => {
  const bytes = sample();
  const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(flips, (list) => {
      const damaged = bytes.slice();
      for (const [at, mask] of list) damaged[at] = (damaged[at] ?? 0) ^ mask;
      outcome(damaged);
    }),
    runs(3000),
  );
});

test("every single bit flipped gives a model or a sentence", () => {
  const bytes = sample();
  const outcomes = new Set<string>();
  for (let at = 0; at < bytes.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
      outcomes.add(outcome(damaged));
    }
  }
  expect(outcomes).toEqual(new Set(["model", "error"]));
});

test("random bytes are no model", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      outcome(bytes);
    }),
    runs(2000),
  );
});

test("a part inserted or removed gives a model or a sentence", () => {
  const bytes = sample();
  fc.assert(
    fc.property(fc.nat(bytes.length), fc.nat(40), fc.uint8Array({ maxLength: 40 }), (at, length, extra) => {
      outcome(join([bytes.slice(0, at), extra, bytes.slice(at + length)]));
    }),
    runs(2000),
  );
});

const aGraph = (...parts: readonly Uint8Array[]) =>
  join([intField(1, 8), bytesField(7, join([...parts, bytesField(12, bytesField(1, "y"))]))]);

test.each([
  [
    "a graph inside a graph, 20000 deep",
    () => {
      let inner: Uint8Array = new Uint8Array();
      for (let depth = 0; depth < 20_000; depth += 1) {
        // Field 6 of an attribute is a graph, in field 5 of a node, in field 1 of a graph.
        inner = bytesField(1, bytesField(5, join([bytesField(6, inner), intField(20, 5)])));
        if (inner.length > 60_000) break;
      }
      return aGraph(inner);
    },
  ],
  [
    "an element type that no one knows",
    () => aGraph(bytesField(5, join([intField(2, 999), bytesField(8, "w")]))),
  ],
  [
    "a negative dimension",
    () => aGraph(bytesField(5, join([intField(1, -2), intField(2, 1), bytesField(8, "w")]))),
  ],
  ["no graph at all", () => intField(1, 8)],
  ["an empty graph", () => join([intField(1, 8), bytesField(7, new Uint8Array())])],
  ["a length beyond the end", () => Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 1, 2)],
  ["a varint without an end", () => new Uint8Array(40).fill(0xff)],
])("%s gives a sentence", (_, bytes) => {
  expect(outcome(bytes())).toBe("error");
});

test("dimensions whose product is beyond all memory are told when the file is read", () => {
  const bytes = aGraph(
    bytesField(
      5,
      join([
        intField(1, 2n ** 40n),
        intField(1, 2n ** 40n),
        intField(2, 1),
        bytesField(8, "w"),
        bytesField(9, new Uint8Array(8)),
      ]),
    ),
  );
  expect(userErrorOf(() => readModel(bytes)).message).toContain('"w"');
});
