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

/**
 * Says where which object is. Input "image", output "output0" (N, 4 + 16, 256) as YOLOv8 and YOLO11 export it: for each
 * cell of a grid the centre, width and height of a box in pixels of the input, then the sigmoid score of each class.
 */
export interface ShippedDetector extends Shipped {
  readonly task: "detect";
  /** Mean average precision at an overlap of 0.5 on 3000 held-out scenes with one to three objects. */
  readonly ap50: number;
}

/** Says of each pixel what it shows. Input "image", output "logits" (N, 1 + 16, 128, 128); class 0 is the background. */
export interface ShippedSegmenter extends Shipped {
  readonly task: "segment";
  /** Mean intersection over union of the 17 classes on 3000 held-out scenes with one to three objects. */
  readonly meanIou: number;
}

/** A trained network that ships with this package. */
export type ShippedNetwork = ShippedClassifier | ShippedDetector | ShippedSegmenter;

/** The five shipped classifiers. Input "image" (float32, 128 x 128, RGB), output "scores" (N, 16; no softmax). */
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
  classifier({
    name: "vit",
    title: "ViT-like",
    architecture:
      "4 blocks of attention over 64 patches and a class token in the manner of ViT, behind convolutions",
    exporter: "PyTorch, dynamo exporter",
    opset: 20,
    layout: "NCHW",
    accuracy: 1,
  }),
];

export const shippedDetector: ShippedDetector = {
  name: "detector",
  task: "detect",
  title: "Detector",
  architecture: "anchor-free, one stage; boxes and scores in the layout of YOLOv8 and YOLO11 exports",
  exporter: "PyTorch, TorchScript exporter",
  opset: 17,
  layout: "NCHW",
  ap50: 0.9984,
  ...filesOf("detector"),
};

export const shippedSegmenter: ShippedSegmenter = {
  name: "segmenter",
  task: "segment",
  title: "Segmenter",
  architecture: "four levels of 3 x 3 convolutions with skip connections in the manner of U-Net",
  exporter: "PyTorch, TorchScript exporter",
  opset: 17,
  layout: "NCHW",
  meanIou: 0.9118,
  ...filesOf("segmenter"),
};

export const shippedNetworks: readonly ShippedNetwork[] = [
  ...shippedClassifiers,
  shippedDetector,
  shippedSegmenter,
];

function classifier(facts: Omit<ShippedClassifier, "file" | "card" | "task">): ShippedClassifier {
  return { task: "classify", ...facts, ...filesOf(facts.name) };
}

function filesOf(name: string): Pick<Shipped, "file" | "card"> {
  return {
    file: new URL(`../networks/${name}.onnx`, import.meta.url),
    card: new URL(`../networks/${name}.md`, import.meta.url),
  };
}
