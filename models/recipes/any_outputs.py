"""Networks with other outputs than the logits of classes, for `pnpm coverage`: segmenters, embeddings, scores, labels, numbers,
sequences, and what files have behind their probabilities. Of torchvision and Keras, and some of the literature. Weights are random."""

import os

import onnx
import torch
from onnx import TensorProto, helper
from torch import nn
from torch.nn import functional
from torchvision import models

os.environ.setdefault("KERAS_BACKEND", "torch")


class Ends(nn.Module):
    """A network and what is done with its output."""

    def __init__(self, body, end):
        super().__init__()
        self.body = body
        self.end = end

    def forward(self, x):
        return self.end(self.body(x))


def trunk(name, outputs):
    return getattr(models, name)(weights=None, num_classes=outputs)


def segmenter(name):
    model = getattr(models.segmentation, name)(weights=None, weights_backbone=None, num_classes=21)
    return Ends(model, lambda out: out["out"])


def convs(inputs, outputs):
    layers = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """Ronneberger et al. 2015, with padding; enlarged by transposed convolutions, or by the nearest neighbour."""

    def __init__(self, classes, transposed=True, widths=(16, 32, 64, 128), inputs=3):
        super().__init__()
        self.down = nn.ModuleList(convs(a, b) for a, b in zip((inputs, *widths), widths))
        pairs = list(zip(widths[1:], widths))[::-1]
        self.larger = nn.ModuleList(
            nn.ConvTranspose2d(a, b, 2, 2)
            if transposed
            else nn.Sequential(nn.Upsample(scale_factor=2.0), nn.Conv2d(a, b, 1))
            for a, b in pairs
        )
        self.up = nn.ModuleList(convs(2 * b, b) for _, b in pairs)
        self.scores = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x):
        kept = []
        for i, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if i else x)
            kept.append(x)
        for larger, block, skipped in zip(self.larger, self.up, kept[-2::-1]):
            x = block(torch.cat([skipped, larger(x)], 1))
        return self.scores(x)


class ResNetUNet(nn.Module):
    """The encoder of a ResNet under a U-Net's decoder, as segmentation_models builds it."""

    def __init__(self, classes):
        super().__init__()
        net = models.resnet18(weights=None)
        self.stem = nn.Sequential(net.conv1, net.bn1, net.relu)
        self.stages = nn.ModuleList([nn.Sequential(net.maxpool, net.layer1), net.layer2, net.layer3, net.layer4])
        self.up = nn.ModuleList(convs(a + b, c) for a, b, c in ((512, 256, 256), (256, 128, 128), (128, 64, 64), (64, 64, 32)))
        self.last = convs(32, 16)
        self.scores = nn.Conv2d(16, classes, 3, padding=1)

    def forward(self, x):
        x = self.stem(x)
        kept = [x]
        for stage in self.stages:
            x = stage(x)
            kept.append(x)
        for block, skipped in zip(self.up, kept[-2::-1]):
            x = block(torch.cat([functional.interpolate(x, scale_factor=2.0, mode="nearest"), skipped], 1))
        return self.scores(self.last(functional.interpolate(x, scale_factor=2.0, mode="nearest")))


class Crnn(nn.Module):
    """Shi et al. 2015 with convolutions in the place of the recurrent layers: letters in a row, [N, T, C]."""

    def __init__(self, letters):
        super().__init__()
        widths = (3, 32, 64, 128, 128)
        layers = []
        for i, (a, b) in enumerate(zip(widths, widths[1:])):
            layers += [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
            layers.append(nn.MaxPool2d(2 if i < 2 else (2, 1)))
        self.features = nn.Sequential(*layers)
        self.context = nn.Conv1d(256, 128, 3, padding=1)
        self.dense = nn.Linear(128, letters)

    def forward(self, x):
        x = self.features(x).flatten(1, 2)
        return self.dense(torch.relu(self.context(x)).transpose(1, 2))


def normalized(x):
    return functional.normalize(x, dim=1)


def zip_map(path):
    """Behind the probabilities what Custom Vision and scikit-learn's converters write: the label, and a map from names to probabilities."""
    model = onnx.load(path)
    graph = model.graph
    names = [f"kind {i}" for i in range(10)]
    probabilities = graph.output[0].name
    del graph.output[0]
    tensors = [helper.make_tensor("names", TensorProto.STRING, [10], [name.encode() for name in names])]
    graph.initializer.extend(tensors)
    graph.node.extend(
        [
            helper.make_node("ArgMax", [probabilities], ["best"], axis=1, keepdims=0),
            helper.make_node("ArrayFeatureExtractor", ["names", "best"], ["chosen"], domain="ai.onnx.ml"),
            helper.make_node("Reshape", ["chosen", "flat"], ["classLabel"]),
            helper.make_node("ZipMap", [probabilities], ["loss"], domain="ai.onnx.ml", classlabels_strings=names),
        ]
    )
    graph.initializer.append(helper.make_tensor("flat", TensorProto.INT64, [1], [-1]))
    maps = helper.make_map_type_proto(TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, None))
    graph.output.append(helper.make_tensor_value_info("classLabel", TensorProto.STRING, ["N"]))
    graph.output.append(helper.make_value_info("loss", helper.make_sequence_type_proto(maps)))
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 2))
    onnx.save(model, path)


def keras_network(end):
    """Channels last, as Keras has them."""
    import keras

    layers = keras.layers
    picture = keras.Input((64, 64, 3))
    x = picture
    kept = []
    for width in (16, 32, 64):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        kept.append(x)
        x = layers.MaxPooling2D()(x)
    if end == "sigmoid":
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(1, activation="sigmoid")(layers.Dense(32, activation="relu")(x))
    else:
        for skipped, width in zip(kept[::-1], (64, 32, 16)):
            x = layers.Concatenate()([layers.Conv2DTranspose(width, 2, strides=2)(x), skipped])
            x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.Conv2D(5, 1, activation="softmax")(x)
    return keras.Model(picture, x)


picture = (3, 64, 64)
line = (3, 32, 128)

# Name: family, input without the batch, how it is made, names of the outputs, what is done to the file.
NETWORKS = {
    "fcn_resnet50": ("segmenter", (3, 96, 96), lambda: segmenter("fcn_resnet50"), ["logits"], None),
    "deeplabv3_mobilenet_v3_large": (
        "segmenter", (3, 96, 96), lambda: segmenter("deeplabv3_mobilenet_v3_large"), ["logits"], None,
    ),
    "lraspp_mobilenet_v3_large": (
        "segmenter", (3, 96, 96), lambda: segmenter("lraspp_mobilenet_v3_large"), ["logits"], None,
    ),
    "unet": ("segmenter", picture, lambda: UNet(5), ["logits"], None),
    "unet_resnet18": ("segmenter", picture, lambda: ResNetUNet(7), ["logits"], None),
    "unet_softmax_argmax": (
        "a mask behind", picture, lambda: Ends(UNet(4), lambda x: (x.softmax(1), x.argmax(1))), ["probabilities", "mask"], None,
    ),
    "unet_sigmoid": ("mask of one class", picture, lambda: Ends(UNet(1, transposed=False), torch.sigmoid), ["mask"], None),
    "unet_labels": ("labels at places", picture, lambda: Ends(UNet(3), torch.sigmoid), ["masks"], None),
    "unet_depth": ("depth", picture, lambda: Ends(UNet(1, transposed=False), torch.relu), ["depth"], None),
    "resnet18_embedding": ("embedding", picture, lambda: Ends(trunk("resnet18", 128), normalized), ["embedding"], None),
    "mobilenet_v2_embedding": ("embedding", picture, lambda: Ends(trunk("mobilenet_v2", 64), normalized), ["features"], None),
    "resnet18_sigmoid": ("one score", picture, lambda: Ends(trunk("resnet18", 1), torch.sigmoid), ["probability"], None),
    "efficientnet_b0_logit": ("one score", picture, lambda: trunk("efficientnet_b0", 1), ["logit"], None),
    "mobilenet_v2_age": ("a number", picture, lambda: trunk("mobilenet_v2", 1), ["age"], None),
    "mobilenet_v2_landmarks": ("landmarks", picture, lambda: trunk("mobilenet_v2", 136), ["landmarks"], None),
    "densenet121_labels": ("labels", picture, lambda: Ends(trunk("densenet121", 14), torch.sigmoid), ["labels"], None),
    "squeezenet1_1_clip": (
        "behind a softmax", picture, lambda: Ends(trunk("squeezenet1_1", 10), lambda x: x.softmax(1).clamp(1e-6, 1 - 1e-6)),
        ["probabilities"], None,
    ),
    "shufflenet_argmax": (
        "behind a softmax", picture, lambda: Ends(trunk("shufflenet_v2_x0_5", 10), lambda x: (x.softmax(1), x.argmax(1))),
        ["scores", "class"], None,
    ),
    "resnet18_top3": (
        "behind a softmax", picture, lambda: Ends(trunk("resnet18", 10), lambda x: tuple(x.softmax(1).topk(3))),
        ["values", "indices"], None,
    ),
    "resnet18_zipmap": ("names behind", picture, lambda: Ends(trunk("resnet18", 10), lambda x: x.softmax(1)), ["probabilities"], zip_map),
    "crnn": ("sequence", line, lambda: Crnn(37), ["logits"], None),
    "crnn_log_softmax": ("sequence", line, lambda: Ends(Crnn(37), lambda x: x.log_softmax(2)), ["log_probabilities"], None),
    "keras_sigmoid": ("one score", (64, 64, 3), lambda: keras_network("sigmoid"), ["probability"], None),
    "keras_segmenter": ("segmenter", (64, 64, 3), lambda: keras_network("places"), ["probabilities"], None),
}
