/** A trained network that ships with this package. */
export interface ShippedNetwork {
  /** File name without ".onnx". */
  readonly name: string;
  readonly title: string;
  /** The .onnx file; its metadata holds how to prepare pictures and the class names. */
  readonly file: URL;
  readonly architecture: string;
  /** What wrote the file. */
  readonly exporter: string;
  readonly opset: number;
  /** Order of the axes of the input "image". */
  readonly layout: "NCHW" | "NHWC";
  /** Share of 2000 held-out one-object scenes that it names rightly. */
  readonly accuracy: number;
  /** The model card (Markdown). */
  readonly card: URL;
}

/** The four shipped networks. Input "image" (float32, 128 x 128, RGB), output "scores" (N, 16; no softmax). */
export const shippedNetworks: readonly ShippedNetwork[] = [
  shipped({
    name: "vgg",
    title: "VGG-like",
    architecture: "13 convolutions and 3 dense layers in the manner of VGG16, no normalisation",
    exporter: "PyTorch, TorchScript exporter",
    opset: 17,
    layout: "NCHW",
    accuracy: 1,
  }),
  shipped({
    name: "resnet",
    title: "ResNet-like",
    architecture: "16 bottleneck blocks in the manner of ResNet152",
    exporter: "PyTorch, TorchScript exporter, BatchNormalization kept",
    opset: 17,
    layout: "NCHW",
    accuracy: 1,
  }),
  shipped({
    name: "densenet",
    title: "DenseNet-like",
    architecture: "26 dense layers in four blocks in the manner of DenseNet121",
    exporter: "PyTorch, TorchScript exporter, N,H,W,C input behind a Transpose as tf2onnx writes it",
    opset: 17,
    layout: "NHWC",
    accuracy: 1,
  }),
  shipped({
    name: "inception",
    title: "Inception-like",
    architecture: "factorised 1 x 7, 7 x 1 and 5 x 5 branches in the manner of InceptionV3",
    exporter: "PyTorch, dynamo exporter",
    opset: 18,
    layout: "NCHW",
    accuracy: 1,
  }),
];

function shipped(facts: Omit<ShippedNetwork, "file" | "card">): ShippedNetwork {
  return {
    ...facts,
    file: new URL(`../networks/${facts.name}.onnx`, import.meta.url),
    card: new URL(`../networks/${facts.name}.md`, import.meta.url),
  };
}
