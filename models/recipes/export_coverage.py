"""Exports classifiers of torchvision and timm, networks over other axes (any_axes.py) and with other outputs (any_outputs.py), with random weights, for `pnpm coverage`; one long-lived process.

    pip install torch torchvision timm onnx
    python export_coverage.py --list   the networks, and the versions of the software, as one JSON document
    python export_coverage.py          exports: a JSON request a line on stdin, a JSON answer a line on stdout

A request is {"library", "name", "out"}; the answer {"weightsMB", "fixedBatch"} or {"error"}. The weights are random
but lively, so that nothing is hidden: batch normalization has statistics that fit its input and a scale and a shift of
its own, tiny constant scales (layer scale starts at 1e-6) are raised, and layers are scaled so that activations keep
their size all the way to the logits.
"""

import argparse
import gc
import json
import logging
import os
import sys
import warnings
import zlib

import onnx
import torch
from torch import nn

OPSET = 17

# Of each module of timm 1.0.29 the classifier with the fewest weights (its networks for tests left out), and where a module
# holds networks of several kinds, one of each. gemma4_vit has no classifiers.
TIMM_FAMILIES = {
    "beit": "beit_base_patch16_224",
    "byoanet": "botnet26t_256 halonet26t halonet_h1 lambda_resnet26t lamhalobotnet50ts_256",
    "byobnet": "bat_resnext26ts gcresnext26ts gernet_s mobileone_s0 regnetz_b16 repvgg_a0",
    "cait": "cait_xxs24_224",
    "coat": "coat_tiny",
    "convit": "convit_tiny",
    "convmixer": "convmixer_768_32",
    "convnext": "convnext_atto convnext_atto_rms convnextv2_atto",
    "cpubone": "cpubone_nano",
    "crossvit": "crossvit_tiny_240",
    "csatv2": "csatv2",
    "cspnet": "cs3darknet_focus_s cspresnet50 darknet53",
    "davit": "davit_tiny",
    "deit": "deit_tiny_patch16_224",
    "densenet": "densenet121 densenetblur121d",
    "dla": "dla46_c",
    "dpn": "dpn48b dpn68",
    "edgenext": "edgenext_xx_small",
    "efficientformer": "efficientformer_l1",
    "efficientformer_v2": "efficientformerv2_s0",
    "efficientnet": "efficientnet_b0_g8_gn efficientnet_cc_b0_4e efficientnet_em fbnetc_100 mixnet_s mnasnet_small "
    "mobilenetv1_100 mobilenetv2_035 semnasnet_050 spnasnet_100 tf_efficientnet_b0 tf_efficientnet_lite0 "
    "tf_efficientnetv2_b0 tinynet_e",
    "efficientvit_mit": "efficientvit_b0",
    "efficientvit_msra": "efficientvit_m0",
    "eva": "eva02_tiny_patch14_336",
    "fasternet": "fasternet_t0",
    "fastvit": "fastvit_t8",
    "focalnet": "focalnet_tiny_srf",
    "gcvit": "gcvit_xxtiny",
    "ghostnet": "ghostnet_050",
    "hardcorenas": "hardcorenas_a",
    "hgnet": "hgnet_tiny hgnetv2_b0",
    "hiera": "hiera_tiny_224",
    "hieradet_sam2": "hieradet_small",
    "hrnet": "hrnet_w18_small",
    "inception_next": "inception_next_atto",
    "inception_resnet_v2": "inception_resnet_v2",
    "inception_v3": "inception_v3",
    "inception_v4": "inception_v4",
    "lcnetv2": "lcnetv2_small",
    "levit": "levit_128s",
    "lowformer": "lowformer_b0",
    "mambaout": "mambaout_femto",
    "maxxvit": "coatnet_nano_rw_224 coatnext_nano_rw_224 maxvit_pico_rw_256 maxvit_rmlp_nano_rw_256",
    "metaformer": "caformer_s18 convformer_s18 poolformer_s12 poolformerv2_s12",
    "mlp_mixer": "gmixer_12_224 gmlp_ti16_224 mixer_s32_224 resmlp_12_224",
    "mobilenetv3": "lcnet_035 mobilenetv3_small_050 mobilenetv4_conv_small tf_mobilenetv3_small_075",
    "mobilenetv5": "mobilenetv5_base",
    "mobilevit": "mobilevit_xxs mobilevitv2_050",
    "mvitv2": "mvitv2_tiny",
    "naflexvit": "naflexvit_base_patch16_parfac_gap",
    "nasnet": "nasnetalarge",
    "nest": "jx_nest_tiny",
    "nextvit": "nextvit_small",
    "nfnet": "dm_nfnet_f0 eca_nfnet_l0 nf_ecaresnet26 nf_regnet_b0 nf_resnet26",
    "pit": "pit_ti_224",
    "pnasnet": "pnasnet5large",
    "pvt_v2": "pvt_v2_b0",
    "rdnet": "rdnet_tiny",
    "regnet": "regnetv_040 regnetx_002 regnety_002",
    "repghost": "repghostnet_050",
    "repvit": "repvit_m0_9",
    "res2net": "res2net50_26w_4s res2next50",
    "resnest": "resnest14d",
    "resnet": "ecaresnet26t resnet10t resnetaa50 resnetblur18 seresnet18",
    "resnetv2": "resnetv2_18 resnetv2_50d_evos resnetv2_50d_frn resnetv2_50d_gn resnetv2_50x1_bit",
    "rexnet": "rexnet_100",
    "selecsls": "selecsls42",
    "senet": "legacy_senet154 legacy_seresnet18",
    "sequencer": "sequencer2d_s",
    "shvit": "shvit_s1",
    "sknet": "skresnet18",
    "starnet": "starnet_s050",
    "swiftformer": "swiftformer_xs",
    "swin_transformer": "swin_tiny_patch4_window7_224",
    "swin_transformer_v2": "swinv2_tiny_window8_256",
    "swin_transformer_v2_cr": "swinv2_cr_tiny_224",
    "tiny_vit": "tiny_vit_5m_224",
    "tnt": "tnt_s_legacy_patch16_224",
    "tresnet": "tresnet_m",
    "twins": "twins_svt_small",
    "vgg": "vgg11_bn",
    "visformer": "visformer_tiny",
    "vision_transformer": "vit_tiny_patch16_224",
    "vision_transformer_hybrid": "vit_tiny_r_s16_p8_224",
    "vision_transformer_relpos": "vit_srelpos_small_patch16_224",
    "vision_transformer_sam": "samvit_base_patch16_224",
    "vitamin": "vitamin_small_224",
    "volo": "volo_d1_224",
    "vovnet": "eca_vovnet39b ese_vovnet19b_slim_dw vovnet39a",
    "xception": "legacy_xception",
    "xception_aligned": "xception41 xception41p",
    "xcit": "xcit_nano_12_p16_224",
}

from tolerant_torchvision import torchvision  # noqa: E402

import timm  # noqa: E402

import any_axes  # noqa: E402
import any_outputs  # noqa: E402


def build(library, name):
    """The network in eval mode, freshly initialized, without auxiliary heads."""
    if library == "timm":
        return timm.create_model(name, pretrained=False, exportable=True).eval()
    if library == "other axes":
        return any_axes.NETWORKS[name][2]().eval()
    if library == "outputs":
        return any_outputs.NETWORKS[name][2]().eval()
    extra = {"init_weights": False} if name in ("inception_v3", "googlenet") else {}
    model = torchvision.models.get_model(name, weights=None, **extra).eval()
    if hasattr(model, "aux_logits"):
        model.aux_logits = False
        for head in ("AuxLogits", "aux1", "aux2"):
            if hasattr(model, head):
                setattr(model, head, None)
    return model


def input_size(library, name, model):
    if library == "other axes":
        return list(any_axes.NETWORKS[name][1])
    if library == "outputs":
        return list(any_outputs.NETWORKS[name][1])
    if library == "timm":
        return list(model.pretrained_cfg.get("input_size", (3, 224, 224)))
    size = torchvision.models.get_model_weights(name).DEFAULT.transforms().crop_size[0]
    return [3, size, size]


def megabytes(model):
    tensors = [*model.parameters(), *model.buffers()]
    return sum(t.numel() * t.element_size() for t in tensors) / 1e6


def is_norm(module):
    return isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is not None


def scalable(module):
    """Convolutions and dense layers whose output is proportional to their weights as stored."""
    forward = type(module).forward
    known = isinstance(module, (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)) and not hasattr(module, "gain")
    plain = (nn.Conv1d.forward, nn.Conv2d.forward, nn.Conv3d.forward, nn.Linear.forward)
    return known and (forward in plain or "Same" in type(module).__name__)


@torch.no_grad()
def enliven_constants(model):
    """Parameters that start as one number all over get values of their own."""
    for name, p in model.named_parameters():
        if p.numel() == 0 or not p.dtype.is_floating_point or p.min() != p.max():
            continue
        value = p.flatten()[0].item()
        if sum(size > 1 for size in p.shape) > 1 and p.ndim > 1 and name.endswith("weight"):
            p.normal_(0, p[0].numel() ** -0.5)
        elif name.endswith("bias"):
            p.normal_(0, 0.1)
        elif abs(value) < 0.05:
            p.uniform_(0.1, 1)
        else:
            p.uniform_(0.7, 1.3).mul_(value)


@torch.no_grad()
def calibrate(model, pictures):
    """One pass, in which each layer's weights are scaled to a fair output, and batch normalization gets its statistics."""

    def scale(module, _, output):
        deviation = output.std().item()
        if not 1e-12 < deviation < float("inf") or 0.5 <= deviation <= 2:
            return None
        module.weight /= deviation
        if module.bias is not None:
            module.bias /= deviation
        return output / deviation

    def observe(module, inputs):
        axes = [axis for axis in range(inputs[0].ndim) if axis != 1]
        variance, mean = torch.var_mean(inputs[0], axes)
        # Statistics that fit, but not exactly: a network sees other pictures than those it was trained on. Nor does a
        # trained network blow up a channel that happens to be silent.
        variance = variance.clamp(min=0.25 * variance.mean().item() + 1e-6)
        module.running_mean.copy_(mean + 0.1 * variance.sqrt() * torch.randn_like(mean))
        module.running_var.copy_(variance * torch.empty_like(variance).uniform_(0.8, 1.25))

    hooks = [m.register_forward_hook(scale) for m in model.modules() if scalable(m)]
    hooks += [m.register_forward_pre_hook(observe) for m in model.modules() if is_norm(m)]
    model(pictures)
    for hook in hooks:
        hook.remove()


def picture_like(shape):
    """Patches under noise, as large as normalized pictures are; test/coverage/src/picture.ts makes such ones too."""
    patch = 16
    first = min(2, len(shape) - 1)  # samples in a row have no axis of channels
    patches = torch.empty(*shape[:first], *(-(-size // patch) for size in shape[first:])).uniform_(-1.2, 1.2)
    for axis in range(first, len(shape)):
        patches = patches.repeat_interleave(patch, axis).narrow(axis, 0, shape[axis])
    return patches + torch.empty(shape).uniform_(-0.6, 0.6)


def export(library, name, out):
    torch.manual_seed(zlib.crc32(f"{library}/{name}".encode()))
    model = build(library, name)
    size = input_size(library, name, model)
    enliven_constants(model)
    calibrate(model, picture_like([8, *size]))
    outputs = any_outputs.NETWORKS[name][3] if library == "outputs" else ["logits"]
    finish = any_outputs.NETWORKS[name][4] if library == "outputs" else None
    script = {"dynamo": False, "opset_version": OPSET, "do_constant_folding": True}
    open_batch = {"dynamic_axes": {value: {0: "N"} for value in ("input", *outputs)}}
    # What some operations cannot be exported with, others can: sizes that are all known, the newer exporter.
    ways = [{**script, **open_batch}, script, {"dynamo": True, "opset_version": OPSET + 1}]
    for way in ways:
        try:
            torch.onnx.export(
                model, picture_like([1, *size]), out, input_names=["input"], output_names=outputs, **way
            )
            break
        except Exception:
            if way is ways[-1]:
                raise
    if finish is not None:
        finish(out)
    return {"weightsMB": megabytes(model), "fixedBatch": way is not ways[0]}


def torchvision_networks():
    for name in torchvision.models.list_models(module=torchvision.models):
        parameters = torchvision.models.get_model_weights(name).DEFAULT.meta["num_params"]
        yield {"library": "torchvision", "name": name, "family": name, "weightsMB": 4 * parameters / 1e6}


def timm_networks():
    for family, names in TIMM_FAMILIES.items():
        for name in names.split():
            if timm.is_model(name):
                yield {"library": "timm", "name": name, "family": family, "weightsMB": None}
            else:
                print(f"This timm has no {name}.", file=sys.stderr)
    for family in sorted(set(timm.list_modules()) - set(TIMM_FAMILIES) - {"gemma4_vit"}):
        print(f"The family {family} of this timm is not in the list.", file=sys.stderr)


def networks_of_other_axes():
    for name, (family, _, make) in any_axes.NETWORKS.items():
        yield {"library": "other axes", "name": name, "family": family, "weightsMB": megabytes(make())}


def networks_of_other_outputs():
    for name, (family, _, make, _, _) in any_outputs.NETWORKS.items():
        try:
            yield {"library": "outputs", "name": name, "family": family, "weightsMB": megabytes(make())}
        except ImportError as error:
            print(f"{name} is left out: {error}.", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the libraries print is no answer
    if options.list:
        versions = {module.__name__: module.__version__ for module in (torch, torchvision, timm, onnx)}
        networks = [*torchvision_networks(), *timm_networks(), *networks_of_other_axes(), *networks_of_other_outputs()]
        print(json.dumps({"versions": versions, "networks": networks}), file=answers, flush=True)
        return
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = export(request["library"], request["name"], request["out"])
        except Exception as error:  # whatever an exporter throws is a result
            first = str(error).split("\n")[0].split(". Please feel free")[0].split("  [Caused by")[0]
            answer = {"error": f"{type(error).__name__}: {first[:300]}"}
        gc.collect()
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
