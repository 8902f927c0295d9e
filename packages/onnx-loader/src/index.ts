export {
  describeNode,
  float,
  floatAttribute,
  int,
  intAttribute,
  ints,
  intsAttribute,
  nodeSubject,
  string,
  stringAttribute,
  subgraphs,
  tensorAttribute,
} from "./attributes.ts";
export {
  type ConstantReader,
  constantReader,
  constantTensor,
  constantTensors,
  largestConstant,
} from "./constants.ts";
export { byteSize, type DataType, dataTypeCode, isFloat } from "./data-type.ts";
export { type Attributes, createTape, type Tape, valueNames } from "./emit.ts";
export {
  anyOf,
  capitalize,
  type ErrorDetails,
  type ErrorKind,
  type ErrorSubject,
  libraryWording,
  type OptionValue,
  obtainAgain,
  type Remedy,
  type RemedyWording,
  renderError,
  renderRemedies,
  textRemedy,
  UserError,
} from "./error.ts";
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
export { dequantize } from "./passes/dequantize/index.ts";
export { exactSigmoid } from "./passes/exact-sigmoid.ts";
export { foldAffine } from "./passes/fold-affine.ts";
export { foldConstants } from "./passes/fold-constants.ts";
export { foldIf } from "./passes/fold-if.ts";
export { freeBatch } from "./passes/free-batch.ts";
export { freezeInitializers } from "./passes/freeze-initializers.ts";
export { inlineFunctions } from "./passes/inline-functions.ts";
export { nameBatch } from "./passes/name-batch.ts";
export type { PassResult } from "./passes/pass.ts";
export { newestOpset, oldestOpset, raiseOpset } from "./passes/raise-opset.ts";
export { renameNode } from "./passes/rename.ts";
export { settle } from "./passes/settle.ts";
export { type InputShape, shapeInput } from "./passes/shape-input.ts";
export { splitFused } from "./passes/split-fused.ts";
export { toFloat32 } from "./passes/to-float32.ts";
export { readModel } from "./read.ts";
export { runtimeMessage } from "./runtime-message.ts";
export {
  inferShapes,
  type SessionFactory,
  type ShapeRequest,
  type Shapes,
  type Size,
  type ValueShape,
} from "./shapes.ts";
export { type ByteSource, type SparseModel, withoutPayloads } from "./sparse.ts";
export {
  type ExternalData,
  elementCount,
  floatTensor,
  int64Tensor,
  type TypedValues,
  tensorNumbers,
  tensorValues,
} from "./tensor.ts";
export { allTensors, mapTensors } from "./tensors.ts";
export { consumers, dependentValues, producers, shapeQueries, usedValues } from "./topology.ts";
export { withoutUnused } from "./unused.ts";
export { type WeightPlace, writeModel } from "./write.ts";
