"""Measures zennit and captum on a network of torchvision, with the rules of the composite zplus-box.

    pip install torch torchvision zennit captum        # or their repositories on PYTHONPATH
    python peers.py vgg16                              prints one line of JSON

Weights are random, threads as many as there are cores. One target is one picture; five targets are a batch of five
copies of it, which share the weights' transformations: the fastest way that zennit has. Captum's LRP knows no zbox rule
and takes Alpha1Beta0 everywhere; networks whose modules it does not know are refused by it.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "models" / "recipes"))
from tolerant_torchvision import torchvision  # noqa: E402

ROUNDS = 5


def build(name):
    torch.manual_seed(0)
    extra = {"init_weights": True} if name == "inception_v3" else {}
    model = torchvision.models.get_model(name, weights=None, **extra).eval()
    if hasattr(model, "aux_logits"):
        model.aux_logits = False
        model.AuxLogits = None
    return model


def median_ms(action):
    taken = []
    for i in range(ROUNDS + 1):
        start = time.perf_counter()
        action()
        if i > 0:
            taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def zennit_runner(model, name, picture):
    from zennit import canonizers, rules, torchvision as zt
    from zennit.composites import SpecialFirstLayerMapComposite
    from zennit.types import AvgPool, BatchNorm, Convolution, Linear

    low = picture.min().expand(1, 1, 1, 1) - 1
    high = picture.max().expand(1, 1, 1, 1) + 1
    # DenseNet normalizes before its convolutions, where there is nothing to merge into.
    chosen = {
        "vgg16": [zt.VGGCanonizer()],
        "resnet152": [zt.ResNetCanonizer()],
        "densenet121": [],
    }.get(name, [canonizers.SequentialMergeBatchNorm()])
    layers = [
        (torch.nn.Identity, rules.Pass()),
        (torch.nn.ReLU, rules.Pass()),
        (BatchNorm, rules.Pass()),
        (AvgPool, rules.Norm()),
        (Convolution, rules.ZPlus()),
        (Linear, rules.ZPlus()),
    ]
    composite = SpecialFirstLayerMapComposite(
        layers, [(Convolution, rules.ZBox(low, high))], canonizers=chosen
    )

    def explain(count):
        batch = picture.repeat(count, 1, 1, 1).requires_grad_()
        with composite.context(model) as changed:
            output = changed(batch)
            classes = output[0].topk(count).indices
            seed = torch.zeros_like(output)
            seed[torch.arange(count), classes] = 1
            torch.autograd.grad(output, batch, seed)

    return explain


def captum_runner(model, picture):
    from captum.attr import LRP
    from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule

    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.rule = Alpha1_Beta0_Rule()
        if isinstance(module, (torch.nn.ReLU, torch.nn.Dropout)):
            module.inplace = False
    method = LRP(model)

    def explain(count):
        method.attribute(picture.repeat(count, 1, 1, 1), target=list(range(count)))

    return explain


def main():
    name = sys.argv[1]
    # Random weights make numbers near zero, at which processors are slow; trained ones do not.
    torch.set_flush_denormal(True)
    size = 299 if name == "inception_v3" else 224
    picture = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(1))
    model = build(name)
    with torch.no_grad():
        forward = median_ms(lambda: model(picture))
    results = []
    for peer, runner in (
        ("zennit", lambda: zennit_runner(build(name), name, picture)),
        ("captum LRP", lambda: captum_runner(build(name), picture)),
    ):
        row = {"network": name, "peer": peer, "forwardMs": forward, "oneMs": None, "fiveMs": None, "reason": None}
        try:
            explain = runner()
            row["oneMs"] = median_ms(lambda: explain(1))
            row["fiveMs"] = median_ms(lambda: explain(5))
        except Exception as error:  # noqa: BLE001 - whatever a peer says is its reason
            row["reason"] = " ".join(str(error).split())[:160]
        results.append(row)
    print(json.dumps(results))


main()
