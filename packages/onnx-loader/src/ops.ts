/** A tape by functions: `op.mul(op.sub(a, b), c)` in place of `tape.emit("Mul", [tape.emit("Sub", [a, b]), c])`. */
import { int } from "./attributes.ts";
import type { Tape } from "./emit.ts";

/** A value's name, or a number, which becomes a float32 constant of no dimensions. */
export type Operand = string | number;

type Unary = (x: Operand) => string;
type Binary = (a: Operand, b: Operand) => string;

/** Each appends one node, whose output it returns; operations that are not here are emitted by name. */
export interface Ops {
  readonly abs: Unary;
  readonly erf: Unary;
  readonly exp: Unary;
  readonly floor: Unary;
  readonly log: Unary;
  readonly neg: Unary;
  readonly not: Unary;
  readonly reciprocal: Unary;
  readonly relu: Unary;
  readonly sigmoid: Unary;
  /** -1, 0 or 1; between them nearer to zero than 1e-30. */
  readonly sign: Unary;
  /** log(1 + exp(x)) */
  readonly softplus: Unary;
  readonly sqrt: Unary;
  readonly tanh: Unary;
  readonly add: Binary;
  readonly and: Binary;
  readonly div: Binary;
  readonly equal: Binary;
  readonly greater: Binary;
  readonly less: Binary;
  readonly max: Binary;
  readonly min: Binary;
  readonly mul: Binary;
  readonly pow: Binary;
  readonly sub: Binary;
  where(condition: string, yes: Operand, no: Operand): string;
  /** The axes stay, with a size of 1. */
  sum(x: string, axes: readonly number[]): string;
  softmax(x: string, axis: number): string;
  /** @param dims as Reshape takes them: 0 keeps a size, -1 is what is left */
  reshape(x: string, dims: readonly number[]): string;
}

/** Operations as functions that write nodes onto a tape: `op.add(a, b)` gives the name of the sum. */
export function ops(tape: Tape): Ops {
  const name = (x: Operand) => (typeof x === "number" ? tape.scalar(x) : x);
  const unary =
    (op: string): Unary =>
    (x) =>
      tape.emit(op, [name(x)]);
  const binary =
    (op: string): Binary =>
    (a, b) =>
      tape.emit(op, [name(a), name(b)]);
  const op: Ops = {
    abs: unary("Abs"),
    erf: unary("Erf"),
    exp: unary("Exp"),
    floor: unary("Floor"),
    log: unary("Log"),
    neg: unary("Neg"),
    not: unary("Not"),
    reciprocal: unary("Reciprocal"),
    relu: unary("Relu"),
    sigmoid: unary("Sigmoid"),
    // Not every execution provider has Sign and Softplus.
    sign: (x) => op.div(x, op.max(op.abs(x), 1e-30)),
    softplus: (x) => op.add(op.relu(x), op.log(op.add(op.exp(op.neg(op.abs(x))), 1))),
    sqrt: unary("Sqrt"),
    tanh: unary("Tanh"),
    add: binary("Add"),
    and: binary("And"),
    div: binary("Div"),
    equal: binary("Equal"),
    greater: binary("Greater"),
    less: binary("Less"),
    max: binary("Max"),
    min: binary("Min"),
    mul: binary("Mul"),
    pow: binary("Pow"),
    sub: binary("Sub"),
    where: (condition, yes, no) => tape.emit("Where", [condition, name(yes), name(no)]),
    sum: (x, axes) => tape.emit("ReduceSum", [x, tape.ints(axes)], { keepdims: int(1) }),
    softmax: (x, axis) => tape.emit("Softmax", [x], { axis: int(axis) }),
    reshape: (x, dims) => tape.emit("Reshape", [x, tape.ints(dims)]),
  };
  return op;
}
