/** What only the sibling packages need of this package. It changes without notice; programs use the package itself. */
export { describeNode, nodeSubject, subgraphs, tensorAttribute } from "./attributes.ts";
export { checkAttributes } from "./check-attributes.ts";
export { checkOutputNames } from "./check-output-names.ts";
export { checkValueSizes } from "./check-sizes.ts";
export {
  type ConstantReader,
  constantReader,
  constantTensor,
  constantTensors,
  largestConstant,
} from "./constants.ts";
export { byteSize, dataTypeCode, isFloat } from "./data-type.ts";
export { valueNames } from "./emit.ts";
export { anyOf, capitalize, libraryWording, type OptionValue, obtainAgain } from "./error.ts";
export {
  atLocation,
  checkExternalRange,
  type ExternalTensor,
  isExternal,
  isReadAtOnce,
  keepsTensor,
} from "./external-data.ts";
export { beyondLimit, type LimitName } from "./limits.ts";
export { lookUp } from "./look-up.ts";
export { isOp, nodeLabel, operationName } from "./node.ts";
export { affineMatrices } from "./passes/affine-matrices.ts";
export { decomposeFusedOps } from "./passes/decompose-fused-ops.ts";
export { dequantize } from "./passes/dequantize/index.ts";
export { exactSigmoid } from "./passes/exact-sigmoid.ts";
export { explicitPads } from "./passes/explicit-pads.ts";
export { foldAffine } from "./passes/fold-affine.ts";
export { foldConstants } from "./passes/fold-constants.ts";
export { foldDenseBias } from "./passes/fold-dense-bias.ts";
export { foldIf } from "./passes/fold-if.ts";
export { freezeInitializers } from "./passes/freeze-initializers.ts";
export { guardDivision } from "./passes/guard-division.ts";
export { inlineFunctions } from "./passes/inline-functions.ts";
export { joinLayerNormalization } from "./passes/join-layer-normalization.ts";
export { lowerOpset } from "./passes/lower-opset.ts";
export { makeBatchDynamic } from "./passes/make-batch-dynamic.ts";
export { nameBatchDimension } from "./passes/name-batch-dimension.ts";
export { newestOpset, oldestOpset } from "./passes/raise-opset.ts";
export { renameNode } from "./passes/rename.ts";
export { type InputShape, setInputShape } from "./passes/set-input-shape.ts";
export { splitShapedOps } from "./passes/split-shaped-ops.ts";
export { toFloat32 } from "./passes/to-float32.ts";
export { removeUnused } from "./remove-unused.ts";
export { runtimeMessage } from "./runtime-message.ts";
export { createSession, type Failure, runSession } from "./runtime-session.ts";
export type { ShapeRequest, Shapes, Size, ValueShape } from "./shapes.ts";
export { type ByteSource, type ModelSkeleton, readWithoutWeights } from "./skeleton.ts";
export { type ExternalData, elementCount, type TypedValues } from "./tensor.ts";
export { allTensors, mapTensors } from "./tensors.ts";
export { consumers, dependentValues, producers, shapeQueries, usedValues } from "./topology.ts";
export type { WeightPlace } from "./write.ts";
