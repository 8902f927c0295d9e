import { floatOf, input, intOf, type Operation } from "./operation.ts";
import { axisOf, type Dense, elements, forEachIndex, placeOf, stridesOf, zeros } from "./tensor.ts";

/** Normalizes runs of elements: to mean 0 (if it is taken off) and variance 1. */
function standardized(x: Dense, run: number, epsilon: number, centred = true): Dense {
  const result = zeros(x.dims);
  for (let start = 0; start < x.data.length; start += run) {
    const part = x.data.subarray(start, start + run);
    const mean = centred ? part.reduce((a, b) => a + b, 0) / run : 0;
    const variance = part.reduce((a, b) => a + (b - mean) ** 2, 0) / run;
    for (const [i, value] of part.entries())
      result.data[start + i] = (value - mean) / Math.sqrt(variance + epsilon);
  }
  return result;
}

/** y * scale + shift, both one number a channel. */
function perChannel(y: Dense, scale: Dense, shift: Dense): Dense {
  const [, stride = 1] = stridesOf(y.dims);
  const channels = y.dims[1] ?? 1;
  const data = y.data.map((value, at) => {
    const channel = Math.floor(at / stride) % channels;
    return value * (scale.data[channel] ?? 0) + (shift.data[channel] ?? 0);
  });
  return { dims: y.dims, data };
}

export const BatchNormalization: Operation = (node, inputs) => {
  const [x, gamma, beta, mean, variance] = [0, 1, 2, 3, 4].map((index) => input(inputs, index));
  if (!x || !gamma || !beta || !mean || !variance) throw new Error("BatchNormalization lacks an input");
  const epsilon = floatOf(node, "epsilon", 1e-5);
  const scale = gamma.data.map((g, i) => g / Math.sqrt((variance.data[i] ?? 0) + epsilon));
  const shift = beta.data.map((b, i) => b - (mean.data[i] ?? 0) * (scale[i] ?? 0));
  return perChannel(x, { dims: gamma.dims, data: scale }, { dims: beta.dims, data: shift });
};

export const InstanceNormalization: Operation = (node, inputs) => {
  const x = input(inputs, 0);
  const y = standardized(x, elements(x.dims.slice(2)), floatOf(node, "epsilon", 1e-5));
  return perChannel(y, input(inputs, 1), input(inputs, 2));
};

/** @param centred whether the mean is taken off */
const overLastAxes =
  (centred: boolean): Operation =>
  (node, inputs) => {
    const x = input(inputs, 0);
    const run = elements(x.dims.slice(axisOf(intOf(node, "axis", -1), x.dims.length)));
    const y = standardized(x, run, floatOf(node, "epsilon", 1e-5), centred);
    const [, scale, shift] = inputs;
    return {
      dims: x.dims,
      data: y.data.map((v, at) => v * (scale?.data[at % run] ?? 1) + (shift?.data[at % run] ?? 0)),
    };
  };

export const LayerNormalization = overLastAxes(true);
export const RMSNormalization = overLastAxes(false);

export const GroupNormalization: Operation = (node, inputs) => {
  const x = input(inputs, 0);
  const groups = intOf(node, "num_groups", 1);
  const y = standardized(x, elements(x.dims.slice(1)) / groups, floatOf(node, "epsilon", 1e-5));
  const channels = x.dims[1] ?? 1;
  const widened = ({ data }: Dense): Dense => ({
    dims: [channels],
    data: Float64Array.from(
      { length: channels },
      (_, c) => data[Math.floor((c * data.length) / channels)] ?? 0,
    ),
  });
  return perChannel(y, widened(input(inputs, 1)), widened(input(inputs, 2)));
};

export const LpNormalization: Operation = (node, inputs) => {
  const x = input(inputs, 0);
  const p = intOf(node, "p", 2);
  const axis = axisOf(intOf(node, "axis", -1), x.dims.length);
  const stride = stridesOf(x.dims)[axis] ?? 1;
  const size = x.dims[axis] ?? 1;
  return {
    dims: x.dims,
    data: x.data.map((value, at) => {
      const first = at - (Math.floor(at / stride) % size) * stride;
      const all = Array.from({ length: size }, (_, i) => Math.abs(x.data[first + i * stride] ?? 0) ** p);
      return value / all.reduce((a, b) => a + b, 0) ** (1 / p);
    }),
  };
};

export const LRN: Operation = (node, inputs) => {
  const x = input(inputs, 0);
  const [alpha, beta, bias] = [
    floatOf(node, "alpha", 1e-4),
    floatOf(node, "beta", 0.75),
    floatOf(node, "bias", 1),
  ];
  const size = intOf(node, "size", 1);
  const result = zeros(x.dims);
  const strides = stridesOf(x.dims);
  forEachIndex(x.dims, (index, at) => {
    const channel = index[1] ?? 0;
    let squares = 0;
    for (let c = channel - Math.floor((size - 1) / 2); c <= channel + Math.ceil((size - 1) / 2); c += 1) {
      if (c < 0 || c >= (x.dims[1] ?? 0)) continue;
      squares += (x.data[placeOf(strides, [index[0] ?? 0, c, ...index.slice(2)])] ?? 0) ** 2;
    }
    result.data[at] = (x.data[at] ?? 0) / (bias + (alpha / size) * squares) ** beta;
  });
  return result;
};

const softmax =
  (logarithm: boolean): Operation =>
  (node, inputs) => {
    const x = input(inputs, 0);
    const axis = axisOf(intOf(node, "axis", -1), x.dims.length);
    const stride = stridesOf(x.dims)[axis] ?? 1;
    const size = x.dims[axis] ?? 1;
    const result = zeros(x.dims);
    for (let at = 0; at < x.data.length; at += 1) {
      const first = at - (Math.floor(at / stride) % size) * stride;
      const all = Array.from({ length: size }, (_, i) => x.data[first + i * stride] ?? 0);
      const highest = Math.max(...all);
      const sum = all.reduce((total, z) => total + Math.exp(z - highest), 0);
      const log = (x.data[at] ?? 0) - highest - Math.log(sum);
      result.data[at] = logarithm ? log : Math.exp(log);
    }
    return result;
  };

export const Softmax = softmax(false);
export const LogSoftmax = softmax(true);
