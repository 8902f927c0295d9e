"""zennit on signals and volumes, for test/peers/src/other-axes.ts: three small networks with random weights.

    python other_axes.py FOLDER [--zennit SRC]

Writes FOLDER/NAME.onnx and NAME.npy, the input, in float32, FOLDER/NAME.MAP.npy in float64, and other-axes.json.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

import networks
from networks import ResNet

sys.path.insert(0, str(Path(__file__).parents[2] / "models" / "recipes"))
from along import along  # noqa: E402

LOW, HIGH = -1.0, 1.0


def plain_signal() -> nn.Module:
    """Convolutions with biases, maxima, dense layers."""
    return nn.Sequential(
        *(nn.Conv1d(12, 16, 7, padding=3), nn.ReLU(), nn.MaxPool1d(2)),
        *(nn.Conv1d(16, 24, 5, 2, 2), nn.ReLU(), nn.Conv1d(24, 24, 3, padding=2, dilation=2), nn.ReLU()),
        *(nn.MaxPool1d(4), nn.Flatten(), nn.Linear(24 * 16, 32), nn.ReLU(), nn.Linear(32, 6)),
    )


def volume() -> nn.Module:
    """Convolutions with batch normalization, maxima and an average."""
    return nn.Sequential(
        *(nn.Conv3d(2, 8, 3, padding=1), nn.BatchNorm3d(8), nn.ReLU(), nn.MaxPool3d(2)),
        *(nn.Conv3d(8, 16, 3, padding=1), nn.BatchNorm3d(16), nn.ReLU(), nn.MaxPool3d(2)),
        *(nn.Conv3d(16, 16, (1, 3, 3)), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(16, 4)),
    )


MADE = {
    "signal": (plain_signal, (12, 256)),
    "signal-resnet": (lambda: along(1, ResNet()), (3, 256)),
    "volume": (volume, (2, 12, 20, 16)),
}


def build(name: str) -> tuple[nn.Module, Tensor, int]:
    """In float32, as exported. The target's logit is above 0."""
    torch.manual_seed(7)
    make, shape = MADE[name]
    model = networks.enliven(make().eval())
    places = shape[1:]
    smooth = nn.functional.interpolate(
        torch.rand(1, shape[0], *(-(-size // 4) for size in places)), places, mode={1: "linear", 3: "trilinear"}[len(places)]
    )
    x = (1.6 * smooth - 0.8 + 0.2 * (2 * torch.rand(1, *shape) - 1)).clamp(LOW, HIGH)
    with torch.no_grad():
        logits = model(x)[0]
    target = int(logits.argmax())
    assert logits[target] > 0, "the relevance of a logit below 0 has the other sign"
    return model, x, target


def maps(name: str, model: nn.Module, x: Tensor, target: int) -> Iterator[tuple[str, Tensor]]:
    from zennit import attribution, composites
    from zennit.canonizers import SequentialMergeBatchNorm
    from zennit.torchvision import ResNetCanonizer

    canonizers = [ResNetCanonizer() if "resnet" in name else SequentialMergeBatchNorm()]
    low, high = (torch.full_like(x[:, :1], bound) for bound in (LOW, HIGH))
    one_hot = nn.functional.one_hot(torch.tensor([target]), model(x).shape[1]).to(x)

    def run(composite: object, seed: object) -> Tensor:
        return attribution.Gradient(model, composite, seed)(x.clone())[1][0]

    def logit(output: Tensor) -> Tensor:
        return one_hot * output

    def softmax_gradient(output: Tensor) -> Tensor:
        p = output.softmax(1)
        return p[:, target] * (one_hot - p)

    plus = composites.EpsilonPlus(canonizers=canonizers)
    yield "epsilon-plus", run(plus, logit)
    yield "epsilon-plus-sglrp", run(plus, softmax_gradient)
    yield "epsilon-plus-flat", run(composites.EpsilonPlusFlat(canonizers=canonizers), logit)
    yield "epsilon-alpha2-beta1", run(composites.EpsilonAlpha2Beta1(canonizers=canonizers), logit)
    yield "epsilon-gamma-box", run(composites.EpsilonGammaBox(low, high, canonizers=canonizers), logit)
    yield "guided-backprop", run(composites.GuidedBackprop(), lambda _: one_hot)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--zennit")
    arguments = parser.parse_args()
    if arguments.zennit is not None:
        sys.path.insert(0, arguments.zennit)
    listed = []
    for name in MADE:
        model, x, target = build(name)
        names = {"input_names": ["input"], "output_names": ["logits"]}
        path = str(arguments.folder / f"{name}.onnx")
        torch.onnx.export(model, (x,), path, opset_version=17, dynamo=False, **names)
        np.save(arguments.folder / f"{name}.npy", x.numpy())
        for id_, values in maps(name, model.double(), x.double(), target):
            np.save(arguments.folder / f"{name}.{id_}.npy", values.detach().numpy())
        listed.append({"name": name, "target": target, "shape": list(x.shape[1:])})
    facts = {"networks": listed, "low": [LOW], "high": [HIGH]}
    (arguments.folder / "other-axes.json").write_text(json.dumps(facts))


if __name__ == "__main__":
    main()
