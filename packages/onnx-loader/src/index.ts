export {
  float as floatValue,
  floatAttribute,
  int as intValue,
  intAttribute,
  ints as intsValue,
  intsAttribute,
  string as stringValue,
  stringAttribute,
} from "./attributes.ts";
export type { DataType } from "./data-type.ts";
export { type Attributes, createTape, identity, type Tape } from "./emit.ts";
export {
  type ErrorDetails,
  type ErrorKind,
  type ErrorSubject,
  type Remedy,
  type RemedyWording,
  renderError,
  renderRemedies,
  textRemedy,
  UserError,
} from "./error.ts";
export { type Limits, limit, setLimits } from "./limits.ts";
export type {
  Attribute,
  Dim,
  Graph,
  Model,
  Node,
  Tensor,
  TensorStorage,
  TensorType,
  ValueInfo,
} from "./model.ts";
export { inputOf, outputOf } from "./node.ts";
export { type Operand, type Ops, ops } from "./ops.ts";
export { foldToFixpoint } from "./passes/fold-to-fixpoint.ts";
export type { PassResult } from "./passes/pass.ts";
export { raiseOpset } from "./passes/raise-opset.ts";
export { readModel } from "./read.ts";
export type { SessionFactory } from "./runtime-session.ts";
export { inferShapes } from "./shapes.ts";
export { floatTensor, int64Tensor, tensorNumbers, tensorStrings, tensorValues } from "./tensor.ts";
export { writeModel } from "./write.ts";
