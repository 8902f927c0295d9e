"""The convolutions that the detector and the segmenter share."""

from torch import nn


def conv(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, BatchNorm, ReLU; the exporter folds the BatchNorm."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride=stride, padding=size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def backbone() -> nn.ModuleList:
    """Four blocks, to strides 2, 4, 8 and 16 with 16, 32, 64 and 64 channels."""
    first = nn.Sequential(conv(3, 16, stride=2), conv(16, 16))
    others = [
        nn.Sequential(nn.MaxPool2d(2), conv(inputs, outputs), conv(outputs, outputs))
        for inputs, outputs in ((16, 32), (32, 64), (64, 64))
    ]
    return nn.ModuleList([first, *others])
