"""Writes the networks as .onnx files, each classifier the way a different user would, and checks the files."""

import hashlib
import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from networks import CLASSES, SIDE, NhwcInput

SHAPES = ("disc", "triangle", "star", "cross")
TEXTURES = ("striped", "dotted", "checked", "ringed")
LABELS = [f"{texture} {shape}" for shape in SHAPES for texture in TEXTURES]
PREPROCESS = {
    "name": "scenes",
    "fit": "squash",
    "scale": 1 / 255,
    "mean": [0.5, 0.5, 0.5],
    "std": [0.25, 0.25, 0.25],
    "order": "rgb",
}
DYNAMIC_AXES = {"image": {0: "N"}, "scores": {0: "N"}}

EXPORTERS = {
    "vgg": "TorchScript",
    "resnet": "TorchScript, BatchNormalization kept",
    "densenet": "TorchScript, constants folded, N,H,W,C input behind a Transpose",
    "inception": "torch.export (dynamo)",
    "vit": "torch.export (dynamo)",
}
OPSETS = {"vgg": 17, "resnet": 17, "densenet": 17, "inception": 18, "vit": 20}


def takes_nhwc(name: str) -> bool:
    return name == "densenet"


def export_network(name: str, network: nn.Module, path: Path) -> None:
    """Exports by the road of EXPORTERS[name], then cleans and labels the file."""
    network = network.to(memory_format=torch.contiguous_format).eval()
    if takes_nhwc(name):
        network = NhwcInput(network).eval()
    example = torch.zeros(2, SIDE, SIDE, 3) if takes_nhwc(name) else torch.zeros(2, 3, SIDE, SIDE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if EXPORTERS[name].startswith("torch.export"):
            torch.onnx.export(
                network,
                (example,),
                str(path),
                dynamo=True,
                opset_version=OPSETS[name],
                input_names=["image"],
                output_names=["scores"],
                dynamic_shapes={"image": {0: torch.export.Dim("N")}},
                external_data=False,
                verbose=False,
            )
        else:
            keep_norm = name == "resnet"
            torch.onnx.export(
                network,
                (example,),
                str(path),
                dynamo=False,
                opset_version=OPSETS[name],
                input_names=["image"],
                output_names=["scores"],
                dynamic_axes=DYNAMIC_AXES,
                do_constant_folding=not keep_norm,
                training=torch.onnx.TrainingMode.PRESERVE if keep_norm else torch.onnx.TrainingMode.EVAL,
            )
    finish(path, LABELS)


def export_places(network: nn.Module, path: Path, output: str, labels: list[str]) -> None:
    """Exports a network that answers for places by TorchScript, opset 17, with BatchNormalization folded."""
    network = network.to(memory_format=torch.contiguous_format).eval()
    example = torch.zeros(2, 3, SIDE, SIDE)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (example,),
            str(path),
            dynamo=False,
            opset_version=17,
            input_names=["image"],
            output_names=[output],
            dynamic_axes={"image": {0: "N"}, output: {0: "N"}},
        )
        sizes = network(example).shape[1:]
    finish(path, labels, sizes)


def finish(path: Path, labels: list[str], sizes: Sequence[int] = ()) -> None:
    """Removes what the exporter left of this machine, and says how pictures are prepared and what classes are called.

    The exporter does not know all sizes of an output behind a Reshape: `sizes` are those behind the batch axis.
    """
    model = onnx.load(str(path))
    strip_traces(model)
    for axis, size in enumerate(sizes, 1):
        model.graph.output[0].type.tensor_type.shape.dim[axis].dim_value = size
    onnx.helper.set_model_props(
        model,
        {"onnx-lrp.preprocess": json.dumps(PREPROCESS), "onnx-lrp.labels": json.dumps(labels)},
    )
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def strip_traces(model: onnx.ModelProto) -> None:
    """Removes doc strings and per-node metadata: exporters put stack traces with the paths of the machine there."""
    model.doc_string = ""
    model.graph.doc_string = ""
    del model.graph.metadata_props[:]
    for item in (*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info, *model.graph.initializer):
        item.doc_string = ""
        del item.metadata_props[:]


def check_file(name: str, path: Path, network: nn.Module, pictures: np.ndarray, labels: np.ndarray) -> dict:
    """Facts about the file, measured with onnxruntime on bytes [n, 128, 128, 3]. Raises if it is not as promised."""
    facts = file_facts(path, 2_000_000)
    if name == "resnet" and facts["operators"].get("BatchNormalization", 0) == 0:
        raise ValueError("the exporter folded the BatchNormalization nodes of resnet.onnx")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    if session.get_inputs()[0].shape[0] != "N" or session.get_outputs()[0].shape != ["N", CLASSES]:
        raise ValueError(f"{path.name} has no symbolic batch N")
    scores = run_in_batches(session, name, pictures)
    with torch.no_grad():
        reference = network.eval()(as_input(pictures[:64])).numpy()
    top = scores.argsort(axis=1)[:, ::-1]
    return {
        **facts,
        "accuracy": float((top[:, 0] == labels[:, 0]).mean()),
        "count": len(pictures),
        "largest_difference": float(np.abs(scores[:64] - reference).max()),
    }


def file_facts(path: Path, most: int) -> dict:
    """What a card says of a file as such. Raises if it has more than `most` bytes or holds a path of this machine."""
    model = onnx.load(str(path))
    operators: dict[str, int] = {}
    for node in model.graph.node:
        operators[node.op_type] = operators.get(node.op_type, 0) + 1
    data = path.read_bytes()
    if len(data) > most:
        raise ValueError(f"{path.name} has {len(data)} bytes, more than {most}")
    if any(part in data for part in (b"/home/", b"/root/", b"/Users/", b".py")):
        raise ValueError(f"{path.name} holds a path")
    return {
        "operators": dict(sorted(operators.items())),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "opset": model.opset_import[0].version,
        "producer": f"{model.producer_name} {model.producer_version}".strip(),
    }


def both_on_top(name: str, path: Path, pictures: np.ndarray, labels: np.ndarray) -> float:
    """Share of two-object scenes whose two classes have the two highest scores."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    top = run_in_batches(session, name, pictures).argsort(axis=1)[:, -2:]
    return float((np.sort(top, axis=1) == np.sort(labels, axis=1)).all(axis=1).mean())


def run_in_batches(session: onnxruntime.InferenceSession, name: str, pictures: np.ndarray) -> np.ndarray:
    parts = []
    for start in range(0, len(pictures), 50):
        batch = as_input(pictures[start : start + 50]).numpy()
        if takes_nhwc(name):
            batch = batch.transpose(0, 2, 3, 1)
        parts.append(session.run(["scores"], {"image": np.ascontiguousarray(batch)})[0])
    return np.concatenate(parts)


def as_input(pictures: np.ndarray) -> torch.Tensor:
    """Bytes [n, H, W, 3] to the networks' float32 [n, 3, H, W]."""
    return (torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.25
