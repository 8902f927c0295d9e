/** One edit of a model's fields. */
import fc from "fast-check";
import { integer, name } from "../../hostile-values.ts";
import { attributeNames, computed, ops, types } from "./tables.ts";

const nat = fc.nat(1000);
const numbers = fc.array(integer, { maxLength: 5 });

export const edit = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant("dims" as const), at: nat, dims: numbers }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant("fields" as const), at: nat, dims: numbers, count: fc.nat(4) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant("type" as const), at: nat, type: fc.constantFrom(...types) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{
        what: fc.constant("external" as const),
        at: nat,
        location: name,
        offset: integer,
        length: integer,
      },
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("values" as const),
      at: nat,
      value: fc.constantFrom("NaN", "Infinity", "0", "1e38"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant("op" as const),
      at: nat,
      op: fc.oneof(fc.constantFrom(...ops), name),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("domain" as const),
      at: nat,
      domain: fc.oneof(name, fc.constant("com.microsoft")),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      ...{
        what: fc.constant("attribute" as const),
        at: nat,
        name: fc.oneof(fc.constantFrom(...attributeNames), name),
      },
      ...{ kind: fc.constantFrom("int", "ints", "float", "string", "tensor", "graph"), numbers, text: name },
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant("wire" as const), at: nat, slot: fc.nat(3), from: nat }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("node" as const),
      at: nat,
      how: fc.constantFrom("drop", "twice", "last"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("drop" as const), at: nat }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("rename" as const), at: nat, name }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant("input" as const),
      dims: numbers,
      symbol: name,
      type: fc.constantFrom(...types),
      how: fc.constantFrom("dims", "type", "symbol"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("opset" as const),
      domain: fc.oneof(name, fc.constant("")),
      version: integer,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("metadata" as const),
      key: fc.oneof(fc.constantFrom("onnx-lrp.preprocess", "onnx-lrp.labels", "names", "imgsz"), name),
      value: fc.oneof(name, fc.json({ maxDepth: 3 })),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant("constant" as const),
      op: fc.constantFrom(...computed),
      a: numbers,
      b: numbers,
      at: nat,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("nest" as const),
      at: nat,
      depth: fc.constantFrom(1, 2, 10, 60, 70, 500),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("functions" as const),
      at: nat,
      length: fc.constantFrom(1, 3, 20, 70, 1000),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("output" as const),
      name: fc.oneof(name, fc.constant("")),
      at: nat,
    }),
  },
);

export type Edit =
  | { readonly what: "seed"; readonly index: number; readonly method: number; readonly use: number }
  | (typeof edit extends fc.Arbitrary<infer T> ? T : never);
