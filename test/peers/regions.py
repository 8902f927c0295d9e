"""A region of a segmenter by torch and zennit, for test/peers/src/regions.ts: a U-Net and fcn_resnet50 with random weights.

    python regions.py FOLDER [--zennit SRC]

Writes FOLDER/NAME.onnx, NAME.npy (the input) and NAME.weights.npy (1 where the region is, in the class's layer) in float32,
FOLDER/NAME.MAP.npy in float64, and regions.json.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

import networks

sys.path.insert(0, str(Path(__file__).parents[2] / "models" / "recipes"))
from any_outputs import UNet, segmenter  # noqa: E402

MADE = {"unet": (lambda: UNet(4), 4), "fcn_resnet50": (lambda: segmenter("fcn_resnet50"), 21)}
SIZE = 64


def build(name: str) -> tuple[nn.Module, Tensor, Tensor]:
    """In float32, as exported; the region is a disc."""
    torch.manual_seed(3)
    make, classes = MADE[name]
    model = networks.enliven(make().eval())
    x = networks.picture().float()
    y_at, x_at = np.mgrid[0:SIZE, 0:SIZE]
    weights = torch.zeros(1, classes, SIZE, SIZE)
    weights[0, 2] = torch.from_numpy(((y_at - 30) ** 2 + (x_at - 25) ** 2 < 15**2).astype(np.float32))
    return model, x, weights


def maps(name: str, model: nn.Module, x: Tensor, weights: Tensor):
    own = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad((model(own) * weights).sum(), own)
    yield "gradient", gradient
    if name != "unet":
        return
    from zennit import attribution, composites, rules, types
    from zennit.canonizers import SequentialMergeBatchNorm

    canonizers = [SequentialMergeBatchNorm()]
    epsilon = [(types.Activation, rules.Pass()), (types.Linear, rules.Epsilon(epsilon=1e-6))]
    for map_, composite in (
        ("epsilon", composites.LayerMapComposite(epsilon, canonizers=canonizers)),
        ("epsilon-plus", composites.EpsilonPlus(canonizers=canonizers)),
    ):
        yield map_, attribution.Gradient(model, composite, lambda out: weights * out)(x.clone())[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--zennit")
    arguments = parser.parse_args()
    if arguments.zennit is not None:
        sys.path.insert(0, arguments.zennit)
    for name in MADE:
        model, x, weights = build(name)
        names = {"input_names": ["input"], "output_names": ["logits"]}
        path = str(arguments.folder / f"{name}.onnx")
        torch.onnx.export(model, (x,), path, opset_version=17, dynamo=False, **names)
        np.save(arguments.folder / f"{name}.npy", x.numpy())
        np.save(arguments.folder / f"{name}.weights.npy", weights.numpy())
        for id_, values in maps(name, model.double(), x.double(), weights.double()):
            np.save(arguments.folder / f"{name}.{id_}.npy", values.detach().numpy())
    (arguments.folder / "regions.json").write_text(json.dumps(list(MADE)))


if __name__ == "__main__":
    main()
