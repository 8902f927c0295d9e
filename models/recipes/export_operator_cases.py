"""ONNX's own operator tests as little networks, for `pnpm coverage --operators`.

    pip install onnx
    python export_operator_cases.py FOLDER

Each test with a float input and a float output becomes picture, Reshape, the test's node, Reshape, and a MatMul to three
scores; its other inputs are constants. FOLDER gets the networks, and cases.json with the name, the operators and the picture of
each.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

warnings.filterwarnings("ignore")
from onnx.backend.test.case.node import collect_testcases  # noqa: E402

LARGEST = 4000


def network_of(model, inputs, outputs, at):
    """The network, whose picture is input `at`."""
    graph = model.graph
    picture = inputs[at]
    size = outputs[0].size
    mix = np.random.default_rng(0).standard_normal((size, 3)).astype(np.float32)
    constants = {"case/shape": np.array(picture.shape, np.int64), "case/row": np.array([1, size], np.int64), "case/mix": mix}
    constants |= {graph.input[i].name: np.ascontiguousarray(a) for i, a in enumerate(inputs) if i != at}
    nodes = [
        helper.make_node("Reshape", ["picture", "case/shape"], [graph.input[at].name]),
        *graph.node,
        helper.make_node("Reshape", [graph.output[0].name, "case/row"], ["case/flat"]),
        helper.make_node("MatMul", ["case/flat", "case/mix"], ["scores"]),
    ]
    whole = helper.make_graph(
        nodes,
        "case",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 1, 1, picture.size])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()] + list(graph.initializer),
    )
    return helper.make_model(whole, opset_imports=model.opset_import, ir_version=min(10, model.ir_version))


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    cases = []
    for case in collect_testcases(None):
        if case.model is None or not case.data_sets:
            continue
        inputs, outputs = case.data_sets[0]
        if not inputs or not outputs or not all(isinstance(a, np.ndarray) for a in [*inputs, *outputs]):
            continue
        floats = [i for i, a in enumerate(inputs) if a.dtype == np.float32 and a.size > 0]
        if not floats or outputs[0].dtype != np.float32 or outputs[0].size == 0:
            continue
        picture = inputs[floats[0]]
        if len(inputs) != len(case.model.graph.input) or picture.size > LARGEST or not np.isfinite(picture).all():
            continue
        model = network_of(case.model, inputs, outputs, floats[0])
        (folder / f"{case.name}.onnx").write_bytes(model.SerializeToString())
        operators = sorted({node.op_type for node in case.model.graph.node})
        cases.append({"name": case.name, "operators": operators, "picture": [float(v) for v in picture.ravel()]})
    (folder / "cases.json").write_text(json.dumps({"onnx": onnx.__version__, "cases": cases}))


main()
