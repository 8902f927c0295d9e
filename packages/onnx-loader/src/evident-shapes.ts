/**
 * Shapes that need no inference: of operations on one element at a time. onnxruntime's time for a session grows with the square
 * of its outputs, so that in large graphs the fewer values are asked of it the better.
 */
import type { Dim, Node, TensorType } from "./model.ts";

/** Operations whose first output has the type and shape of their first input. */
const unary = new Set(
  `Abs Acos Acosh Asin Asinh Atan Atanh BatchNormalization Ceil Celu Clip Cos Cosh CumSum Dropout Elu Erf Exp Floor Gelu Hardmax
  HardSigmoid HardSwish Identity InstanceNormalization LRN LeakyRelu Log LogSoftmax LpNormalization Mish
  Neg Not PRelu Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Tan Tanh ThresholdedRelu`.split(
    /\s+/,
  ),
);

/** Operations whose output has the type of their inputs, which are broadcast to its shape. */
const broadcast = new Set(["Add", "Div", "Max", "Mean", "Min", "Mul", "Sub", "Sum"]);

/** From this version of ONNX's operators on, shapes are broadcast as in NumPy. */
const firstOfNumpy = 8;

/** All of them. */
export const evidentOperations: readonly string[] = [...unary, ...broadcast];

/** Whether `evidentType` may tell the type of the node's first output. */
export function isEvident({ op, domain }: Node, opset: number): boolean {
  return domain === "" && (unary.has(op) || (broadcast.has(op) && opset >= firstOfNumpy));
}

/**
 * The type of an evident node's first output.
 *
 * @returns undefined where that of an input is not known
 */
export function evidentType(
  { op, inputs }: Node,
  types: ReadonlyMap<string, TensorType>,
): TensorType | undefined {
  const [first, ...others] = inputs.map((name) => types.get(name));
  if (first === undefined || unary.has(op)) return first;
  let dims = first.dims;
  for (const other of others) {
    if (dims === undefined || other?.dims === undefined) return undefined;
    dims = broadcastDims(dims, other.dims);
  }
  return dims === undefined ? undefined : { type: first.type, dims };
}

function broadcastDims(a: readonly Dim[], b: readonly Dim[]): Dim[] | undefined {
  const rank = Math.max(a.length, b.length);
  const dims: Dim[] = [];
  for (let axis = 0; axis < rank; axis += 1) {
    const one = a[axis - rank + a.length] ?? (axis < rank - a.length ? 1 : undefined);
    const other = b[axis - rank + b.length] ?? (axis < rank - b.length ? 1 : undefined);
    if (typeof one !== "number" || typeof other !== "number") return undefined;
    if (one !== other && one !== 1 && other !== 1) return undefined;
    dims.push(one === 1 ? other : one);
  }
  return dims;
}
