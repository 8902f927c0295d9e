"""Exports a torchvision classifier to ONNX, with what onnx-lrp wants to know written into the file.

    pip install torch torchvision onnx
    python export_torchvision.py vgg16 --out vgg16.onnx          ImageNet weights, downloaded by torchvision
    python export_torchvision.py vgg16 --out vgg16.onnx --random random weights, for measuring speed

Any classifier of torchvision goes: vgg16, resnet152, densenet121, inception_v3, mobilenet_v2, ...
"""

import argparse
import json

import onnx
import torch

from tolerant_torchvision import torchvision

PREPROCESS = {
    "name": "imagenet",
    "fit": "crop",
    "scale": 1 / 255,
    "mean": [0.485, 0.456, 0.406],
    "std": [0.229, 0.224, 0.225],
    "order": "rgb",
}


def build(name, random):
    weights = None if random else torchvision.models.get_model_weights(name).DEFAULT
    extra = {"init_weights": True} if random and name in ("inception_v3", "googlenet") else {}
    torch.manual_seed(0)
    model = torchvision.models.get_model(name, weights=weights, **extra).eval()
    if hasattr(model, "aux_logits"):
        model.aux_logits = False
        model.AuxLogits = None
    return model, weights


def preprocess_of(weights, size):
    if weights is None:
        return {**PREPROCESS, "cropRatio": size / (256 if size == 224 else round(size / 0.875))}
    preset = weights.transforms()
    return {
        **PREPROCESS,
        "cropRatio": preset.crop_size[0] / preset.resize_size[0],
        "mean": list(preset.mean),
        "std": list(preset.std),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--out", required=True)
    parser.add_argument("--random", action="store_true", help="random weights instead of ImageNet's")
    parser.add_argument("--size", type=int, help="height and width (default: 299 for Inception, else 224)")
    parser.add_argument("--opset", type=int, default=17)
    options = parser.parse_args()
    size = options.size or (299 if options.name == "inception_v3" else 224)
    model, weights = build(options.name, options.random)
    torch.onnx.export(
        model,
        torch.randn(1, 3, size, size),
        options.out,
        dynamo=False,
        opset_version=options.opset,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
    )
    exported = onnx.load(options.out)
    notes = {"onnx-lrp.preprocess": json.dumps(preprocess_of(weights, size))}
    if weights is not None:
        notes["onnx-lrp.labels"] = json.dumps(weights.meta["categories"])
    onnx.helper.set_model_props(exported, notes)
    onnx.save(exported, options.out)
    print(f"{options.out}: {options.name}, 3 x {size} x {size}, opset {options.opset}")


if __name__ == "__main__":
    main()
