interface Shipped {
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
  /** The model card (Markdown). */
  readonly card: URL;
}

/** Says which of the 16 classes a scene shows. Input "image", output "scores" (N, 16; no softmax). */
export interface ShippedClassifier extends Shipped {
  readonly task: "classify";
  /** Share of 2000 held-out one-object scenes that it names rightly. */
  readonly accuracy: number;
}

/** A trained network that ships with this package. */
export type ShippedNetwork = ShippedClassifier;

/** The four shipped classifiers. Input "image" (float32, 128 x 128, RGB), output "scores" (N, 16; no softmax). */
export const shippedClassifiers: readonly ShippedClassifier[] = [
  classifier({
    name: "vgg",
    title: "VGG-like",
    architecture: "13 convolutions and 3 dense layers in the manner of VGG16, no normalisation",
    exporter: "PyTorch, TorchScript exporter",
    opset: 17,
    layout: "NCHW",
    accuracy: 1,
  }),
  classifier({
    name: "resnet",
    title: "ResNet-like",
    architecture: "16 bottleneck blocks in the manner of ResNet152",
    exporter: "PyTorch, TorchScript exporter, BatchNormalization kept",
    opset: 17,
    layout: "NCHW",
    accuracy: 1,
  }),
  classifier({
    name: "densenet",
    title: "DenseNet-like",
    architecture: "26 dense layers in four blocks in the manner of DenseNet121",
    exporter: "PyTorch, TorchScript exporter, N,H,W,C input behind a Transpose as tf2onnx writes it",
    opset: 17,
    layout: "NHWC",
    accuracy: 1,
  }),
  classifier({
    name: "inception",
    title: "Inception-like",
    architecture: "factorised 1 x 7, 7 x 1 and 5 x 5 branches in the manner of InceptionV3",
    exporter: "PyTorch, dynamo exporter",
    opset: 18,
    layout: "NCHW",
    accuracy: 1,
  }),
];

export const shippedNetworks: readonly ShippedNetwork[] = shippedClassifiers;

function classifier(facts: Omit<ShippedClassifier, "file" | "card" | "task">): ShippedClassifier {
  return { task: "classify", ...facts, ...filesOf(facts.name) };
}

function filesOf(name: string): Pick<Shipped, "file" | "card"> {
  return {
    file: new URL(`../networks/${name}.onnx`, import.meta.url),
    card: new URL(`../networks/${name}.md`, import.meta.url),
  };
}
