/** Nodes of random shapes and attributes, as they stood before their operator changed, against what they are raised to. */
import { modelOf, node, output, value } from "@onnx-lrp/test-kit/model";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Attribute,
  type Attributes,
  floatValue as float,
  floatTensor,
  intValue as int,
  intsValue as ints,
  raiseOpset,
  stringValue as string,
  type Tensor,
} from "../src/index.ts";
import { difference, floats, run, runs } from "./shared.ts";

interface Drawn {
  readonly op: string;
  readonly opset: number;
  readonly dims: readonly number[];
  readonly attributes: Attributes;
  readonly outputs?: readonly string[];
  readonly scales?: readonly number[];
}

const size = fc.integer({ min: 1, max: 6 });
const shape = fc.array(size, { minLength: 1, maxLength: 4 });
/** An axis of a shape; from opset 11 on it may be counted from the end. */
const axisOf = (rank: number, opset: number) => fc.integer({ min: opset >= 11 ? -rank : 0, max: rank - 1 });
const axesOf = (rank: number, opset: number) =>
  fc
    .uniqueArray(fc.integer({ min: 0, max: rank - 1 }), { minLength: 1, maxLength: rank })
    .chain((axes) =>
      fc
        .array(fc.boolean(), { minLength: rank, maxLength: rank })
        .map((ends) => axes.map((axis) => (opset >= 11 && ends[axis] ? axis - rank : axis))),
    );
const opset = (low: number, high: number) => fc.integer({ min: low, max: high });
const numbers = (value: readonly number[]): Attribute => ({ kind: "floats", value });

const softmax = fc.tuple(fc.constantFrom("Softmax", "LogSoftmax", "Hardmax"), shape, opset(7, 12)).chain(
  ([op, dims, version]): fc.Arbitrary<Drawn> =>
    axisOf(dims.length, version).map((axis) => ({
      op,
      opset: version,
      dims,
      attributes: { axis: int(axis) },
    })),
);

const slice = fc.tuple(shape, opset(7, 9)).chain(
  ([dims, version]): fc.Arbitrary<Drawn> =>
    axesOf(dims.length, version).chain((axes) =>
      fc
        .tuple(
          ...axes.map((axis) =>
            fc.tuple(fc.nat((dims[axis] ?? 1) - 1), fc.integer({ min: 1, max: 9 }), fc.boolean()),
          ),
        )
        .map((bounds) => {
          const starts = bounds.map(([start, , fromEnd], i) =>
            fromEnd ? start - (dims[axes[i] ?? 0] ?? 0) : start,
          );
          const ends = bounds.map(([start, length]) => (length === 9 ? 2n ** 31n - 1n : start + length));
          return {
            op: "Slice",
            opset: version,
            dims,
            attributes: { axes: ints(axes), starts: ints(starts), ends: ints(ends) },
          };
        }),
    ),
);

const pad = fc.tuple(fc.array(size, { minLength: 2, maxLength: 4 }), opset(7, 10)).chain(
  ([dims, version]): fc.Arbitrary<Drawn> =>
    fc
      .tuple(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2 * dims.length, maxLength: 2 * dims.length }),
        fc.constantFrom("constant", "edge"),
        fc.float({ min: -2, max: 2, noNaN: true }),
      )
      .map(([pads, mode, filling]) => ({
        op: "Pad",
        opset: version,
        dims,
        attributes: { pads: ints(pads), mode: string(mode), value: float(filling) },
      })),
);

const reduce = fc
  .tuple(
    fc.constantFrom("ReduceSum", "ReduceMean", "ReduceMax", "ReduceL2", "ReduceLogSumExp"),
    shape,
    opset(7, 12),
    fc.boolean(),
  )
  .chain(
    ([op, dims, version, keep]): fc.Arbitrary<Drawn> =>
      axesOf(dims.length, version).map((axes) => ({
        op,
        opset: version,
        dims,
        attributes: { axes: ints(axes), keepdims: int(keep ? 1 : 0) },
      })),
  );

const unsqueeze = fc.tuple(shape, opset(7, 12), fc.integer({ min: 1, max: 2 })).chain(
  ([dims, version, more]): fc.Arbitrary<Drawn> =>
    fc
      .uniqueArray(fc.integer({ min: 0, max: dims.length + more - 1 }), {
        minLength: more,
        maxLength: more,
      })
      .map((axes) => ({ op: "Unsqueeze", opset: version, dims, attributes: { axes: ints(axes) } })),
);

const squeeze = fc.tuple(shape, opset(7, 12), fc.boolean()).map(([sizes, version, named]): Drawn => {
  const dims = [...sizes, 1, 2];
  const axes = dims.flatMap((one, axis) => (one === 1 ? [axis] : []));
  return { op: "Squeeze", opset: version, dims, attributes: named ? { axes: ints(axes) } : {} };
});

const split = fc
  .tuple(fc.array(size, { minLength: 2, maxLength: 3 }), size, opset(7, 12), fc.boolean())
  .map(([parts, other, version, last]): Drawn => {
    const whole = parts.reduce((a, b) => a + b, 0);
    return {
      op: "Split",
      opset: version,
      dims: last ? [other, whole] : [whole, other],
      attributes: { axis: int(last ? 1 : 0), split: ints(parts) },
      outputs: parts.map((_, i) => `y${i}`),
    };
  });

const clip = fc
  .tuple(
    shape,
    opset(7, 10),
    fc.option(fc.float({ min: -1, max: 0, noNaN: true })),
    fc.option(fc.float({ min: 0, max: 1, noNaN: true })),
  )
  .map(
    ([dims, version, low, high]): Drawn => ({
      op: "Clip",
      opset: version,
      dims,
      attributes: {
        ...(low === null ? {} : { min: float(low) }),
        ...(high === null ? {} : { max: float(high) }),
      },
    }),
  );

const topK = fc.tuple(fc.array(size, { minLength: 1, maxLength: 3 }), opset(7, 9)).chain(
  ([dims, version]): fc.Arbitrary<Drawn> =>
    fc.integer({ min: 0, max: dims.length - 1 }).chain((axis) =>
      fc.integer({ min: 1, max: dims[axis] ?? 1 }).map((k) => ({
        op: "TopK",
        opset: version,
        dims,
        attributes: { axis: int(axis), k: int(k) },
        outputs: ["y", "at"],
      })),
    ),
);

/** Fractions, since with a factor of almost 1 it is chance which of two pixels is taken. */
const factor = (low: number, high: number) =>
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 7 }))
    .map(([up, down]) => Math.fround(Math.min(Math.max(low, up / down), high)));

const resize = fc
  .tuple(size, size, size, opset(7, 10), fc.constantFrom("nearest", "linear"), fc.boolean())
  .chain(([channels, height, width, version, mode, grows]): fc.Arbitrary<Drawn> => {
    const [low, high] = grows || version < 10 ? [1, 9] : [0.4, 1];
    return fc.tuple(factor(low, high), factor(low, high)).map(([tall, wide]) => {
      const dims = [1, channels, height + 2, width + 2];
      const scales = [1, 1, tall, wide];
      const attributes: Attributes = { mode: string(mode) };
      return version < 9
        ? { op: "Upsample", opset: version, dims, attributes: { ...attributes, scales: numbers(scales) } }
        : { op: version === 9 ? "Upsample" : "Resize", opset: version, dims, attributes, scales };
    });
  });

test.each(Object.entries({ clip, pad, reduce, resize, slice, softmax, split, squeeze, topK, unsqueeze }))(
  "%s of random shapes and attributes",
  async (_, drawn) => {
    await fc.assert(
      fc.asyncProperty(drawn, async ({ op, opset: version, dims, attributes, outputs = ["y"], scales }) => {
        const initializers: Tensor[] =
          scales === undefined ? [] : [floatTensor("scales", [scales.length], scales)];
        const model = modelOf({
          opset: version,
          nodes: [node(op, ["x", ...initializers.map(({ name }) => name)], outputs, attributes)],
          inputs: [value("x", dims)],
          outputs: outputs.map(output),
          initializers,
        });
        const feeds = { x: floats(dims) };
        const before = await run(model, feeds);
        const after = await run(raiseOpset(model).model, feeds);
        for (const name of outputs) expect(difference(before[name], after[name])).toBeLessThan(1e-5);
      }),
      runs(40),
    );
  },
);
