/** Random small networks, as fast-check can make and shrink them. */
import { floatValue as float, type Model } from "@onnx-lrp/onnx-loader";
import { type Network, network } from "@onnx-lrp/test-kit/network";
import * as fc from "fast-check";

/** What a network is built from: a step's number picks an operation, its operands and its sizes. */
export interface Recipe {
  readonly seed: number;
  readonly prefix: number;
  readonly steps: readonly Step[];
  readonly tail: number;
}

interface Step {
  readonly kind: keyof typeof kinds;
  /** Which of the values made so far it takes, counted from the last. */
  readonly from: number;
  readonly other: number;
  readonly detail: number;
}

/** A map over space. */
interface Value {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

interface Building {
  readonly g: Network;
  readonly x: Value;
  /** Any other value, perhaps x itself. */
  readonly y: Value;
  readonly detail: number;
}

const same = (x: Value, name: string): Value => ({ ...x, name });

/** The size of what a window leaves. */
const left = (size: number, kernel: number, stride: number, pads: number) =>
  Math.floor((size + pads - kernel) / stride) + 1;

function convolved({ g, x, detail }: Building): Value {
  const kernel = Math.min(x.height, x.width) >= 3 ? ([3, 1, 2][detail % 3] ?? 3) : 1;
  const pad = kernel === 3 && detail % 2 === 0 ? 1 : 0;
  const stride = x.height >= 4 && x.width >= 4 && detail % 5 === 0 ? 2 : 1;
  const group = detail % 7 === 0 ? x.channels : 1;
  const channels = group > 1 ? x.channels * (1 + (detail % 2)) : 2 + (detail % 4);
  const weight = [channels, x.channels / group, kernel, kernel];
  const attributes = { group, strides: [stride, stride], pads: [pad, 0, pad, pad] };
  return {
    name: g.conv(x.name, weight, attributes),
    channels,
    height: left(x.height, kernel, stride, 2 * pad),
    width: left(x.width, kernel, stride, pad),
  };
}

/** y brought to the shape of x. */
function fitted({ g, x, y }: Building): string {
  if (y.channels === x.channels && y.height === x.height && y.width === x.width) return y.name;
  const mean = g.add("GlobalAveragePool", [y.name]);
  return y.channels === x.channels ? mean : g.conv(mean, [x.channels, y.channels, 1, 1]);
}

function pooled({ g, x, detail }: Building, op: "MaxPool" | "AveragePool"): Value {
  if (x.height < 3 || x.width < 3) return x;
  const [kernel, stride] = [2 + (detail % 2), 1 + (detail % 3 === 0 ? 1 : 0)];
  const pad = detail % 4 === 1 ? 1 : 0;
  const name = g.add(op, [x.name], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [pad, pad, pad, 0],
  });
  const size = (extent: number, pads: number) => left(extent, kernel, stride, pads);
  return { ...x, name, height: size(x.height, 2 * pad), width: size(x.width, pad) };
}

const activations = ["Relu", "LeakyRelu", "Tanh", "Elu", "HardSwish", "Sigmoid", "Softplus"] as const;

const kinds = {
  conv: convolved,
  convNorm(b: Building): Value {
    const y = convolved(b);
    return same(y, b.g.norm(y.name, y.channels));
  },
  convNormRelu(b: Building): Value {
    const y = kinds.convNorm(b);
    return same(y, b.g.add("Relu", [y.name]));
  },
  relu: ({ g, x }: Building) => same(x, g.add("Relu", [x.name])),
  activation: ({ g, x, detail }: Building) =>
    same(x, g.add(activations[detail % activations.length] ?? "Relu", [x.name])),
  norm: ({ g, x }: Building) => same(x, g.norm(x.name, x.channels)),
  maxPool: (b: Building) => pooled(b, "MaxPool"),
  averagePool: (b: Building) => pooled(b, "AveragePool"),
  add: (b: Building) => same(b.x, b.g.add("Add", [b.x.name, fitted(b)])),
  sum: (b: Building) => same(b.x, b.g.add("Sum", [fitted(b), b.x.name, b.x.name])),
  mean: (b: Building) => same(b.x, b.g.add("Mean", [b.x.name, fitted(b)])),
  difference(b: Building): Value {
    // Less than the whole, or a value less itself would leave nothing but rounding.
    const less = b.g.add("Mul", [fitted(b), b.g.floats([0.6])]);
    return same(b.x, b.g.add("Sub", b.detail % 2 === 0 ? [b.x.name, less] : [less, b.x.name]));
  },
  extreme: (b: Building) =>
    same(
      b.x,
      b.g.add(b.detail % 2 === 0 ? "Min" : "Max", [b.x.name, b.g.add("Mul", [fitted(b), b.g.floats([0.9])])]),
    ),
  chosen({ g, x, detail }: Building): Value {
    const above = g.add("Greater", [x.name, g.floats([detail % 2 === 0 ? 0.2 : -0.1])]);
    return same(x, g.add("Where", [above, x.name, g.add("Mul", [x.name, g.floats([0.4])])]));
  },
  instanceNorm: ({ g, x }: Building): Value =>
    x.height * x.width < 4
      ? x
      : same(
          x,
          g.add("InstanceNormalization", [
            x.name,
            g.weights([x.channels], 0.5, 1.5),
            g.weights([x.channels], -0.3, 0.3),
          ]),
        ),
  resized({ g, x, detail }: Building): Value {
    if (x.height > 6 || x.width > 6) return x;
    const mode = detail % 2 === 0 ? "linear" : "nearest";
    return {
      ...x,
      name: g.add("Resize", [x.name, "", g.floats([1, 1, 2, 1.5])], { mode }),
      height: 2 * x.height,
      width: Math.floor(1.5 * x.width),
    };
  },
  highest({ g, x, detail }: Building): Value {
    const axis = 2 + (detail % 2);
    const name = g.add(detail % 3 === 0 ? "ReduceMin" : "ReduceMax", [x.name], { axes: [axis] });
    return axis === 2 ? { ...x, name, height: 1 } : { ...x, name, width: 1 };
  },
  reflected({ g, x }: Building): Value {
    if (x.height < 2 || x.width < 2) return x;
    const name = g.add("Pad", [x.name, g.ints([0, 0, 1, 0, 0, 0, 0, 1])], { mode: "reflect" });
    return { ...x, name, height: x.height + 1, width: x.width + 1 };
  },
  concat(b: Building): Value {
    const { g, x, y } = b;
    if (y.height !== x.height || y.width !== x.width || x.channels + y.channels > 9) return x;
    return { ...x, name: g.add("Concat", [x.name, y.name], { axis: 1 }), channels: x.channels + y.channels };
  },
  slice({ g, x, detail }: Building): Value {
    if (x.channels < 3) return x;
    const backwards = detail % 2 === 1;
    const bounds = backwards ? [[-1], [0], [1], [-2]] : [[1], [x.channels], [1], [1]];
    const name = g.add("Slice", [x.name, ...bounds.map((list) => g.ints(list))]);
    return { ...x, name, channels: backwards ? Math.ceil((x.channels - 1) / 2) : x.channels - 1 };
  },
  gather: ({ g, x, detail }: Building): Value => ({
    ...x,
    name: g.add("Gather", [x.name, g.ints([detail % x.channels, -1, 0])], { axis: 1 }),
    channels: 3,
  }),
  pad: ({ g, x }: Building): Value => ({
    ...x,
    name: g.add("Pad", [x.name, g.ints([0, 0, 1, 0, 0, 0, 0, 1])]),
    height: x.height + 1,
    width: x.width + 1,
  }),
  /** There and back again, with a linear layer over the last axis between. */
  transposed({ g, x }: Building): Value {
    const last = g.add("Transpose", [x.name], { perm: [0, 2, 3, 1] });
    const mixed = g.add("MatMul", [last, g.weights([x.channels, 3])]);
    return { ...x, name: g.add("Transpose", [mixed], { perm: [0, 3, 1, 2] }), channels: 3 };
  },
  arithmetic({ g, x, detail }: Building): Value {
    const op = ["Add", "Sub", "Mul", "Div"][detail % 4] ?? "Add";
    return same(x, g.add(op, [x.name, g.weights([x.channels, 1, 1], 0.4, 1.6)]));
  },
  gate(b: Building): Value {
    const mean = b.g.add("GlobalAveragePool", [b.y.name]);
    const inner = b.g.conv(mean, [b.x.channels, b.y.channels, 1, 1]);
    const gate = b.detail % 2 === 0 ? b.g.add("Sigmoid", [inner]) : b.g.add("HardSigmoid", [inner]);
    return same(b.x, b.g.add("Mul", b.detail % 3 === 0 ? [gate, b.x.name] : [b.x.name, gate]));
  },
  silu: ({ g, x }: Building) => same(x, g.add("Mul", [x.name, g.add("Sigmoid", [x.name])])),
  clip: ({ g, x }: Building) => same(x, g.add("Clip", [x.name, g.floats([-0.5], []), g.floats([0.8], [])])),
  convTranspose({ g, x }: Building): Value {
    if (x.height > 4 || x.width > 4) return x;
    const attributes = { strides: [2, 1], pads: [0, 1, 0, 1] };
    const name = g.add("ConvTranspose", [x.name, g.weights([x.channels, 3, 2, 3])], attributes);
    return { ...x, name, channels: 3, height: 2 * x.height };
  },
} as const satisfies Record<string, (b: Building) => Value>;

const prefixes: readonly ((g: Network) => string)[] = [
  (g) => g.image,
  (g) => g.add("Div", [g.add("Sub", [g.image, g.weights([3, 1, 1])]), g.weights([3, 1, 1], 0.5, 1.5)]),
  (g) => g.add("Mul", [g.image, g.floats([-1], [])]),
];

export function build({ seed, prefix, steps, tail }: Recipe): Model {
  const g = network({ input: ["N", 3, 5, 6], seed });
  const start = prefixes[prefix % prefixes.length]?.(g) ?? g.image;
  const values: Value[] = [{ name: start, channels: 3, height: 5, width: 6 }];
  const pick = (back: number) =>
    values.at(-1 - (back % values.length)) ?? { name: "", channels: 0, height: 0, width: 0 };
  for (const { kind, from, other, detail } of steps) {
    // Mostly the value made last, so that few branches end nowhere.
    const x = pick(from % 4 === 0 ? from : 0);
    values.push(kinds[kind]({ g, x, y: pick(other), detail }));
  }
  return g.model(classified(g, pick(0), tail));
}

function classified(g: Network, x: Value, tail: number): string {
  const flat = g.flatten(tail % 2 === 0 ? g.add("GlobalAveragePool", [x.name]) : x.name);
  const width = tail % 2 === 0 ? x.channels : x.channels * x.height * x.width;
  if (tail % 3 === 0) return g.dense(flat, width, 4);
  const hidden = g.add("Relu", [g.dense(flat, width, 6)]);
  const logits = g.add("Gemm", [hidden, g.weights([4, 6]), g.weights([4])], { transB: 1, alpha: float(0.8) });
  return tail % 3 === 1 ? logits : g.add("Softmax", [logits]);
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])),
  from: fc.nat(11),
  other: fc.nat(11),
  detail: fc.nat(839),
});

export const recipe: fc.Arbitrary<Recipe> = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  prefix: fc.nat(2),
  steps: fc.array(step, { minLength: 2, maxLength: 9 }),
  tail: fc.nat(5),
});
