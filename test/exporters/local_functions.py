"""Model-local functions written by hand: nested, attributes handed on, with and without a default."""

import numpy as np
from network import EPSILON
from onnx import helper, numpy_helper


def functions(opset):
    """ConvBnRelu calls ConvBn, which hands the attributes of Conv on; ConvBnRelu6 and Head stand alone."""
    parts = ["kernel", "scale", "shift", "mean", "var"]
    attributes = ["pads", "strides", "group"]

    def handed_on(node):
        kinds = {"group": "INT"}
        for name in attributes:
            attribute = node.attribute.add()
            attribute.name, attribute.ref_attr_name = name, name
            attribute.type = getattr(type(attribute), kinds.get(name, "INTS"))
        return node

    node = helper.make_node
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("blocks", 1)]

    def function(name, inputs, nodes, defaults=True):
        made = helper.make_function("blocks", name, inputs, ["y"], nodes, opsets)
        if defaults:
            made.attribute.append("pads")
            made.attribute_proto.append(helper.make_attribute("strides", [1, 1]))
            made.attribute_proto.append(helper.make_attribute("group", 1))
        return made

    convolved = [
        handed_on(node("Conv", ["x", "kernel"], ["convolved"], name="conv")),
        node("BatchNormalization", ["convolved", *parts[1:]], ["y"], name="normalize", epsilon=EPSILON),
    ]
    relu = [
        handed_on(node("ConvBn", ["x", *parts], ["t"], domain="blocks", name="inner")),
        node("Relu", ["t"], ["y"], name="relu"),
    ]
    bound = lambda name, value: node("Constant", [], [name], value=numpy_helper.from_array(np.array(value, np.float32)))
    relu6 = [
        handed_on(node("ConvBn", ["x", *parts], ["t"], domain="blocks", name="inner")),
        bound("low", 0),
        bound("high", 6),
        node("Clip", ["t", "low", "high"], ["y"], name="clip"),
    ]
    head = [
        node("GlobalAveragePool", ["x"], ["pooled"], name="pool"),
        node("Flatten", ["pooled"], ["flat"], name="flatten"),
        node("Gemm", ["flat", "kernel", "bias"], ["y"], name="dense", transB=1),
    ]
    return [
        function("ConvBnRelu", ["x", *parts], relu),
        function("ConvBn", ["x", *parts], convolved),
        function("ConvBnRelu6", ["x", *parts], relu6),
        function("Head", ["x", "kernel", "bias"], head, defaults=False),
    ]
