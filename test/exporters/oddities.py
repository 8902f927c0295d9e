"""Graphs as they come out of other hands, one peculiarity a file."""

import numpy as np
from graphs import Builder, convolution, plain
from local_functions import functions
from network import CONVOLUTIONS, MEAN, SIDE, STD
from onnx import TensorProto, helper


def oddities(w):
    """One peculiarity a file."""
    any_batch = {"batch": "any"}

    b = Builder()
    x = b.op("Unsqueeze", "data", axes=[0])
    b.op("Squeeze", plain(b, w, x, opset=11), axes=[0], name="scores")
    model = b.model(11, 6, "scores", shape=(3, SIDE, SIDE), output=(6,))
    yield "no-batch-11.onnx", model, "input and output without a batch dimension", {"batch": None}

    b = Builder()
    x = b.op("Transpose", "data", perm=[2, 0, 1])
    x = b.op("Unsqueeze", x, b.weight(np.array([0], np.int64)))
    b.op("Squeeze", plain(b, w, x, opset=13), b.weight(np.array([0], np.int64)), name="scores")
    model = b.model(13, 7, "scores", shape=(SIDE, SIDE, 3), output=(6,))
    yield "no-batch-nhwc-13.onnx", model, "H,W,C without a batch dimension", {"batch": None, "layout": "nhwc"}

    b = Builder()
    x = b.op("Dropout", plain(b, w, "data", opset=12, until="pool"), outputs=2)[0]
    dense = [b.weight(w["dense.weight"]), b.weight(w["dense.bias"])]
    branches = []
    for training in (True, False):
        inside = Builder(f"{'then' if training else 'else'}_")
        y = inside.op("Flatten", x)
        if training:
            y = inside.op("Dropout", y, inside.constant(np.array(0.9, np.float32)), inside.constant(np.array(True)))
        y = inside.op("Gemm", y, *dense, transB=1)
        value = helper.make_tensor_value_info(y, TensorProto.FLOAT, ["N", 6])
        branches.append(helper.make_graph(inside.nodes, "branch", [], [value]))
    condition = b.op("Not", b.weight(np.array(True)))
    b.op("If", condition, then_branch=branches[0], else_branch=branches[1], name="logits")
    yield (
        "if-12.onnx",
        b.model(12, 7, "logits"),
        "an If of a condition that folds, around the head",
        any_batch,
    )

    b = Builder()
    inside = Builder("in_")
    y = plain(inside, w, "data", opset=13)
    value = helper.make_tensor_value_info(y, TensorProto.FLOAT, ["N", 6])
    inner = helper.make_graph(inside.nodes, "inner", [], [value], inside.initializers)
    other = Builder("other_")
    z = other.op("Flatten", other.op("GlobalMaxPool", "data"))
    z = other.op("MatMul", z, other.constant(np.ones((3, 6), np.float32)))
    value = helper.make_tensor_value_info(z, TensorProto.FLOAT, ["N", 6])
    outer = helper.make_graph(other.nodes, "other", [], [value])
    b.op("If", b.weight(np.array(True)), then_branch=inner, else_branch=outer, name="scores")
    yield "if-whole-13.onnx", b.model(13, 7, "scores"), "the whole network inside an If", any_batch

    for opset, kind in ((7, "Upsample"), (9, "Upsample"), (11, "Resize")):

        def doubled(b, x, opset=opset):
            if opset == 7:
                x = b.op("Upsample", x, mode="nearest", scales=[1.0, 1.0, 2.0, 2.0])
            elif opset == 9:
                x = b.op("Upsample", x, b.weight(np.array([1, 1, 2, 2], np.float32)), mode="nearest")
            else:
                sizes = [b.weight(np.empty(0, np.float32)), b.weight(np.array([1, 1, 2, 2], np.float32))]
                x = b.op(
                    "Resize",
                    x,
                    *sizes,
                    mode="nearest",
                    coordinate_transformation_mode="asymmetric",
                    nearest_mode="floor",
                )
            return b.op("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])

        b = Builder()
        plain(b, w, "data", opset=opset, between=doubled)
        model = b.model(opset, {7: 3, 9: 4, 11: 6}[opset], "logits", weights_as_inputs=opset == 7)
        yield f"upsample-{opset}.onnx", model, f"doubled by {kind}, halved by AveragePool", any_batch

    b = Builder()
    parts = [b.weight(w[f"stem.{part}"]) for part in ("weight", "scale", "shift", "mean", "var")]
    x = b.op("ConvBnRelu", "data", *parts, domain="blocks", pads=[1] * 4)
    x = b.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for name, pads in (("depthwise", [1] * 4), ("pointwise", [0] * 4)):
        parts = [b.weight(w[f"{name}.{part}"]) for part in ("weight", "scale", "shift", "mean", "var")]
        x = b.op("ConvBnRelu6", x, *parts, domain="blocks", pads=pads, group=CONVOLUTIONS[name][1])
    x = b.op("Relu", b.op("Add", x, convolution(b, w, x, "residual")))
    x = b.op("Concat", *(b.op("Relu", convolution(b, w, x, side)) for side in ("left", "right")), axis=1)
    parts = [b.weight(w[f"down.{part}"]) for part in ("weight", "scale", "shift", "mean", "var")]
    x = b.op("ConvBnRelu", x, *parts, domain="blocks", pads=[1] * 4, strides=[2, 2], group=12)
    b.op("Head", x, b.weight(w["dense.weight"]), b.weight(w["dense.bias"]), domain="blocks", name="logits")
    model = b.model(17, 8, "logits", functions=functions(17), domains=["blocks"])
    yield "functions-17.onnx", model, "model-local functions, nested, with attributes handed on", any_batch

    for opset in (11, 17):
        b = Builder()
        x = b.op("Cast", "data", to=TensorProto.FLOAT)
        x = b.op("Transpose", x, perm=[0, 3, 1, 2])
        x = b.op("Sub", x, b.weight(MEAN.reshape(1, 3, 1, 1)))
        x = b.op("Div", x, b.weight(STD.reshape(1, 3, 1, 1)))
        plain(b, w, x, opset=opset)
        model = b.model(opset, 6 if opset < 17 else 8, "logits", shape=("N", SIDE, SIDE, 3), type=TensorProto.UINT8)
        yield (
            f"bytes-nhwc-{opset}.onnx",
            model,
            "uint8 N,H,W,C input, preprocessing inside",
            {
                **any_batch,
                "layout": "nhwc",
                "type": "uint8",
                "pixels": "bytes",
            },
        )

    b = Builder()
    x = b.op("Transpose", "data", perm=[0, 3, 1, 2])
    x = b.op("Mul", x, b.weight(np.array(1 / 255, np.float32)))
    mean, std = (MEAN / 255).astype(np.float32), (STD / 255).astype(np.float32)
    zero, one = np.zeros(3, np.float32), np.ones(3, np.float32)
    parts = [b.weight(array) for array in (one, zero, mean, std**2)]
    plain(b, w, b.op("BatchNormalization", x, *parts, epsilon=0.0), opset=15)
    model = b.model(15, 8, "logits", shape=("N", SIDE, SIDE, 3))
    yield (
        "bytes-as-floats-15.onnx",
        model,
        "0..255 as floats, normalized by a BatchNormalization",
        {
            **any_batch,
            "layout": "nhwc",
            "pixels": "bytes",
        },
    )

    for opset, ir in ((24, 12), (25, 13)):
        b = Builder()
        plain(b, w, "data", opset=opset)
        model = b.model(opset, ir, "logits")
        yield f"newest-{opset}.onnx", model, f"the plain network in new opsets, IR {ir}", any_batch

    # Weights that are computed from others: a weight-normalized convolution, a kernel transposed from H,W,I,O.
    b = Builder()
    kernel = w["stem.weight"]
    size = np.sqrt((kernel**2).sum((1, 2, 3), keepdims=True))
    direction = b.weight((kernel / size).transpose(2, 3, 1, 0))
    direction = b.op("Transpose", direction, perm=[3, 2, 0, 1])
    norm = b.op("ReduceL2", direction, axes=[1, 2, 3], keepdims=1)
    made = b.op("Mul", b.weight(size), b.op("Div", direction, norm))
    x = b.op("Conv", "data", made, pads=[1] * 4)
    rest = Builder("rest_")
    plain(rest, w, "data", opset=11)
    # The rest is the plain network behind its first convolution.
    first = rest.nodes[0].output[0]
    for node in rest.nodes[1:]:
        node.input[:] = [x if name == first else name for name in node.input]
    b.nodes += rest.nodes[1:]
    b.initializers += rest.initializers[1:]
    yield (
        "computed-weights-11.onnx",
        b.model(11, 6, "logits"),
        "the first kernel is computed from others",
        any_batch,
    )
