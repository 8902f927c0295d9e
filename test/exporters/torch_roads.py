"""PyTorch's two exporters."""

import io
import onnx
import torch
import warnings
from manifest import BASE
from network import SIDE, weights
from torch_network import network

PICTURE = torch.zeros(1, 3, SIDE, SIDE)
NAMES = {"input_names": ["input"], "output_names": ["logits"]}
warnings.filterwarnings("ignore")


def torchscript(model, opset, **options):
    file = io.BytesIO()
    torch.onnx.export(model, (PICTURE,), file, dynamo=False, opset_version=opset, **NAMES, **options)
    return onnx.load_from_string(file.getvalue())


def dynamo(model, opset, sizes=None, **options):
    program = torch.onnx.export(
        model,
        (PICTURE.repeat(2, 1, 1, 1) if sizes else PICTURE,),
        dynamo=True,
        opset_version=opset,
        external_data=False,
        dynamic_shapes=(sizes,) if sizes else None,
        **NAMES,
        **options,
    )
    return without_traces(program.model_proto)


def without_traces(model):
    """The exporter notes for each node where in the source it comes from, by paths of this machine."""
    graph = model.graph
    for part in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        del part.metadata_props[:]
    return model


def make_torchscript(manifest):
    model = network(weights())
    road = "torchscript"
    manifest.start(road)

    def add(file, variant, made, **properties):
        manifest.add(made, file, road, variant, **properties)

    add(
        BASE,
        "batch any, opset 17",
        torchscript(model, 17, dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}}),
        batch="any",
    )
    for opset in (7, 9, 14, 20):
        add(f"torchscript-{opset}.onnx", "folded, batch 1", torchscript(model, opset))
    mode = torch.onnx.TrainingMode
    for opset in (7, 11, 20):
        made = torchscript(model, opset, training=mode.PRESERVE, do_constant_folding=False)
        add(f"torchscript-{opset}-unfolded.onnx", "batch normalization kept, nothing folded", made)
    for opset in (8, 16):
        made = torchscript(
            model, opset, keep_initializers_as_inputs=True, training=mode.PRESERVE, do_constant_folding=False
        )
        add(f"torchscript-{opset}-weights-as-inputs.onnx", "weights listed as inputs", made)
    axes = {"input": {0: "N", 2: "H", 3: "W"}, "logits": {0: "N"}}
    for opset in (10, 19):
        made = torchscript(model, opset, dynamic_axes=axes)
        add(f"torchscript-{opset}-any-size.onnx", "batch, height and width any", made, batch="any", size="any")
    for opset, operation in ((12, "BatchNormalization"), (14, "Dropout"), (17, "BatchNormalization")):
        training = network(weights())
        file = f"torchscript-{opset}-training.onnx"
        if operation != "Dropout":
            training.dropout = torch.nn.Identity()
        made = torchscript(training.train(), opset, training=mode.TRAINING, do_constant_folding=False)
        add(file, "exported in training mode", made, equals="refused", operation=operation)
    for opset in (11, 17):
        made = torchscript(Views(model), opset, dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}})
        add(
            f"torchscript-{opset}-shape-arithmetic.onnx",
            "view and squeeze by sizes at run time",
            made,
            batch="any",
        )
    scripted = torch.jit.script(Squeezed(model))
    add(
        "torchscript-13-if.onnx",
        "scripted, an If around a squeeze",
        torchscript(scripted, 13, dynamic_axes=axes),
        batch="any",
        size="any",
    )


class Views(torch.nn.Module):
    """The head as people write it: sizes asked at run time, chunks, mean over positions, a view."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        m = self.model
        x = m.pool(m.relu(m.stem(x)))
        x = m.relu6(m.pointwise(m.relu6(m.depthwise(x))))
        x = m.relu(x + m.residual(x))
        x = torch.cat([torch.relu(m.left(x)), torch.relu(m.right(x))], 1)
        n, c, h, w = x.shape
        first, second = m.down(x).clamp(min=0).chunk(2, dim=1)
        x = torch.cat([first.contiguous().view(n, c // 2, -1), second.flatten(2)], 1).mean(-1)
        return m.dense(x.view(x.size(0), -1))


class Squeezed(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.body = model
        self.twice: bool = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        m = self.body
        x = m.pool(m.relu(m.stem(x)))
        x = m.relu6(m.pointwise(m.relu6(m.depthwise(x))))
        x = m.relu(x + m.residual(x))
        x = torch.cat([m.relu(m.left(x)), m.relu(m.right(x))], 1)
        x = m.relu(m.down(x))
        if x.dim() == 3:
            x = x.unsqueeze(0)
        if x.size(1) == 24:
            x = x[:, :12]
        return m.dense(m.average(x).squeeze(3).squeeze(2))


def make_dynamo(manifest):
    model = network(weights())
    road = "dynamo"
    manifest.start(road)

    def add(file, variant, made, **properties):
        manifest.add(made, file, road, variant, **properties)

    for opset in (18, 23, 25):
        add(f"dynamo-{opset}.onnx", "optimized, batch 1", dynamo(model, opset))
    for opset in (18, 24):
        made = dynamo(model, opset, optimize=False)
        add(f"dynamo-{opset}-unoptimized.onnx", "as decomposed, not optimized", made)
    made = dynamo(model, 22, sizes={0: torch.export.Dim("batch")})
    add("dynamo-22-any-batch.onnx", "batch any", made, batch="any")
    sizes = {
        0: torch.export.Dim("batch"),
        2: torch.export.Dim("height", min=9),
        3: torch.export.Dim("width", min=9),
    }
    add(
        "dynamo-20-any-size.onnx",
        "batch, height and width any",
        dynamo(model, 20, sizes=sizes),
        batch="any",
        size="any",
    )
