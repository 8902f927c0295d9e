"""Maps of pytorch-grad-cam, and of it changed in one point, which shows what a difference comes from.

Its maps are scaled to 0..1. CAM, which it does not have, is computed by hand (Zhou et al. 2016, Eq. 2).
"""

import sys
import types
from collections.abc import Iterator
from unittest import mock

import numpy as np
import torch
from torch import Tensor, nn

from networks import Network

try:
    import ttach  # noqa: F401
except ImportError:
    # Only its test-time augmentation, which is not used here, needs ttach.
    unused = types.ModuleType("ttach")
    unused.Compose = unused.HorizontalFlip = unused.Multiply = lambda *_, **__: None
    sys.modules["ttach"] = unused

from pytorch_grad_cam import FullGrad, GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM, ScoreCAM  # noqa: E402
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget  # noqa: E402


class ExactPlusPlus(GradCAMPlusPlus):
    """Grad-CAM++ without the 1e-6 in the denominator."""

    def get_cam_weights(self, input_tensor, target_layers, target_category, activations, grads):
        divisor = 2 + activations.sum((2, 3), keepdims=True) * grads
        return (np.maximum(grads, 0) / divisor).sum((2, 3))


def maps(network: Network, _drawn: dict[str, Tensor]) -> Iterator[tuple[str, Tensor | np.ndarray]]:
    model, x, layer = network.model, network.picture, network.model.last_spatial()
    wanted = [ClassifierOutputTarget(network.target)]

    def cam(kind: type) -> np.ndarray:
        return kind(model, [layer])(x, wanted)

    yield "grad-cam-grad-cam", cam(GradCAM)
    yield "grad-cam-grad-cam++", cam(GradCAMPlusPlus)
    yield "grad-cam-grad-cam++-exact", cam(ExactPlusPlus)
    yield "grad-cam-hirescam", cam(HiResCAM)
    yield "grad-cam-layercam", cam(LayerCAM)
    yield "grad-cam-score-cam", cam(ScoreCAM)
    centres = lambda size: nn.Upsample(size=size, mode="bilinear", align_corners=False)  # noqa: E731
    with mock.patch("torch.nn.UpsamplingBilinear2d", centres):
        yield "grad-cam-score-cam-centres", cam(ScoreCAM)

    yield "grad-cam-fullgrad", FullGrad(model, [])(x, wanted)
    with mock.patch("pytorch_grad_cam.fullgrad_cam.scale_accross_batch_and_channels", _scaled_whole):
        yield "grad-cam-fullgrad-as-published", FullGrad(model, [])(x, wanted)

    if network.name == "resnet":
        with torch.no_grad():
            activations = model.blocks(model.stem(x))
            small = torch.einsum("c,nchw->nhw", model.dense.weight[network.target], activations)[:, None]
        yield "by-hand-cam", nn.functional.interpolate(small, x.shape[2:], mode="bilinear")[0]


def _scaled_whole(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """FullGrad's psi as its authors code it: all channels together to 0..1, enlarged corner to corner."""
    scaled = (values - values.min()) / (values.max() - values.min())
    enlarged = nn.functional.interpolate(
        torch.from_numpy(scaled), size[::-1], mode="bilinear", align_corners=True
    )
    return enlarged.numpy()
