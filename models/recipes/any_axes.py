"""Networks over signals, volumes and pictures of many bands, for `pnpm coverage`: of torchvision and timm, with convolutions
along other axes or other channels, and two of the literature on signals. Weights are random."""

import timm
import torch
from torch import nn
from torchvision import models

from along import along


def resnet(name, places, channels, classes):
    model = getattr(models, name)(num_classes=classes)
    first = model.conv1
    model.conv1 = nn.Conv2d(channels, first.out_channels, 7, 2, 3, bias=False)
    return along(places, model)


class SqueezeExcite(nn.Module):
    """Hu et al. 2018, along any axes."""

    def __init__(self, channels, places):
        super().__init__()
        self.pool = {1: nn.AdaptiveAvgPool1d, 3: nn.AdaptiveAvgPool3d}[places](1)
        conv = {1: nn.Conv1d, 3: nn.Conv3d}[places]
        self.gate = nn.Sequential(conv(channels, channels // 8, 1), nn.ReLU(), conv(channels // 8, channels, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.gate(self.pool(x))


def squeeze_excite(model, places):
    """Behind the last normalization of each residual block."""
    for block in model.modules():
        if isinstance(block, models.resnet.BasicBlock):
            block.bn2 = nn.Sequential(block.bn2, SqueezeExcite(block.bn2.num_features, places))
    return model


class Inception(nn.Module):
    """InceptionTime's module (Ismail Fawaz et al. 2020)."""

    def __init__(self, inputs, filters=32):
        super().__init__()
        narrow = min(inputs, filters)
        self.bottleneck = nn.Conv1d(inputs, narrow, 1, bias=False)
        self.convs = nn.ModuleList(nn.Conv1d(narrow, filters, k, padding=k // 2, bias=False) for k in (39, 19, 9))
        self.pooled = nn.Sequential(nn.MaxPool1d(3, 1, 1), nn.Conv1d(inputs, filters, 1, bias=False))
        self.norm = nn.BatchNorm1d(4 * filters)

    def forward(self, x):
        narrow = self.bottleneck(x)
        joined = torch.cat([*(conv(narrow) for conv in self.convs), self.pooled(x)], 1)
        return torch.relu(self.norm(joined))


class InceptionTime(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        widths = [channels, *[128] * 6]
        self.modules_ = nn.ModuleList(Inception(width) for width in widths[:6])
        self.shortcuts = nn.ModuleList(
            nn.Sequential(nn.Conv1d(width, 128, 1, bias=False), nn.BatchNorm1d(128)) for width in (channels, 128)
        )
        self.dense = nn.Linear(128, classes)

    def forward(self, x):
        kept = x
        for i, module in enumerate(self.modules_):
            x = module(x)
            if i % 3 == 2:
                x = torch.relu(x + self.shortcuts[i // 3](kept))
                kept = x
        return self.dense(x.mean(2))


class Waveform(nn.Module):
    """M5 of Dai et al. 2017, of samples in a row."""

    def __init__(self, classes):
        super().__init__()
        layers, inputs = [], 1
        for outputs, kernel, stride in ((32, 80, 16), (32, 3, 1), (64, 3, 1), (64, 3, 1)):
            layers += [nn.Conv1d(inputs, outputs, kernel, stride), nn.BatchNorm1d(outputs), nn.ReLU(), nn.MaxPool1d(4)]
            inputs = outputs
        self.features = nn.Sequential(*layers)
        self.dense = nn.Linear(64, classes)

    def forward(self, x):
        return self.dense(self.features(x.unsqueeze(1)).mean(2))


class DilatedBlock(nn.Module):
    """A residual block of a temporal convolutional network (Bai et al. 2018), which sees the past alone."""

    def __init__(self, inputs, outputs, dilation):
        super().__init__()
        self.pad = nn.ConstantPad1d((2 * dilation, 0), 0.0)
        self.first = nn.Conv1d(inputs, outputs, 3, dilation=dilation)
        self.second = nn.Conv1d(outputs, outputs, 3, dilation=dilation)
        self.shortcut = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x):
        y = torch.relu(self.first(self.pad(x)))
        y = torch.relu(self.second(self.pad(y)))
        return torch.relu(y + self.shortcut(x))


class Temporal(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.blocks = nn.Sequential(*(DilatedBlock(64 if i else channels, 64, 2**i) for i in range(6)))
        self.dense = nn.Linear(64, classes)

    def forward(self, x):
        return self.dense(self.blocks(x)[:, :, -1])


def video(name):
    return getattr(models.video, name)(weights=None, num_classes=400)


def bands(name, channels):
    return timm.create_model(name, pretrained=False, in_chans=channels, num_classes=10, exportable=True)


# Name, family, input without the batch, and how it is made.
NETWORKS = {
    "resnet18_1d": ("signals", (12, 5000), lambda: resnet("resnet18", 1, 12, 9)),
    "resnet50_1d": ("signals", (12, 1000), lambda: resnet("resnet50", 1, 12, 9)),
    "seresnet18_1d": ("signals", (12, 1000), lambda: squeeze_excite(resnet("resnet18", 1, 12, 9), 1)),
    "inceptiontime": ("signals", (12, 1000), lambda: InceptionTime(12, 5)),
    "tcn": ("signals", (9, 128), lambda: Temporal(9, 6)),
    "m5_waveform": ("signals", (8000,), lambda: Waveform(35)),
    "resnet18_3d": ("volumes", (1, 32, 64, 64), lambda: resnet("resnet18", 3, 1, 4)),
    "seresnet18_3d": ("volumes", (1, 32, 48, 48), lambda: squeeze_excite(resnet("resnet18", 3, 1, 4), 3)),
    "r3d_18": ("volumes", (3, 8, 56, 56), lambda: video("r3d_18")),
    "mc3_18": ("volumes", (3, 8, 56, 56), lambda: video("mc3_18")),
    "r2plus1d_18": ("volumes", (3, 8, 56, 56), lambda: video("r2plus1d_18")),
    "resnet18_13_bands": ("many bands", (13, 64, 64), lambda: bands("resnet18", 13)),
    "resnet50_13_bands": ("many bands", (13, 64, 64), lambda: bands("resnet50", 13)),
    "efficientnet_b0_13_bands": ("many bands", (13, 64, 64), lambda: bands("efficientnet_b0", 13)),
    "convnext_atto_12_bands": ("many bands", (12, 64, 64), lambda: bands("convnext_atto", 12)),
    "mobilenetv3_5_bands": ("many bands", (5, 64, 64), lambda: bands("mobilenetv3_small_050", 5)),
}
