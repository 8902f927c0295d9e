"""A small vision transformer: a picture becomes patches, which are tokens that attend to each other."""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from networks import CLASSES, SIDE

WIDTH = 80
HEADS = 4
DEPTH = 4
GRID = SIDE // 16
# Of the detector, whose grid of 16 x 16 cells they lead to.
STEM_CONVOLUTIONS = 6


class Attention(nn.Module):
    """Every token takes a mean of all tokens, weighted by how its query agrees with their keys."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        tokens, width = x.shape[1], WIDTH // HEADS
        query, key, value = self.qkv(x).reshape(-1, tokens, 3, HEADS, width).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (query @ key.transpose(-2, -1) * width**-0.5).softmax(-1)
        return self.proj((weights @ value).transpose(1, 2).reshape(-1, tokens, WIDTH))


class Block(nn.Module):
    """Attention, then two dense layers with GELU, each behind a LayerNorm and beside a skip connection."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.attention = Attention()
        self.norm2 = nn.LayerNorm(WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Vit(nn.Module):
    """ViT: patches of 16 x 16, a class token, learned positions, blocks of attention, one dense layer.

    What becomes patches is not the picture but what convolutions make of it (the hybrid of Dosovitskiy et al. 2021,
    Sect. 3.1), and these are those that the detector begins with, as they are: from the picture alone a transformer learns
    nothing of the scenes within the time of the other networks.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = stem()
        self.patches = nn.Conv2d(64, WIDTH, 2, stride=2)
        self.class_token = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.positions = nn.Parameter(torch.zeros(1, 1 + GRID**2, WIDTH))
        self.blocks = nn.Sequential(*(Block() for _ in range(DEPTH)))
        self.norm = nn.LayerNorm(WIDTH)
        self.classifier = nn.Linear(WIDTH, CLASSES)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        for parameter in (self.class_token, self.positions):
            nn.init.trunc_normal_(parameter, std=0.02)

    def tokens(self, features: Tensor) -> Tensor:
        """What the last block makes of the stem's activations [n, 64, 16, 16]: [n, 1 + 64, WIDTH], the class token first."""
        patches = self.patches(features).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_token.expand(patches.shape[0], -1, -1), patches], 1)
        return self.norm(self.blocks(tokens + self.positions))

    def forward(self, image: Tensor) -> Tensor:
        return self.classifier(self.tokens(self.stem(image))[:, 0])


def stem() -> nn.Sequential:
    """The detector's blocks to strides 2, 4 and 8 with BatchNorm folded, as the file of the detector has them."""
    layers: list[nn.Module] = []
    channels = 3
    for block, width in enumerate((16, 32, 64)):
        if block > 0:
            layers.append(nn.MaxPool2d(2))
        for stride in (2 if block == 0 else 1, 1):
            layers += [nn.Conv2d(channels, width, 3, stride=stride, padding=1), nn.ReLU(inplace=True)]
            channels = width
    return nn.Sequential(*layers)


def load_stem(network: Vit, detector: Path) -> None:
    """Takes the weights from the exported detector. They are not trained any further."""
    graph = onnx.load(str(detector)).graph
    constants = {constant.name: numpy_helper.to_array(constant) for constant in graph.initializer}
    theirs = [node for node in graph.node if node.op_type == "Conv"][:STEM_CONVOLUTIONS]
    own = [layer for layer in network.stem if isinstance(layer, nn.Conv2d)]
    for layer, node in zip(own, theirs, strict=True):
        weight, bias = (torch.from_numpy(constants[name].copy()) for name in node.input[1:])
        layer.load_state_dict({"weight": weight, "bias": bias})
    network.stem.requires_grad_(False)
