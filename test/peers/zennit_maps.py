"""Maps of zennit, and of zennit changed in one point, which shows what a difference comes from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import torch
from torch import Tensor, nn
from zennit import attribution, composites, rules
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.core import BasicHook, Composite, Stabilizer
from zennit.layer import Sum
from zennit.torchvision import ResNetCanonizer
from zennit.types import Activation, AvgPool, BatchNorm, Convolution, Linear

from networks import HIGH, LOW, Network


def maps(network: Network, drawn: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    model, x, target = network.model, network.picture, network.target
    canonizers = [SequentialMergeBatchNorm()] if network.name == "vgg" else [ResNetCanonizer()]
    low, high = (torch.tensor(bound).reshape(1, 3, 1, 1).double() for bound in (LOW, HIGH))
    no_bias = {"zero_params": "bias"}

    def one_hot(output: Tensor) -> Tensor:
        return nn.functional.one_hot(torch.tensor([target]), output.shape[1]).to(output)

    def logit(output: Tensor) -> Tensor:
        return one_hot(output) * output

    def softmax_gradient(output: Tensor) -> Tensor:
        p = output.softmax(1)
        return p[:, target] * (one_hot(output) - p)

    def contrast(output: Tensor) -> Tensor:
        others = (1 - one_hot(output)) / (output.shape[1] - 1)
        return output[:, target] * (one_hot(output) - others)

    def run(composite: Composite | None, seed: Callable[[Tensor], Tensor] = logit) -> Tensor:
        return attribution.Gradient(model, composite, seed)(x.clone())[1][0]

    plus_without_bias = [(Convolution, rules.ZPlus(**no_bias))]
    yield "zennit-epsilon-plus", run(composites.EpsilonPlus(canonizers=canonizers))
    yield "zennit-epsilon-plus-raw", run(composites.EpsilonPlus())
    yield (
        "zennit-epsilon-plus-no-bias",
        run(composites.EpsilonPlus(layer_map=plus_without_bias, canonizers=canonizers)),
    )
    yield "zennit-epsilon-plus-flat", run(composites.EpsilonPlusFlat(canonizers=canonizers))
    yield "zennit-epsilon-alpha2-beta1", run(composites.EpsilonAlpha2Beta1(canonizers=canonizers))
    flat = composites.EpsilonAlpha2Beta1Flat(canonizers=canonizers)
    yield "zennit-epsilon-alpha2-beta1-flat", run(flat)
    yield "zennit-epsilon-gamma-box", run(composites.EpsilonGammaBox(low, high, canonizers=canonizers))
    exact = composites.EpsilonGammaBox(low, high, epsilon=1e-12, stabilizer=1e-12, canonizers=canonizers)
    yield "zennit-epsilon-gamma-box-exact", run(exact)

    zplus_box = composites.SpecialFirstLayerMapComposite(
        layer_map=[
            (Activation, rules.Pass()),
            (BatchNorm, rules.Pass()),
            (Sum, _positive_sum(1e-12)),
            (AvgPool, rules.Norm(1e-12)),
            (Linear, rules.ZPlus(1e-12, **no_bias)),
        ],
        first_map=[(Convolution, rules.ZBox(low, high, 1e-12))],
        canonizers=canonizers,
    )
    yield "zennit-zplus-box-sglrp", run(zplus_box, softmax_gradient)
    yield "zennit-zplus-box-clrp", run(zplus_box, contrast)
    yield "zennit-zplus-box-against", run(zplus_box, lambda output: one_hot(output) - one_hot(output).roll(1, 1))
    own = run(zplus_box, lambda output: one_hot(output) * output.abs())
    others = run(zplus_box, lambda output: (1 - one_hot(output)) * output.abs())
    yield "zennit-zplus-box-clrp-gu", own / own.sum() - others / others.sum()
    yield "zennit-epsilon-plus-sglrp", run(composites.EpsilonPlus(canonizers=canonizers), softmax_gradient)

    yield "zennit-excitation", run(composites.ExcitationBackprop(canonizers=canonizers), one_hot)
    excitation = composites.ExcitationBackprop(
        1e-12, layer_map=[(Sum, _positive_sum(1e-12))], **no_bias, canonizers=canonizers
    )
    yield "zennit-excitation-no-bias", run(excitation, one_hot)
    yield "zennit-guided-backprop", run(composites.GuidedBackprop(), one_hot)
    yield "zennit-deconvnet", run(composites.DeconvNet(), one_hot)

    torch.manual_seed(0)
    noise = drawn["noise"].double()
    samples = len(noise)
    yield "zennit-smoothgrad", attribution.SmoothGrad(model, None, one_hot, noise_level=0.15, n_iter=25)(x)[1][0]
    spread = float(x.max() - x.min())
    with _patched(torch, "randn_like", [part[None] / spread for part in noise]):
        attributor = attribution.SmoothGrad(model, None, one_hot, noise_level=1.0, n_iter=samples + 1)
        with_clean = attributor(x)[1][0]
    yield "zennit-smoothgrad-same-noise", ((samples + 1) * with_clean - run(None, one_hot)) / samples

    yield "zennit-integrated-gradients", attribution.IntegratedGradients(model, None, one_hot, n_iter=50)(x)[1][0]
    middles = (torch.arange(50) + 0.5) / 50
    with _patched(torch, "linspace", [middles]):
        yield (
            "zennit-integrated-gradients-middle",
            attribution.IntegratedGradients(model, None, one_hot, n_iter=50)(x)[1][0],
        )

    window = {"window": (16, 16), "stride": (16, 16)}
    yield "zennit-occlusion", attribution.Occlusion(model, None, logit, **window)(x)[1][0, :1]

    def hide(values: Tensor, mask: Tensor) -> Tensor:
        return values * ~mask

    hidden = attribution.Occlusion(model, None, logit, occlusion_fn=hide, **window)(x)[1][0, :1]
    yield "zennit-occlusion-hidden", model(x)[0, target] - hidden


def _positive_sum(stabilizer: float) -> BasicHook:
    """A sum of signals by its positive terms alone."""
    stable = Stabilizer.ensure(stabilizer)
    return BasicHook(
        input_modifiers=[lambda value: value.clamp(min=0)],
        param_modifiers=[rules.NoMod(param_keys=[])],
        output_modifiers=[lambda output: output],
        gradient_mapper=lambda out_grad, outputs: out_grad / stable(outputs[0]),
        reducer=lambda inputs, gradients: inputs[0] * gradients[0],
    )


@contextmanager
def _patched(owner: object, name: str, answers: list[Tensor]) -> Iterator[None]:
    """A random or spacing function that gives prepared answers, one a call."""
    with mock.patch.object(owner, name, side_effect=answers):
        yield
