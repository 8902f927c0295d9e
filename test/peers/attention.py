"""Vision transformers by LXT (Achtibat et al. 2024), for test/peers/src/attention.ts: torchvision's, with random weights.

    python attention.py FOLDER --lxt SRC [--zennit SRC]

LXT's example for torchvision: CP-LRP within attention, and zennit's Gamma at modules, where gamma is 100 at the convolution and
0.05 at linear layers. torch computes the projections of attention by a function, not by modules, so that they stay at the
gradient there, which is epsilon without a stabilizer. Writes FOLDER/NAME.onnx and NAME.npy (the input) in float32,
FOLDER/NAME.CALL.npy in float64, and attention.json.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

import networks  # noqa: F401  torchvision beside a CPU build of torch
from torchvision.models import vision_transformer

SMALL = {"image_size": 64, "patch_size": 16, "num_layers": 3, "num_heads": 2, "hidden_dim": 32, "mlp_dim": 64, "num_classes": 10}
MADE = {
    "small": (lambda: vision_transformer.VisionTransformer(**SMALL), 64),
    "vit_b_16": (lambda: vision_transformer.vit_b_16(), 224),
}
TARGET = 3


def lively(model: nn.Module) -> nn.Module:
    """Initial weights leave the head at zero and biases nearly so."""
    generator = torch.Generator().manual_seed(5)
    for name, weights in model.named_parameters():
        noise = torch.randn(weights.shape, generator=generator)
        if name.startswith("heads"):
            weights.data = noise / weights.shape[-1] ** 0.5
        elif weights.dim() == 1:
            weights.data += 0.1 * noise
    return model.eval().requires_grad_(False)


def picture(size: int) -> Tensor:
    generator = torch.Generator().manual_seed(7)
    coarse = torch.randn(1, 3, 8, 8, generator=generator)
    return nn.functional.interpolate(coarse, size=(size, size), mode="bicubic")


def relevance(model: nn.Module, x: Tensor, gamma: tuple[float, float] | None) -> Tensor:
    from zennit.composites import LayerMapComposite
    from zennit.rules import Gamma

    x = x.clone().requires_grad_()
    if gamma is None:
        model(x)[0, TARGET].backward()
        return x * x.grad
    layers = [(nn.Conv2d, Gamma(gamma[0])), (nn.Linear, Gamma(gamma[1]))]
    with LayerMapComposite(layers).context(model) as modified:
        modified(x)[0, TARGET].backward()
    return x * x.grad


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lxt", required=True)
    parser.add_argument("--zennit")
    arguments = parser.parse_args()
    sys.path[:0] = [source for source in (arguments.lxt, arguments.zennit) if source is not None]

    # A kernel of its own, which neither the exporter nor a gradient knows.
    torch.backends.mha.set_fastpath_enabled(False)
    made = {}
    for name, (make, size) in MADE.items():
        torch.manual_seed(1)
        model, x = lively(make()), picture(size)
        names = {"input_names": ["input"], "output_names": ["logits"]}
        path = str(arguments.folder / f"{name}.onnx")
        torch.onnx.export(model, (x,), path, opset_version=17, dynamo=False, **names)
        np.save(arguments.folder / f"{name}.npy", x.numpy())
        made[name] = (model.double(), x.double())

    from lxt.efficient import monkey_patch, monkey_patch_zennit
    from lxt.efficient.models.vit_torch import cp_LRP

    monkey_patch(vision_transformer, cp_LRP)
    monkey_patch_zennit()
    for name, (model, x) in made.items():
        for call, gamma in (("cp-lrp", None), ("gamma", (100, 0.05))):
            np.save(arguments.folder / f"{name}.{call}.npy", relevance(model, x, gamma).detach().numpy())
    (arguments.folder / "attention.json").write_text(json.dumps(list(MADE)))


if __name__ == "__main__":
    main()
