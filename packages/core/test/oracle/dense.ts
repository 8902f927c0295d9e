import type { Node } from "@onnx-lrp/onnx-loader";
import { floatOf, input, intOf, type Operation } from "./operation.ts";
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

export const MatMul: Operation = (_, inputs) => {
  const [a, b] = [input(inputs, 0), input(inputs, 1)];
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
