"""Maps of captum, and of captum changed in one point, which shows what a difference comes from."""

import copy
from collections.abc import Callable, Iterator
from unittest import mock

import numpy as np
import torch
from captum import attr
from captum._utils.models.linear_model import SkLearnRidge
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule
from torch import Tensor, nn

from networks import Addition, Network

STEPS = 50


def maps(network: Network, drawn: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    model, x, target = network.model, network.picture, network.target
    layer = network.model.last_spatial()

    saliency = attr.Saliency(model)
    yield "captum-saliency", saliency.attribute(x.clone(), target)[0]
    yield "captum-gradient", saliency.attribute(x.clone(), target, abs=False)[0]
    yield "captum-input-x-gradient", attr.InputXGradient(model).attribute(x.clone(), target)[0]

    integrated = attr.IntegratedGradients(model)
    yield "captum-integrated-gradients", integrated.attribute(x, target=target, n_steps=STEPS)[0]
    middle = integrated.attribute(x, target=target, n_steps=STEPS, method="riemann_middle")
    yield "captum-integrated-gradients-middle", middle[0]

    bases, scales = drawn["bases"].double(), drawn["scales"].double()
    shap = attr.GradientShap(model)
    torch.manual_seed(0)
    np.random.seed(0)
    yield "captum-gradient-shap", shap.attribute(x, bases, n_samples=len(bases), stdevs=0.0, target=target)[0]
    with (
        mock.patch("numpy.random.choice", lambda count, size: np.arange(size)),
        mock.patch("numpy.random.uniform", lambda low, high, size: scales.numpy()),
    ):
        same = shap.attribute(x, bases, n_samples=len(bases), stdevs=0.0, target=target)
    yield "captum-gradient-shap-same-samples", same[0]

    noise = drawn["noise"].double()
    tunnel = attr.NoiseTunnel(saliency)
    for method in ("smoothgrad", "vargrad"):
        options = {"nt_type": method, "nt_samples": len(noise), "target": target, "abs": False}
        yield f"captum-{method}", tunnel.attribute(x, stdevs=0.15 * float(x.max() - x.min()), **options)[0]
        with mock.patch("torch.normal", lambda mean, std: noise):
            yield f"captum-{method}-same-noise", tunnel.attribute(x, stdevs=1.0, **options)[0]

    for name, own in (("", model), ("-apart", _apart(model))):
        deeplift = attr.DeepLift(own, eps=1e-6)
        yield f"captum-deeplift{name}", deeplift.attribute(x, torch.zeros_like(x), target=target)[0]
    with mock.patch("torch.nn.functional.max_unpool2d", _unpool_adding):
        summed = attr.DeepLift(_apart(model), eps=1e-6).attribute(x, torch.zeros_like(x), target=target)
    yield "captum-deeplift-summed", summed[0]
    yield "captum-guided-backprop", attr.GuidedBackprop(model).attribute(x.clone(), target)[0]
    yield "captum-deconvolution", attr.Deconvolution(model).attribute(x.clone(), target)[0]

    small = attr.LayerGradCam(model, layer).attribute(x, target, relu_attributions=True)
    enlarged = attr.LayerAttribution.interpolate(small, x.shape[2:], interpolate_mode="bilinear")
    yield "captum-grad-cam", enlarged[0]
    guided = attr.GuidedGradCam(model, layer)
    yield "captum-guided-grad-cam", guided.attribute(x.clone(), target)[0]
    bilinear = guided.attribute(x.clone(), target, interpolate_mode="bilinear")
    yield "captum-guided-grad-cam-bilinear", bilinear[0]

    def occlusion(window: int, stride: int) -> Tensor:
        sides = {"sliding_window_shapes": (3, window, window), "strides": (3, stride, stride)}
        return attr.Occlusion(model).attribute(x, target=target, baselines=0, **sides)[0, :1]

    yield "captum-occlusion", occlusion(16, 8)
    yield "captum-occlusion-over-the-edge", occlusion(16, 10)

    yield "captum-lrp", _lrp(model, x, target, lambda: EpsilonRule())
    if network.name == "vgg":
        rule = lambda: Alpha1_Beta0_Rule(set_bias_to_zero=True)  # noqa: E731
        yield "captum-lrp-alpha1-beta0", _lrp(model, x, target, rule)
        yield "captum-lrp-alpha1-beta0-positive", _lrp(model, x.clamp(min=0), target, rule)

    labels = drawn["labels"].long()[None, None].repeat(1, 3, 1, 1)
    regions = {"target": target, "feature_mask": labels}
    exact = attr.ShapleyValues(model).attribute(x, perturbations_per_eval=24, **regions)
    yield "captum-shapley-values", exact[0, :1]
    torch.manual_seed(0)
    sampled = attr.KernelShap(model).attribute(x, n_samples=500, perturbations_per_eval=50, **regions)
    yield "captum-kernel-shap", sampled[0, :1]

    labels = drawn["lime_labels"].long()[None, None].repeat(1, 3, 1, 1)
    regions = {"target": target, "feature_mask": labels, "perturbations_per_eval": 50}
    coalitions = drawn["coalitions"].double()
    torch.manual_seed(0)
    yield "captum-lime", attr.Lime(model).attribute(x, n_samples=len(coalitions), **regions)[0, :1]

    def given(_inputs: Tensor, **_options: object) -> Iterator[Tensor]:
        yield from (row[None] for row in coalitions)

    def nearness(_inputs: Tensor, _changed: Tensor, row: Tensor, **_options: object) -> Tensor:
        distance = 1 - row.mean().sqrt()
        return torch.exp(-(distance**2) / (2 * 0.25**2))

    lime = attr.Lime(model, SkLearnRidge(alpha=1.0), nearness, given)
    yield "captum-lime-same-samples", lime.attribute(x, n_samples=len(coalitions), **regions)[0, :1]


def _unpool_adding(
    values: Tensor, indices: Tensor, _kernel: object, _stride: object, _padding: object, size: list[int]
) -> Tensor:
    """max_unpool2d in which a place that wins in several windows gets the sum."""
    flat = values.new_zeros(*size[:2], size[2] * size[3])
    return flat.scatter_add(2, indices.flatten(2), values.flatten(2)).reshape(size)


class _Copy(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.clone()


def _apart(model: nn.Module) -> nn.Module:
    """With a copy behind every rectifier, so that no two modules with hooks meet in one tensor."""
    own = copy.deepcopy(model)
    for module in list(own.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.ReLU):
                setattr(module, name, nn.Sequential(child, _Copy()))
    return own


def _lrp(model: nn.Module, x: Tensor, target: int, rule: Callable[[], object]) -> Tensor:
    """With one rule for all layers that have weights, and for sums."""
    own = copy.deepcopy(model)
    for module in own.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.rule = rule()
        if isinstance(module, (Addition, nn.Flatten)):
            module.rule = EpsilonRule()
    return attr.LRP(own).attribute(x.clone(), target)[0]
