"""Writing a graph down node by node, in the older opsets' ways."""

import numpy as np
from network import CONVOLUTIONS, EPSILON, SIDE
from onnx import TensorProto, helper, numpy_helper


class Builder:
    """Collects nodes and weights; every method gives the name of the value it makes."""

    def __init__(self, prefix=""):
        self.nodes, self.initializers, self.count, self.prefix = [], [], 0, prefix

    def name(self, stem):
        self.count += 1
        return f"{self.prefix}{stem}_{self.count}"

    def op(self, kind, *inputs, outputs=1, name=None, domain="", **attributes):
        name = name or self.name(kind.lower())
        values = [name if i == 0 else f"{name}_{i}" for i in range(outputs)]
        self.nodes.append(
            helper.make_node(kind, list(inputs), values, name=f"node_{name}", domain=domain, **attributes)
        )
        return values[0] if outputs == 1 else values

    def weight(self, array, stem="weight"):
        name = self.name(stem)
        self.initializers.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def constant(self, array, stem="constant"):
        """As a Constant node, the way some exporters write all weights."""
        name = self.name(stem)
        return self.op("Constant", name=name, value=numpy_helper.from_array(np.asarray(array, order="C"), name))

    def normalization(self, x, w, name, **attributes):
        parameters = [self.weight(w[f"{name}.{part}"], f"{name}_{part}") for part in ("scale", "shift", "mean", "var")]
        return self.op("BatchNormalization", x, *parameters, epsilon=EPSILON, **attributes)

    def model(
        self,
        opset,
        ir,
        result,
        *,
        shape=("N", 3, SIDE, SIDE),
        output=("N", 6),
        type=TensorProto.FLOAT,
        weights_as_inputs=False,
        functions=(),
        domains=(),
        producer="",
    ):
        inputs = [helper.make_tensor_value_info("data", type, shape)]
        if weights_as_inputs:
            inputs += [helper.make_tensor_value_info(i.name, i.data_type, i.dims) for i in self.initializers]
        outputs = [
            helper.make_tensor_value_info(result, TensorProto.FLOAT if type == TensorProto.UINT8 else type, output)
        ]
        graph = helper.make_graph(self.nodes, "network", inputs, outputs, self.initializers)
        opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in domains)]
        model = helper.make_model(graph, opset_imports=opsets, functions=list(functions), producer_name=producer)
        model.ir_version = ir
        return model


def plain(b, w, x, *, opset, until="dense", between=None):
    """The network in the plainest nodes of any opset from 7 on; the styles of handwritten.py vary it.

    until: "pool" stops before the head. between: nodes to put before the last convolution.
    """
    x = b.op("Relu", convolution(b, w, x, "stem"))
    x = b.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    x = relu6(b, convolution(b, w, x, "depthwise"), opset)
    x = relu6(b, convolution(b, w, x, "pointwise"), opset)
    x = b.op("Relu", b.op("Add", x, convolution(b, w, x, "residual")))
    sides = [b.op("Relu", convolution(b, w, x, side)) for side in ("left", "right")]
    x = b.op("Concat", *sides, axis=1)
    if between is not None:
        x = between(b, x)
    x = b.op("GlobalAveragePool", b.op("Relu", convolution(b, w, x, "down")))
    if until == "pool":
        return x
    x = b.op("Flatten", x)
    return b.op("Gemm", x, b.weight(w["dense.weight"]), b.weight(w["dense.bias"]), transB=1, name="logits")


def convolution(b, w, x, name, **attributes):
    """Conv, and BatchNormalization where there is one."""
    (_, _, kernel), groups, stride, normalize = CONVOLUTIONS[name]
    given = {
        "kernel_shape": [kernel] * 2,
        "strides": [stride] * 2,
        "pads": [kernel // 2] * 4,
        "group": groups,
    } | attributes
    biases = [] if normalize else [b.weight(w[f"{name}.bias"], f"{name}_bias")]
    x = b.op("Conv", x, b.weight(w[f"{name}.weight"], f"{name}_kernel"), *biases, **given)
    return b.normalization(x, w, name) if normalize else x


def relu6(b, x, opset, dtype=np.float32):
    if opset < 11:
        return b.op("Clip", x, min=0.0, max=6.0)
    return b.op("Clip", x, b.weight(np.array(0, dtype)), b.weight(np.array(6, dtype)))
