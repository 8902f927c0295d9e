"""The four architectures: the layers of well-known classifiers in their order, with fewer channels and blocks."""

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

CLASSES = 16
SIDE = 128


class Vgg(nn.Module):
    """VGG16: 13 convolutions of 3 x 3 in five blocks, five max pools, three dense layers.

    While it trains, every convolution is followed by BatchNorm and the first dense layer gets the mean over the grid:
    without them it does not start to learn within the time. `folded` puts both into the convolutions and the first
    dense layer, without a change of the function: what is exported is a plain VGG, with no normalisation at all.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width, depth in ((8, 2), (16, 2), (32, 3), (48, 3), (64, 3)):
            for _ in range(depth):
                layers += [
                    nn.Conv2d(channels, width, 3, padding=1, bias=False),
                    nn.BatchNorm2d(width),
                    nn.ReLU(inplace=True),
                ]
                channels = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.grid = SIDE // 32
        self.pool = nn.AvgPool2d(self.grid)
        self.classifier = nn.Sequential(
            nn.Linear(channels, 128),
            nn.ReLU(inplace=True),
            nn.Dropout(0.1),
            nn.Linear(128, 128),
            nn.ReLU(inplace=True),
            nn.Dropout(0.1),
            nn.Linear(128, CLASSES),
        )
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def forward(self, image: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.pool(self.features(image)), 1))

    def folded(self) -> "Vgg":
        """Puts every BatchNorm and the mean over the grid into the layer beside it. Only for eval mode."""
        layers: list[nn.Module] = []
        for layer in self.features:
            if isinstance(layer, nn.BatchNorm2d):
                layers[-1] = fuse_conv_bn_eval(layers[-1], layer)
            else:
                layers.append(layer)
        self.features = nn.Sequential(*layers)
        first, cells = self.classifier[0], self.grid**2
        wide = nn.Linear(first.in_features * cells, first.out_features)
        wide.weight.data = first.weight.data.repeat_interleave(cells, dim=1) / cells
        wide.bias.data = first.bias.data
        self.classifier[0] = wide
        self.pool = nn.Identity()
        return self


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 (with the stride) and 1 x 1 convolutions beside a skip connection."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = 4 * width
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = (
            nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))
            if stride != 1 or inputs != outputs
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        skip = x if self.downsample is None else self.downsample(x)
        return self.relu(y + skip)


class ResNet(nn.Module):
    """ResNet152: 7 x 7 stem with stride 2, max pool, four stages of bottlenecks, global average pool, one dense layer."""

    def __init__(self) -> None:
        super().__init__()
        channels = 16
        self.stem = nn.Sequential(
            nn.Conv2d(3, channels, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        blocks: list[nn.Module] = []
        for stage, (width, depth) in enumerate(((12, 3), (20, 4), (32, 6), (48, 3))):
            for block in range(depth):
                blocks.append(Bottleneck(channels, width, 2 if stage > 0 and block == 0 else 1))
                channels = 4 * width
        self.stages = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(channels, CLASSES)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, image: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.pool(self.stages(self.stem(image))), 1))


class DenseLayer(nn.Module):
    """BatchNorm, ReLU, 1 x 1, BatchNorm, ReLU, 3 x 3; the result is appended to the channels."""

    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.ReLU(inplace=True),
            nn.Conv2d(inputs, 4 * growth, 1, bias=False),
            nn.BatchNorm2d(4 * growth),
            nn.ReLU(inplace=True),
            nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.layers(x)], 1)


class DenseNet(nn.Module):
    """DenseNet121: 7 x 7 stem, max pool, four dense blocks with halving transitions, norm, global average pool.

    The exported graph takes N,H,W,C (see NhwcInput).
    """

    def __init__(self) -> None:
        super().__init__()
        growth = 8
        channels = 2 * growth
        layers: list[nn.Module] = [
            nn.Conv2d(3, channels, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        ]
        depths = (4, 6, 10, 6)
        for block, depth in enumerate(depths):
            for _ in range(depth):
                layers.append(DenseLayer(channels, growth))
                channels += growth
            if block < len(depths) - 1:
                layers += [
                    nn.BatchNorm2d(channels),
                    nn.ReLU(inplace=True),
                    nn.Conv2d(channels, channels // 2, 1, bias=False),
                    nn.AvgPool2d(2),
                ]
                channels //= 2
        layers += [nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
        self.features = nn.Sequential(*layers)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(channels, CLASSES)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)

    def forward(self, image: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.pool(self.features(image)), 1))


class NhwcInput(nn.Module):
    """A network for N,C,H,W behind a Transpose, the way tf2onnx writes networks from TensorFlow."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        return self.network(image.permute(0, 3, 1, 2))


class ConvBn(nn.Module):
    """Convolution, BatchNorm, ReLU; `size` is (height, width) or a side; padding keeps the size unless told."""

    def __init__(self, inputs: int, outputs: int, size: int | tuple[int, int], stride: int = 1, pad: bool = True) -> None:
        super().__init__()
        height, width = (size, size) if isinstance(size, int) else size
        padding = (height // 2, width // 2) if pad else 0
        self.conv = nn.Conv2d(inputs, outputs, (height, width), stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(x)))


class Branches(nn.Module):
    """Parallel branches whose channels are concatenated."""

    def __init__(self, *branches: nn.Module) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], 1)


def average_branch(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), ConvBn(inputs, outputs, 1))


def inception_a(inputs: int, pool: int) -> Branches:
    return Branches(
        ConvBn(inputs, 12, 1),
        nn.Sequential(ConvBn(inputs, 10, 1), ConvBn(10, 12, 5)),
        nn.Sequential(ConvBn(inputs, 12, 1), ConvBn(12, 16, 3), ConvBn(16, 16, 3)),
        average_branch(inputs, pool),
    )


def reduction_a(inputs: int) -> Branches:
    return Branches(
        ConvBn(inputs, 40, 3, stride=2, pad=False),
        nn.Sequential(ConvBn(inputs, 12, 1), ConvBn(12, 16, 3), ConvBn(16, 16, 3, stride=2, pad=False)),
        nn.MaxPool2d(3, stride=2),
    )


def inception_b(inputs: int, middle: int) -> Branches:
    return Branches(
        ConvBn(inputs, 32, 1),
        nn.Sequential(ConvBn(inputs, middle, 1), ConvBn(middle, middle, (1, 7)), ConvBn(middle, 32, (7, 1))),
        nn.Sequential(
            ConvBn(inputs, middle, 1),
            ConvBn(middle, middle, (7, 1)),
            ConvBn(middle, middle, (1, 7)),
            ConvBn(middle, middle, (7, 1)),
            ConvBn(middle, 32, (1, 7)),
        ),
        average_branch(inputs, 32),
    )


def reduction_b(inputs: int) -> Branches:
    return Branches(
        nn.Sequential(ConvBn(inputs, 24, 1), ConvBn(24, 40, 3, stride=2, pad=False)),
        nn.Sequential(
            ConvBn(inputs, 24, 1),
            ConvBn(24, 24, (1, 7)),
            ConvBn(24, 24, (7, 1)),
            ConvBn(24, 24, 3, stride=2, pad=False),
        ),
        nn.MaxPool2d(3, stride=2),
    )


def inception_c(inputs: int) -> Branches:
    def split() -> Branches:
        return Branches(ConvBn(40, 32, (1, 3)), ConvBn(40, 32, (3, 1)))

    return Branches(
        ConvBn(inputs, 32, 1),
        nn.Sequential(ConvBn(inputs, 40, 1), split()),
        nn.Sequential(ConvBn(inputs, 40, 1), ConvBn(40, 40, 3), split()),
        average_branch(inputs, 24),
    )


class Inception(nn.Module):
    """InceptionV3: its stem, A blocks (5 x 5), reduction, B blocks (1 x 7 and 7 x 1), reduction, C block, pool, dense."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            ConvBn(3, 8, 3, stride=2, pad=False),
            ConvBn(8, 8, 3, pad=False),
            ConvBn(8, 16, 3),
            nn.MaxPool2d(3, stride=2),
            ConvBn(16, 20, 1),
            ConvBn(20, 32, 3, pad=False),
            inception_a(32, 8),
            inception_a(48, 12),
            reduction_a(52),
            inception_b(108, 20),
            inception_b(128, 24),
            reduction_b(128),
            inception_c(192),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(184, CLASSES)

    def forward(self, image: Tensor) -> Tensor:
        return self.classifier(self.dropout(torch.flatten(self.pool(self.features(image)), 1)))


NETWORKS: dict[str, type[nn.Module]] = {"vgg": Vgg, "resnet": ResNet, "densenet": DenseNet, "inception": Inception}
