"""The segmenter: a small U-Net, and the loss that trains it."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from detector import conv
from networks import CLASSES
from scenes import Scenes


class Segmenter(nn.Module):
    """U-Net (Ronneberger et al., 2015): four levels down from half the input's size, and up again with skip connections.

    A transposed convolution brings the logits to the size of the input. Class 0 is the background.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (16, 32, 64, 64)
        self.down = nn.ModuleList(
            [
                nn.Sequential(conv(3, 16, stride=2), conv(16, 16)),
                *(
                    nn.Sequential(nn.MaxPool2d(2), conv(inputs, outputs), conv(outputs, outputs))
                    for inputs, outputs in zip(widths, widths[1:])
                ),
            ]
        )
        self.enlarge = nn.Upsample(scale_factor=2, mode="nearest")
        self.up = nn.ModuleList([conv(64 + 64, 64), conv(64 + 32, 32), conv(32 + 16, 16)])
        self.logits = nn.ConvTranspose2d(16, 1 + CLASSES, 2, stride=2)

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
    """Cross entropy of the pixels of every second row and column, starting at random.

    Neighbours say nearly the same; all of them would take half of the time of a step.
    """
    with torch.autocast("cpu", torch.bfloat16, enabled=low_precision):
        logits = network(scenes.image)
    row, column = torch.randint(2, (2,)).tolist()
    chosen = logits[:, :, row::2, column::2].permute(0, 2, 3, 1)
    return functional.cross_entropy(chosen.float().flatten(0, 2), scenes.classes[:, row::2, column::2].flatten())
