/** How to get a well-known network as an .onnx file with what onnx-lrp wants to know inside. */
export interface Recipe {
  readonly name: string;
  readonly title: string;
  /** Height and width of the input. */
  readonly size: number;
  /** About how large the file is, in MB. */
  readonly megabytes: number;
  /** Run in a Python environment with torch, torchvision and onnx. */
  readonly command: string;
}

/** The script that the commands run; it lies in this package. */
export const recipeScript: URL = new URL("../recipes/export_torchvision.py", import.meta.url);

function recipe(name: string, title: string, size: number, megabytes: number): Recipe {
  return { name, title, size, megabytes, command: `python export_torchvision.py ${name} --out ${name}.onnx` };
}

/** The networks of the SGLRP paper, with ImageNet weights. Any other classifier of torchvision goes by its name too. */
export const recipes: readonly Recipe[] = [
  recipe("vgg16", "VGG16", 224, 553),
  recipe("resnet152", "ResNet152", 224, 241),
  recipe("densenet121", "DenseNet121", 224, 33),
  recipe("inception_v3", "InceptionV3", 299, 95),
];
