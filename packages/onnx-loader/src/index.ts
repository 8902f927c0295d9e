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
export { checkAttributes } from "./check-attributes.ts";
export { checkValueSizes } from "./check-sizes.ts";
export {
  type ConstantReader,
  constantReader,
  constantTensor,
  constantTensors,
  largestConstant,
} from "./constants.ts";
export { byteSize, type DataType, dataTypeCode, isFloat } from "./data-type.ts";
export { type Attributes, createTape, identity, type Tape, valueNames } from "./emit.ts";
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
export { beyondLimit, type LimitName, type Limits, limit, setLimits } from "./limits.ts";
export { lookUp } from "./look-up.ts";
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
export { inputOf, nodeLabel, outputOf } from "./node.ts";
export { type Operand, type Ops, ops } from "./ops.ts";
export { decomposeFusedOps } from "./passes/decompose-fused-ops.ts";
export { dequantize } from "./passes/dequantize/index.ts";
export { exactSigmoid } from "./passes/exact-sigmoid.ts";
export { foldAffine } from "./passes/fold-affine.ts";
export { foldConstants } from "./passes/fold-constants.ts";
export { foldDenseBias } from "./passes/fold-dense-bias.ts";
export { foldIf } from "./passes/fold-if.ts";
export { foldToFixpoint } from "./passes/fold-to-fixpoint.ts";
export { freezeInitializers } from "./passes/freeze-initializers.ts";
export { guardDivision } from "./passes/guard-division.ts";
export { inlineFunctions } from "./passes/inline-functions.ts";
export { makeBatchDynamic } from "./passes/make-batch-dynamic.ts";
export { nameBatchDimension } from "./passes/name-batch-dimension.ts";
export type { PassResult } from "./passes/pass.ts";
export { newestOpset, oldestOpset, raiseOpset } from "./passes/raise-opset.ts";
export { renameNode } from "./passes/rename.ts";
export { type InputShape, setInputShape } from "./passes/set-input-shape.ts";
export { toFloat32 } from "./passes/to-float32.ts";
export { readModel } from "./read.ts";
export { removeUnused } from "./remove-unused.ts";
export { runtimeMessage } from "./runtime-message.ts";
export { createSession, type Failure, runSession, type SessionFactory } from "./runtime-session.ts";
export {
  inferShapes,
  type ShapeRequest,
  type Shapes,
  type Size,
  type ValueShape,
} from "./shapes.ts";
export { type ByteSource, type ModelSkeleton, readWithoutWeights } from "./skeleton.ts";
export {
  type ExternalData,
  elementCount,
  floatTensor,
  int64Tensor,
  type TypedValues,
  tensorNumbers,
  tensorStrings,
  tensorValues,
} from "./tensor.ts";
export { allTensors, mapTensors } from "./tensors.ts";
export { consumers, dependentValues, producers, shapeQueries, usedValues } from "./topology.ts";
export { type WeightPlace, writeModel } from "./write.ts";
