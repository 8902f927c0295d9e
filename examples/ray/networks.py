"""Explanation models: one ONNX file that holds a network's forward pass and its relevance pass."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import onnx
import onnx.utils
import onnxruntime
from numpy.typing import NDArray

from pictures import Doubles, Floats, InputShape


@dataclass(frozen=True)
class Description:
    """What a file says of itself."""

    method: str
    network: str
    """SHA-256 of the network that the explanation model was made from."""
    class_names: list[str] | None
    preprocess: str | None
    shape: InputShape


class Session:
    """An explanation model, or the part of it that gives the class scores, ready to be run in this process."""

    def __init__(self, path: Path, *, threads: int, gpu: bool, scores_only: bool = False) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        providers = ["CUDAExecutionProvider"] * gpu + ["CPUExecutionProvider"]
        source: str | bytes = forward_part(path) if scores_only else str(path)
        self.session = onnxruntime.InferenceSession(source, options, providers=providers)
        self.metadata: dict[str, str] = self.session.get_modelmeta().custom_metadata_map
        if "onnx-lrp.names" not in self.metadata:
            raise ValueError(f"{path} is no explanation model; make one with: onnx-lrp compile {path} -o OUT.onnx")
        self.names: dict[str, str] = json.loads(self.metadata["onnx-lrp.names"])
        self.input = self.session.get_inputs()[0]
        if self.input.name == self.names["targets"]:
            self.input = self.session.get_inputs()[1]
        fixed = self.input.shape[0]
        self.batch: int | None = fixed if isinstance(fixed, int) else None

    def describe(self) -> Description:
        _, *sizes = self.input.shape
        if len(sizes) != 3 or not all(isinstance(size, int) for size in sizes):
            raise ValueError(f"The model takes pictures {sizes}; make it for one size with: onnx-lrp compile --size")
        channels_first = sizes[0] in (1, 3)
        channels, height, width = sizes if channels_first else (sizes[2], sizes[0], sizes[1])
        labels = self.metadata.get("onnx-lrp.labels")
        return Description(
            method=self.metadata["onnx-lrp.method"],
            network=self.metadata.get("onnx-lrp.source-sha256", ""),
            class_names=None if labels is None else json.loads(labels),
            preprocess=self.metadata.get("onnx-lrp.preprocess"),
            shape=InputShape(height, width, channels, channels_first),
        )

    def run(self, output: str, pictures: Floats, targets: NDArray[numpy.int64] | None = None) -> Floats:
        """`output` is a key of `names`. A fixed batch is filled up with copies of the last picture."""
        count = len(pictures)
        missing = 0 if self.batch is None else self.batch - count
        feeds = {self.input.name: self.as_input(fill_up(pictures, missing))}
        if targets is not None:
            feeds[self.names["targets"]] = fill_up(targets, missing)
        found: Floats = self.session.run([self.names[output]], feeds)[0]
        return found[:count]

    def as_input(self, pictures: NDArray[Any]) -> NDArray[Any]:
        kind = self.input.type.removeprefix("tensor(").removesuffix(")")
        return pictures if kind == "float" else numpy.rint(pictures).astype(kind)


def fill_up(rows: NDArray[Any], missing: int) -> NDArray[Any]:
    return rows if missing <= 0 else numpy.concatenate([rows, numpy.repeat(rows[-1:], missing, axis=0)])


def forward_part(path: Path) -> bytes:
    """The nodes from the picture to the logits: without the relevance pass, scores take a fraction of the time."""
    model = onnx.load(str(path))
    names = json.loads(next(entry.value for entry in model.metadata_props if entry.key == "onnx-lrp.names"))
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value.name for value in model.graph.input if value.name not in weights and value.name != names["targets"]]
    part = onnx.utils.Extractor(model).extract_model(inputs, [names["logits"]])
    part.metadata_props.extend(model.metadata_props)
    data: bytes = part.SerializeToString()
    return data


class Network:
    """A network with the maps of one or several methods. Pictures: [n, ...] as the network takes them."""

    def __init__(self, models: dict[str, Path], *, threads: int, gpu: bool, batch: int) -> None:
        first = next(iter(models.values()))
        self.scorer = Session(first, threads=threads, gpu=gpu, scores_only=True)
        self.explainers = {name: Session(path, threads=threads, gpu=gpu) for name, path in models.items()}
        self.description = next(iter(self.explainers.values())).describe()
        self.sigmoid = ends_in_sigmoid(first, self.scorer.names["logits"])
        self.most = self.scorer.batch or batch

    def logits(self, pictures: Floats) -> Floats:
        """[n, classes]"""
        groups = [pictures[start : start + self.most] for start in range(0, len(pictures), self.most)]
        return numpy.concatenate([self.scorer.run("logits", group) for group in groups])

    def probabilities(self, logits: Floats) -> Doubles:
        """In double precision: softmax, or a sigmoid each where the network ends so."""
        scores = logits.astype(numpy.float64)
        if self.sigmoid:
            own: Doubles = 1 / (1 + numpy.exp(-scores))
            return own
        powers = numpy.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Doubles = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def heatmaps(self, method: str, pictures: Floats, targets: list[int]) -> Floats:
        """The method's maps for a class a picture, summed over channels, both signs: [n, height, width]."""
        shape = self.description.shape
        found = []
        for start in range(0, len(pictures), self.most):
            group = slice(start, start + self.most)
            wanted = numpy.array(targets[group], numpy.int64)[:, None]
            relevance = self.explainers[method].run("relevance", pictures[group], wanted)[:, 0]
            axis = 1 if relevance.shape[2:] == (shape.height, shape.width) else 3
            found.append(relevance.sum(axis=axis, dtype=numpy.float64).astype(numpy.float32))
        return numpy.concatenate(found)


def ends_in_sigmoid(path: Path, logits: str) -> bool:
    nodes = onnx.load(str(path), load_external_data=False).graph.node
    # The output "logits" is a copy of what goes into the network's last Sigmoid.
    copied = [name for node in nodes if node.op_type == "Identity" and logits in node.output for name in node.input]
    return any(node.op_type == "Sigmoid" and node.input[0] in copied for node in nodes)
