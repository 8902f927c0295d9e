"""The two networks that peers are compared on, the picture, and their ONNX files.

Random weights from a seed. No module stands in two places, and sums are modules, which captum asks for; the residual block
is one of torchvision's, so that zennit's ResNetCanonizer finds it.
"""

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[2] / "models" / "recipes"))
import tolerant_torchvision  # noqa: E402, F401  before anything that imports torchvision by itself
from torchvision.models.resnet import BasicBlock  # noqa: E402

CLASSES = 10
SIZE = 64
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
LOW = [(0 - m) / s for m, s in zip(MEAN, STD)]
HIGH = [(1 - m) / s for m, s in zip(MEAN, STD)]


class Addition(nn.Module):
    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b


class Block(BasicBlock):
    """torchvision's block, with a rectifier and a sum of its own for each place."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        shortcut = None
        if stride != 1 or inputs != outputs:
            shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        super().__init__(inputs, outputs, stride, shortcut)
        self.relu = nn.ReLU()
        self.addition = Addition()
        self.last_relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.last_relu(self.addition(x if self.downsample is None else self.downsample(x), y))


class Vgg(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for outputs, pool in ((12, False), (12, True), (24, True), (32, False), (32, True)):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] if pool else []
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(32 * (SIZE // 8) ** 2, 48), nn.ReLU(), nn.Linear(48, CLASSES)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.features(x))

    def last_spatial(self) -> nn.Module:
        return self.features[-1]


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 16, 7, 2, 3, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        )
        self.blocks = nn.Sequential(Block(16, 16, 1), Block(16, 32, 2), Block(32, 48, 1))
        self.average = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.dense = nn.Linear(48, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(self.flatten(self.average(self.blocks(self.stem(x)))))

    def last_spatial(self) -> nn.Module:
        return self.blocks[-1].last_relu


def build(name: str) -> nn.Module:
    """In float32, as exported; `.double()` widens the same weights."""
    torch.manual_seed(7)
    return enliven({"vgg": Vgg, "resnet": ResNet}[name]().eval())


def enliven(model: nn.Module) -> nn.Module:
    """Weights, biases and statistics of their own for all layers."""
    for module in model.modules():
        if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                nn.init.normal_(module.bias, std=0.1)
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.2)
            nn.init.normal_(module.running_mean, std=0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return model


def picture() -> Tensor:
    """[1, 3, 64, 64]: waves and grain, preprocessed as for ImageNet."""
    generator = np.random.default_rng(11)
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    channels = []
    for _ in range(3):
        fx, fy, phase = generator.uniform(0.5, 3, 3)
        wave = 0.5 + 0.35 * np.sin(2 * math.pi * (fx * x + fy * y + phase))
        channels.append(np.clip(wave + generator.normal(0, 0.08, x.shape), 0, 1))
    pixels = np.round(255 * np.stack(channels)) / 255
    normalized = (pixels - np.reshape(MEAN, (3, 1, 1))) / np.reshape(STD, (3, 1, 1))
    return torch.from_numpy(normalized.astype(np.float32))[None]


@dataclass
class Network:
    name: str
    model: nn.Module
    picture: Tensor
    target: int


def networks() -> list[Network]:
    """In float64."""
    found = []
    for name in ("vgg", "resnet"):
        model, x = build(name).double(), picture().double()
        with torch.no_grad():
            logits = model(x)[0]
        target = int(logits.argmax())
        assert logits[target] > 0, "the relevance of a logit below 0 has the other sign"
        found.append(Network(name, model, x, target))
    return found


def export(folder: Path) -> None:
    """NAME.onnx of each network, picture.npy and networks.json."""
    np.save(folder / "picture.npy", picture().numpy())
    listed = []
    for network in networks():
        torch.onnx.export(
            build(network.name),
            (picture(),),
            str(folder / f"{network.name}.onnx"),
            input_names=["image"],
            output_names=["logits"],
            dynamic_axes={"image": {0: "N"}, "logits": {0: "N"}},
            opset_version=17,
            dynamo=False,
        )
        listed.append({"name": network.name, "target": network.target})
    (folder / "networks.json").write_text(json.dumps({"networks": listed, "low": LOW, "high": HIGH}))
