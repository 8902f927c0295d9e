"""The segmenter: a small U-Net, and the loss that trains it."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from backbone import backbone, conv
from networks import CLASSES
from scenes import Scenes

# Nearly all pixels are background.
BACKGROUND_WEIGHT = 0.4


class Segmenter(nn.Module):
    """U-Net (Ronneberger et al., 2015): four levels down from half the input's size, and up again with skip connections.

    The way down is that of the detector and starts from its weights: from scratch it takes long to tell classes apart. A
    transposed convolution brings the logits to the size of the input. Class 0 is the background.
    """

    def __init__(self) -> None:
        super().__init__()
        self.down = backbone()
        self.enlarge = nn.Upsample(scale_factor=2, mode="nearest")
        self.up = nn.ModuleList([conv(64 + 64, 48), conv(48 + 32, 32), conv(32 + 16, 32)])
        self.logits = nn.ConvTranspose2d(32, 1 + CLASSES, 2, stride=2)

    def forward(self, image: Tensor) -> Tensor:
        """Logits [n, 1 + 16, 128, 128]."""
        skips = []
        x = image
        for block in self.down:
            x = block(x)
            skips.append(x)
        for block, skip in zip(self.up, skips[-2::-1]):
            x = block(torch.cat([self.enlarge(x), skip], 1))
        return self.logits(x)


def segmentation_loss(network: Segmenter, scenes: Scenes, low_precision: bool) -> Tensor:
    """Cross entropy, the background weighted, of the pixels of every second row and column, starting at random.

    Neighbours say nearly the same; all of them would take half of the time of a step.
    """
    with torch.autocast("cpu", torch.bfloat16, enabled=low_precision):
        logits = network(scenes.image)
    row, column = torch.randint(2, (2,)).tolist()
    chosen = logits[:, :, row::2, column::2].permute(0, 2, 3, 1)
    wanted = scenes.classes[:, row::2, column::2].flatten()
    weights = torch.ones(1 + CLASSES)
    weights[0] = BACKGROUND_WEIGHT
    return functional.cross_entropy(chosen.float().flatten(0, 2), wanted, weights)
