import type { Node } from "@onnx-lrp/onnx-loader";
import { floatOf, input, intOf, type Operation, wordOf } from "./operation.ts";
import {
  broadcastDims,
  broadcastTo,
  combine,
  type Dense,
  forEachIndex,
  map,
  pick,
  placeOf,
  stridesOf,
  zeros,
} from "./tensor.ts";

function turned(node: Node, attribute: string, matrix: Dense): Dense {
  if (intOf(node, attribute, 0) === 0) return matrix;
  const [rows = 0, columns = 0] = matrix.dims;
  return pick(matrix, [columns, rows], ([i = 0, j = 0]) => [j, i]);
}

const reshaped = (x: Dense, dims: readonly number[]): Dense => ({ dims, data: x.data });

/** A vector is a matrix with one row (on the left) or one column, which the result does not have. */
export const MatMul: Operation = (node, inputs) => {
  const [left, right] = [input(inputs, 0), input(inputs, 1)];
  if (left.dims.length === 1) {
    const result = MatMul(node, [reshaped(left, [1, ...left.dims]), right]);
    return reshaped(
      result,
      result.dims.filter((_, axis) => axis !== result.dims.length - 2),
    );
  }
  if (right.dims.length === 1) {
    const result = MatMul(node, [left, reshaped(right, [...right.dims, 1])]);
    return reshaped(result, result.dims.slice(0, -1));
  }
  return product(left, right);
};

function product(a: Dense, b: Dense): Dense {
  const batch = broadcastDims(a.dims.slice(0, -2), b.dims.slice(0, -2));
  const left = broadcastTo(a, [...batch, ...a.dims.slice(-2)]);
  const right = broadcastTo(b, [...batch, ...b.dims.slice(-2)]);
  const inner = a.dims.at(-1) ?? 0;
  const result = zeros([...batch, a.dims.at(-2) ?? 0, b.dims.at(-1) ?? 0]);
  const [ls, rs] = [stridesOf(left.dims), stridesOf(right.dims)];
  forEachIndex(result.dims, (index, at) => {
    const [outer, i = 0, j = 0] = [index.slice(0, -2), index.at(-2), index.at(-1)];
    let sum = 0;
    for (let k = 0; k < inner; k += 1)
      sum +=
        (left.data[placeOf(ls, [...outer, i, k])] ?? 0) * (right.data[placeOf(rs, [...outer, k, j])] ?? 0);
    result.data[at] = sum;
  });
  return result;
}

/** Of two values, each letter one axis; an ellipsis stands for the axes "0", "1", ... from the left. */
export const Einsum: Operation = (node, inputs) => {
  const parts = [input(inputs, 0), input(inputs, 1)];
  const [left = "", right = ""] = wordOf(node, "equation", "").replaceAll(" ", "").split("->");
  const widest = Math.max(
    ...left.split(",").map((term, i) => (parts[i]?.dims.length ?? 0) - term.replace("...", "").length),
  );
  const dots = "0123456789".slice(0, widest);
  const terms = left.split(",").map((term) => term.replace("...", dots));
  const output = [...right.replace("...", dots)];
  const sizes = new Map(
    terms.flatMap((term, i) => [...term].map((letter, axis) => [letter, parts[i]?.dims[axis] ?? 1])),
  );
  const summed = [...sizes.keys()].filter((letter) => !output.includes(letter));
  const all = [...output, ...summed];
  const result = zeros(output.map((letter) => sizes.get(letter) ?? 1));
  const strides = parts.map(({ dims }) => stridesOf(dims));
  const places = stridesOf(result.dims);
  forEachIndex(
    all.map((letter) => sizes.get(letter) ?? 1),
    (index) => {
      const at = placeOf(places, index.slice(0, output.length));
      const factors = parts.map(({ data }, i) => {
        const place = [...(terms[i] ?? "")].map((letter) => index[all.indexOf(letter)] ?? 0);
        return data[placeOf(strides[i] ?? [], place)] ?? 0;
      });
      result.data[at] = (result.data[at] ?? 0) + factors.reduce((x, y) => x * y, 1);
    },
  );
  return result;
};

export const Gemm: Operation = (node, inputs) => {
  const a = turned(node, "transA", input(inputs, 0));
  const b = turned(node, "transB", input(inputs, 1));
  const alpha = floatOf(node, "alpha", 1);
  const beta = floatOf(node, "beta", 1);
  const product = map(MatMul(node, [a, b]), (value) => alpha * value);
  const [, , c] = inputs;
  return c === undefined ? product : combine(product, c, (value, bias) => value + beta * bias);
};
