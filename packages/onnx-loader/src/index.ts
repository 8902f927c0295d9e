export {
  describeNode,
  float,
  floatAttribute,
  int,
  intAttribute,
  ints,
  intsAttribute,
  string,
  stringAttribute,
  subgraphs,
  tensorAttribute,
} from "./attributes.ts";
export { byteSize, type DataType, isFloat } from "./data-type.ts";
export { type Attributes, createTape, type Tape, valueNames } from "./emit.ts";
export { type ErrorKind, UserError } from "./error.ts";
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
export { dropFakeQuantization } from "./passes/drop-fake-quantization.ts";
export { exactSigmoid } from "./passes/exact-sigmoid.ts";
export { foldBatchNormalization } from "./passes/fold-batch-normalization.ts";
export { foldConstants } from "./passes/fold-constants.ts";
export { freezeInitializers } from "./passes/freeze-initializers.ts";
export { nameBatch } from "./passes/name-batch.ts";
export type { PassResult } from "./passes/pass.ts";
export { newestOpset, oldestOpset, raiseOpset } from "./passes/raise-opset.ts";
export { widenHalfFloats } from "./passes/widen-half-floats.ts";
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
export { consumers, producers } from "./topology.ts";
export { type WeightPlace, writeModel } from "./write.ts";
