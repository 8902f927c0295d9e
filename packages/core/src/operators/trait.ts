/**
 * What can be said of an operation as a function, whatever its attributes. The operator table says what a node is to
 * relevance; traits are what is asked about the nodes around it: whether a factor is a gate or a statistic, whether a value is
 * still the picture, whether an activation is a rectifier.
 *
 * - `elementwise`: each output element depends on the elements in its place alone, with broadcasting
 * - `changesNothing`: the output is the input (Dropout as it is at inference)
 * - `reshapes`: the elements and their order stay, the shape changes
 * - `permutes`: holds each element of its input once, in other places
 * - `picks`: each output element is one of the first input, or a constant that pads; the other inputs are places and sizes
 * - `repeats`: as `picks`, and each element of the input is there at least once
 * - `resamples`: means of neighbouring elements of the first input, with weights that only depend on sizes
 * - `joins`: the elements of all inputs
 * - `arithmetic`: sums, differences, products and quotients; with constants an affine function of its one signal, but for a
 *   constant over a signal (`affineSignal`)
 * - `affineWithConstants`: an affine function of its one signal, but for a constant over a signal; `arithmetic` is
 * - `linear`: a linear function of all its inputs taken together
 * - `clipsWithConstants`: with constants the identity between two bounds, and constant beyond
 * - `homogeneous`: f(u) = f'(u) u wherever it has a derivative, other inputs being constants: no implicit bias
 * - `rectifier`: an activation whose slope is that of a line from some point on, and that lets negative values through
 *   damped, bounded, or not at all: Relu and its leaky, smooth and clipped variants
 * - `boundedGate`: an activation between 0 and 1, with which signals are gated
 * - `reduction`: one number for many elements, over whole axes
 * - `neighbourhood`: one number for the elements around each place
 * - `smallest`: picks a smallest element, and not a largest
 * - `chooses`: by a condition, which element of which input the output has
 * - `channelsFirst`: takes and makes N x C x ..., whatever it takes it from
 * - `changesAxes`: axes of the output are not those of the input
 */
export type Trait =
  | "elementwise"
  | "changesNothing"
  | "reshapes"
  | "permutes"
  | "picks"
  | "repeats"
  | "resamples"
  | "joins"
  | "arithmetic"
  | "affineWithConstants"
  | "linear"
  | "clipsWithConstants"
  | "homogeneous"
  | "rectifier"
  | "boundedGate"
  | "reduction"
  | "neighbourhood"
  | "smallest"
  | "chooses"
  | "channelsFirst"
  | "changesAxes";
