"""Makes the networks of this folder and their maps: small transformers with random weights, exported by PyTorch, and forms of one.

    pip install torch onnx onnxruntime; python make.py

(The files were made with PyTorch 2.13.0, onnx 1.23.1 and onnxruntime 1.30.0.) `npm test` needs the files, not this.

cp-lrp.npy and attnlrp.npy are SGLRP's maps by the composites of that name, from float64 and apart from this project's code: the
input times the gradient of a modified network (Arras et al. 2025, arXiv 2502.15886). There deviations are constants, an activation
f(x) is x times the constant f(x) / x, and the gradient of each product of two signals is halved; under cp-lrp the weights of
attention are constants.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, numpy_helper
from onnxruntime import quantization
from onnxruntime.quantization import QuantFormat, QuantType
from torch import nn
from torch.nn import functional as F

FOLDER = Path(__file__).parent
SIDE, CLASSES = 16, 5
# None for the network as it is.
composite = None


def constant(x):
    return x if composite is None else x.detach()


def activation(f, x):
    return f(x) if composite is None else x * (f(x) / x).detach()


def product(a, b, weights=False, multiply=torch.matmul):
    if weights and composite == "cp-lrp":
        return multiply(a.detach(), b)
    both = multiply(a, b)
    return both if composite is None else both / 2 + (both / 2).detach()


class LayerNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = nn.Parameter(1 + 0.3 * torch.randn(width))
        self.shift = nn.Parameter(0.2 * torch.randn(width))

    def forward(self, x):
        if composite is None:
            return F.layer_norm(x, self.scale.shape, self.scale, self.shift, 1e-5)
        centre = x - x.mean(-1, keepdim=True)
        deviation = (centre.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt()
        return centre / deviation.detach() * self.scale + self.shift


class RMSNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = nn.Parameter(1 + 0.3 * torch.randn(width))

    def forward(self, x):
        return x * constant(torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)) * self.scale


class Attention(nn.Module):
    """Heads of softmax attention; by cosines, with a bias for each pair of tokens, under a mask for each window."""

    def __init__(self, width, heads, packed=True, tokens=None, mask=None):
        super().__init__()
        self.heads, self.cosine = heads, tokens is not None
        sizes = [3 * width] if packed else [width, width, width]
        self.projections = nn.ModuleList(nn.Linear(width, size) for size in sizes)
        self.out = nn.Linear(width, width)
        if self.cosine:
            self.scale = nn.Parameter(torch.full((heads, 1, 1), 1.3))
            self.bias = nn.Parameter(0.5 * torch.randn(heads, tokens, tokens))
        self.mask = mask

    def forward(self, x):
        batch, tokens, width = x.shape
        parts = torch.cat([project(x) for project in self.projections], -1)
        split = parts.reshape(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4).unbind(0)
        if self.cosine:
            q, k = (t / constant(t.norm(dim=-1, keepdim=True).clamp_min(1e-12)) for t in (q, k))
            scores = product(q, k.transpose(-2, -1)) * self.scale + self.bias
        else:
            scores = product(q, k.transpose(-2, -1)) * (width // self.heads) ** -0.5
        if self.mask is not None:
            grouped = scores.reshape(-1, len(self.mask), self.heads, tokens, tokens) + self.mask[None, :, None].to(x.dtype)
            scores = grouped.reshape(-1, self.heads, tokens, tokens)
        mixed = product(F.softmax(scores, -1), v, weights=True)
        return self.out(mixed.transpose(1, 2).reshape(batch, tokens, width))


class Dense(nn.Module):
    def __init__(self, width, gated=False):
        super().__init__()
        self.gated = gated
        self.inner = nn.Linear(width, 4 * width if gated else 2 * width)
        self.outer = nn.Linear(2 * width, width)

    def forward(self, x):
        if not self.gated:
            return self.outer(activation(F.gelu, self.inner(x)))
        signal, gate = self.inner(x).chunk(2, -1)
        return self.outer(product(signal, activation(F.silu, gate), multiply=torch.mul))


class Block(nn.Module):
    def __init__(self, width, norm, packed, gated):
        super().__init__()
        self.norms = nn.ModuleList(norm(width) for _ in range(2))
        self.attention, self.dense = Attention(width, 2, packed), Dense(width, gated)

    def forward(self, x):
        x = x + self.attention(self.norms[0](x))
        return x + self.dense(self.norms[1](x))


class ViT(nn.Module):
    def __init__(self, token, norm, packed, gated, width=16, patch=4):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.randn(1, 1, width)) if token else None
        self.positions = nn.Parameter(0.3 * torch.randn(1, (SIDE // patch) ** 2 + int(token), width))
        self.blocks = nn.Sequential(*(Block(width, norm, packed, gated) for _ in range(2)))
        self.norm, self.head = norm(width), nn.Linear(width, CLASSES)

    def forward(self, picture):
        x = self.patches(picture).flatten(2).transpose(1, 2)
        if self.token is not None:
            x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1)
        x = self.norm(self.blocks(x + self.positions))
        return self.head(x.mean(1) if self.token is None else x[:, 0])


def windows(x, size):
    _, height, width, channels = x.shape
    split = x.reshape(-1, height // size, size, width // size, size, channels)
    return split.transpose(2, 3).reshape(-1, size * size, channels)


def whole(x, size, side):
    split = x.reshape(-1, side // size, side // size, size, size, x.shape[-1])
    return split.transpose(2, 3).reshape(-1, side, side, x.shape[-1])


class Windowed(nn.Module):
    """A block of Swin v2: attention in windows, which may be shifted, and normalization behind it."""

    def __init__(self, width, side, size, shift):
        super().__init__()
        self.side, self.size, self.shift = side, size, shift
        mask = None
        if shift:
            parts = (slice(0, -size), slice(-size, -shift), slice(-shift, None))
            regions = torch.zeros(1, side, side, 1)
            for i, (rows, columns) in enumerate((a, b) for a in parts for b in parts):
                regions[:, rows, columns] = i
            each = windows(regions, size)[..., 0]
            mask = torch.where(each[:, None] != each[:, :, None], -100.0, 0.0)
        self.attention, self.dense = Attention(width, 2, tokens=size * size, mask=mask), Dense(width)
        self.norms = nn.ModuleList(LayerNorm(width) for _ in range(2))

    def forward(self, x):
        y = x.reshape(-1, self.side, self.side, x.shape[-1])
        if self.shift:
            y = torch.roll(y, (-self.shift, -self.shift), (1, 2))
        y = whole(self.attention(windows(y, self.size)), self.size, self.side)
        if self.shift:
            y = torch.roll(y, (self.shift, self.shift), (1, 2))
        x = x + self.norms[0](y.reshape(x.shape))
        return x + self.norms[1](self.dense(x))


class Swin(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.patches, self.norm = nn.Conv2d(3, width, 2, 2), LayerNorm(width)
        self.blocks = nn.Sequential(Windowed(width, 8, 4, 0), Windowed(width, 8, 4, 2))
        self.merge, self.merged = nn.Linear(4 * width, 2 * width, bias=False), LayerNorm(2 * width)
        self.last, self.final = Windowed(2 * width, 4, 4, 0), LayerNorm(2 * width)
        self.head = nn.Linear(2 * width, CLASSES)

    def forward(self, picture):
        x = self.blocks(self.norm(self.patches(picture).flatten(2).transpose(1, 2)))
        y = x.reshape(-1, 8, 8, x.shape[-1])
        corners = [y[:, i::2, j::2] for j in (0, 1) for i in (0, 1)]
        y = torch.cat(corners, -1).reshape(-1, 16, 4 * x.shape[-1])
        return self.head(self.final(self.last(self.merged(self.merge(y)))).mean(1))


def make_golden(name, build, seed):
    global composite
    torch.manual_seed(seed)
    network = build()
    for module in network.modules():
        if isinstance(module, nn.Linear):
            module.weight.data *= 1.5
    picture = torch.randn(1, 3, SIDE, SIDE).clamp(-2, 2)
    folder = FOLDER / name
    folder.mkdir(exist_ok=True)
    composite = None
    names = {"input_names": ["image"], "output_names": ["logits"]}
    axes = {"dynamic_axes": {"image": {0: "N"}, "logits": {0: "N"}}}
    torch.onnx.export(network, (picture,), folder / "model.onnx", dynamo=False, opset_version=17, **names, **axes)
    network, picture = network.double(), picture.double()
    logits = network(picture)[0].detach()
    target = int(logits.argmax())
    others = logits.clone()
    others[target] = -torch.inf
    seed = F.one_hot(torch.tensor(target), CLASSES) - F.softmax(others, 0)
    for composite in ("cp-lrp", "attnlrp"):
        x = picture.clone().requires_grad_()
        (gradient,) = torch.autograd.grad((network(x)[0] * seed).sum(), x)
        np.save(folder / f"{composite}.npy", (x * gradient)[0].detach().numpy())
    composite = None
    np.save(folder / "input.npy", picture[0].float().numpy())
    maps = [{"seed": "sglrp-unit", "composite": each, "file": f"{each}.npy"} for each in ("cp-lrp", "attnlrp")]
    case = {"target": target, "low": [-2] * 3, "high": [2] * 3, "maps": maps}
    (folder / "case.json").write_text(json.dumps(case, indent=1) + "\n")


def make_half(source, result):
    model = onnx.load(source)
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name))
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR and attribute.t.data_type == TensorProto.FLOAT:
                attribute.t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(attribute.t).astype(np.float16)))
            if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.FLOAT16
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.elem_type = TensorProto.FLOAT16
    onnx.save(model, result)


class Pictures(quantization.CalibrationDataReader):
    def __init__(self, own):
        random = np.random.default_rng(3).normal(size=(63, 3, SIDE, SIDE)).clip(-2, 2).astype(np.float32)
        self.left = iter([{"image": each[None]} for each in (own, *random)])

    def get_next(self):
        return next(self.left, None)


def make_forms(name):
    """What becomes of a network after its export: half precision, and onnxruntime's quantizer."""
    folder = FOLDER / name
    source = str(folder / "model.onnx")
    make_half(source, folder / "float16.onnx")
    prepared = str(folder / "prepared.onnx")
    quantization.quant_pre_process(source, prepared, skip_symbolic_shape=True)
    own = np.load(folder / "input.npy")
    for form, file in ((QuantFormat.QDQ, "qdq.onnx"), (QuantFormat.QOperator, "qoperator.onnx")):
        types = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
        quantization.quantize_static(prepared, folder / file, Pictures(own), quant_format=form, **types)
    quantization.quantize_dynamic(prepared, folder / "dynamic.onnx", weight_type=QuantType.QUInt8)
    Path(prepared).unlink()


if __name__ == "__main__":
    make_golden("vit", lambda: ViT(token=True, norm=LayerNorm, packed=True, gated=False), 101)
    make_golden("rms-swiglu", lambda: ViT(token=False, norm=RMSNorm, packed=False, gated=True), 102)
    make_golden("swin-v2", Swin, 103)
    make_forms("vit")
