"""The network as the exporters of old wrote it, in opsets 7 to 12: Caffe2, MXNet, CNTK, Caffe by way of caffe2onnx,
PaddlePaddle. They can no longer be run; what made their graphs special is said at the head of each.
"""

import numpy as np
from graphs import Builder, relu6
from network import CONVOLUTIONS, EPSILON, SIDE


def caffe2(w):
    """Weights among the inputs (IR 3), batch 1, Sum for the shortcut, AveragePool over the whole map, Dropout with its
    mask, Reshape to an initializer's shape, Gemm with a broadcast bias, Softmax, `spatial` written out.
    """
    for opset in (7, 8):
        b = Builder("OC2_")
        x = "data"

        def layer(x, name):
            (_, _, kernel), groups, stride, normalize = CONVOLUTIONS[name]
            biases = [] if normalize else [b.weight(w[f"{name}.bias"])]
            x = b.op(
                "Conv",
                x,
                b.weight(w[f"{name}.weight"]),
                *biases,
                kernel_shape=[kernel] * 2,
                strides=[stride] * 2,
                pads=[kernel // 2] * 4,
                group=groups,
            )
            # `spatial` stands in opsets 7 and 8 alone.
            return b.normalization(x, w, name, momentum=0.9, spatial=1) if normalize else x

        x = b.op("Relu", layer(x, "stem"))
        x = b.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
        x = b.op("Clip", layer(x, "depthwise"), min=0.0, max=6.0)
        x = b.op("Clip", layer(x, "pointwise"), min=0.0, max=6.0)
        x = b.op("Relu", b.op("Sum", layer(x, "residual"), x))
        x = b.op("Concat", *(b.op("Relu", layer(x, side)) for side in ("left", "right")), axis=1)
        x = b.op("Relu", layer(x, "down"))
        x = b.op("AveragePool", x, kernel_shape=[7, 7], strides=[1, 1], pads=[0] * 4)
        x, _ = b.op("Dropout", x, outputs=2, ratio=0.2)
        x = b.op("Reshape", x, b.weight(np.array([1, -1], np.int64)))
        x = b.op("Gemm", x, b.weight(w["dense.weight"]), b.weight(w["dense.bias"]), transB=1)
        b.op("Softmax", x, axis=1, name="softmax_1")
        model = b.model(
            opset,
            3,
            "softmax_1",
            shape=(1, 3, SIDE, SIDE),
            output=(1, 6),
            weights_as_inputs=True,
            producer="onnx-caffe2",
        )
        yield f"caffe2-{opset}.onnx", model, "Caffe2's style, weights as inputs", {"head": "softmax"}


def mxnet(w):
    """Weights among the inputs, pooling after a Pad node of its own, the dense layer as Flatten and Gemm with alpha,
    beta, transA and transB, Dropout with ratio 0; from opset 9 on BatchNormalization has no `spatial`."""
    for opset in (7, 9):
        b = Builder()
        spatial = {"spatial": 1} if opset < 9 else {}

        def layer(x, name):
            (_, _, kernel), groups, stride, normalize = CONVOLUTIONS[name]
            biases = [] if normalize else [b.weight(w[f"{name}.bias"])]
            x = b.op(
                "Conv",
                x,
                b.weight(w[f"{name}.weight"]),
                *biases,
                kernel_shape=[kernel] * 2,
                strides=[stride] * 2,
                pads=[kernel // 2] * 4,
                dilations=[1, 1],
                group=groups,
            )
            return b.normalization(x, w, name, momentum=0.9, **spatial) if normalize else x

        x = b.op("Relu", layer("data", "stem"))
        # After a Relu a padding of zeros is as good as one of minus infinity.
        x = b.op("Pad", x, mode="constant", value=0.0, pads=[0, 0, 1, 1, 0, 0, 1, 1])
        x = b.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[0] * 4)
        x = b.op("Clip", layer(x, "depthwise"), min=0.0, max=6.0)
        x = b.op("Clip", layer(x, "pointwise"), min=0.0, max=6.0)
        x = b.op("Relu", b.op("Add", x, layer(x, "residual")))
        x = b.op("Concat", *(b.op("Relu", layer(x, side)) for side in ("left", "right")), axis=1)
        x = b.op("Dropout", b.op("GlobalAveragePool", b.op("Relu", layer(x, "down"))), ratio=0.0)
        x = b.op("Flatten", x)
        b.op(
            "Gemm",
            x,
            b.weight(w["dense.weight"] / 2),
            b.weight(w["dense.bias"] * 4),
            alpha=2.0,
            beta=0.25,
            transA=0,
            transB=1,
            name="dense0_fwd",
        )
        model = b.model(opset, 3, "dense0_fwd", shape=(1, 3, SIDE, SIDE), output=(1, 6), weights_as_inputs=True)
        yield f"mxnet-{opset}.onnx", model, "MXNet's style, weights as inputs", {}


def cntk(w):
    """Weights as initializers with odd names, SAME_UPPER padding, biases as Add of [C, 1, 1], the dense layer as
    Reshape and MatMul with a weight that is itself reshaped, normalization kept, a mean of
    zeros taken off the picture, batch fixed at 1."""
    for opset in (7, 9):
        b = Builder("Parameter")
        x = b.op("Sub", "data", b.constant(np.zeros((3, 1, 1), np.float32)))

        def layer(x, name):
            (_, _, kernel), groups, stride, normalize = CONVOLUTIONS[name]
            x = b.op(
                "Conv",
                x,
                b.weight(w[f"{name}.weight"]),
                kernel_shape=[kernel] * 2,
                strides=[stride] * 2,
                auto_pad="SAME_UPPER",
                group=groups,
                dilations=[1, 1],
            )
            if normalize:
                return b.normalization(x, w, name, **({"spatial": 1} if opset < 9 else {}))
            return b.op("Add", x, b.weight(w[f"{name}.bias"][:, None, None]))

        x = b.op("Relu", layer(x, "stem"))
        x = b.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
        x = b.op("Clip", layer(x, "depthwise"), min=0.0, max=6.0)
        x = b.op("Clip", layer(x, "pointwise"), min=0.0, max=6.0)
        x = b.op("Relu", b.op("Add", layer(x, "residual"), x))
        x = b.op("Concat", *(b.op("Relu", layer(x, side)) for side in ("left", "right")), axis=1)
        x = b.op(
            "AveragePool",
            b.op("Relu", layer(x, "down")),
            kernel_shape=[7, 7],
            strides=[1, 1],
            auto_pad="VALID",
        )
        flat = b.op("Reshape", x, b.constant(np.array([1, 12], np.int64)))
        kernel = b.weight(w["dense.weight"].T.reshape(12, 1, 1, 6))
        kernel = b.op("Reshape", kernel, b.constant(np.array([12, 6], np.int64)))
        b.op("Add", b.op("MatMul", flat, kernel), b.weight(w["dense.bias"][None]), name="Plus214_Output_0")
        model = b.model(opset, 3, "Plus214_Output_0", shape=(1, 3, SIDE, SIDE), output=(1, 6), producer="CNTK")
        yield f"cntk-{opset}.onnx", model, "CNTK's style, SAME_UPPER, biases added", {}


def caffe(w):
    """Normalization as a Mul and an Add (Caffe's Scale layer), the group of two convolutions as Slice or Split in
    halves, InnerProduct as a convolution, so that Softmax sees [N, 6, 1, 1]: before opset 13 it flattens, and its
    default axis is the channels'."""
    for opset in (9, 10, 12):
        b = Builder()

        def layer(x, name):
            (_, _, kernel), groups, stride, normalize = CONVOLUTIONS[name]
            biases = [] if normalize else [b.weight(w[f"{name}.bias"])]
            x = b.op(
                "Conv",
                x,
                b.weight(w[f"{name}.weight"]),
                *biases,
                strides=[stride] * 2,
                pads=[kernel // 2] * 4,
                group=groups,
            )
            if not normalize:
                return x
            scale = w[f"{name}.scale"] / np.sqrt(w[f"{name}.var"] + EPSILON)
            shift = w[f"{name}.shift"] - w[f"{name}.mean"] * scale
            x = b.op("Mul", x, b.weight(scale.reshape(1, -1, 1, 1).astype(np.float32)))
            return b.op("Add", x, b.weight(shift.reshape(1, -1, 1, 1).astype(np.float32)))

        def halves(x):
            if opset == 9:
                return [b.op("Slice", x, axes=[1], starts=[i], ends=[i + 6]) for i in (0, 6)]
            if opset == 10:
                index = lambda *numbers: b.weight(np.array(numbers, np.int64))
                ends = (6, 2**63 - 1)
                return [b.op("Slice", x, index(i), index(end), index(1), index(1)) for i, end in zip((0, 6), ends)]
            return b.op("Split", x, outputs=2, axis=1, split=[6, 6])

        x = b.op("Relu", layer("data", "stem"))
        x = b.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
        x = relu6(b, layer(x, "depthwise"), opset)
        x = relu6(b, layer(x, "pointwise"), opset)
        x = b.op("Relu", b.op("Sum", x, layer(x, "residual")))
        right = [
            b.op("Conv", half, b.weight(w["right.weight"][at]), b.weight(w["right.bias"][at]), pads=[1] * 4)
            for half, at in zip(halves(x), (slice(0, 3), slice(3, 6)))
        ]
        right = b.op("Concat", *right, axis=1)
        x = b.op("Relu", b.op("Concat", layer(x, "left"), right, axis=1))
        x = b.op("GlobalAveragePool", b.op("Relu", layer(x, "down")))
        x = b.op("Dropout", x, ratio=0.5) if opset < 12 else b.op("Dropout", x, b.weight(np.array(0.5, np.float32)))
        x = b.op("Conv", x, b.weight(w["dense.weight"][:, :, None, None]), b.weight(w["dense.bias"]))
        x = b.op("Softmax", x, name="prob")
        model = b.model(opset, 4 if opset < 10 else 5, x, output=("N", 6, 1, 1))
        halved = {9: "Slice by attributes", 10: "Slice by inputs", 12: "Split"}[opset]
        yield (
            f"caffe-{opset}.onnx",
            model,
            f"Caffe's style, {halved}, Softmax over [N, 6, 1, 1]",
            {
                "head": "softmax",
                "batch": "any",
            },
        )


def paddle(w):
    """Batch -1 under a made-up name, all weights as Constant nodes, shortcut as Add of two with an Identity, dropout
    as a multiplication (downgrade_in_infer), Squeeze of axes, `mul` as MatMul and elementwise Add, scale as Mul and
    Add of one-element tensors; padding of the down layer as a Pad node: by attributes before opset 11."""
    for opset in (9, 11, 12):
        b = Builder("p2o.")
        weight = b.constant

        def padded(x):
            pads = [0, 0, 1, 1, 0, 0, 1, 1]
            if opset < 11:
                return b.op("Pad", x, pads=pads, mode="constant", value=0.0)
            return b.op("Pad", x, weight(np.array(pads, np.int64)), weight(np.array(0, np.float32)), mode="constant")

        def layer(x, name, pad=True):
            (_, _, kernel), groups, stride, normalize = CONVOLUTIONS[name]
            x = b.op(
                "Conv",
                x,
                weight(w[f"{name}.weight"]),
                kernel_shape=[kernel] * 2,
                strides=[stride] * 2,
                pads=[kernel // 2 if pad else 0] * 4,
                dilations=[1, 1],
                group=groups,
            )
            if not normalize:
                bias = b.op("Reshape", weight(w[f"{name}.bias"]), weight(np.array([1, -1, 1, 1], np.int64)))
                return b.op("Add", x, bias)
            parameters = [weight(w[f"{name}.{part}"]) for part in ("scale", "shift", "mean", "var")]
            return b.op("BatchNormalization", x, *parameters, epsilon=EPSILON, momentum=0.9)

        x = b.op("Relu", layer("data", "stem"))
        x = b.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
        x = relu6(b, layer(x, "depthwise"), opset)
        x = relu6(b, layer(x, "pointwise"), opset)
        x = b.op("Relu", b.op("Add", b.op("Identity", x), layer(x, "residual")))
        x = b.op("Concat", *(b.op("Relu", layer(x, side)) for side in ("left", "right")), axis=1)
        x = b.op("Relu", layer(padded(x), "down", pad=False))
        x = b.op("ReduceMean", x, axes=[2, 3], keepdims=1)
        x = b.op("Squeeze", x, axes=[2, 3])
        x = b.op("Mul", x, weight(np.array([0.5], np.float32)))
        x = b.op("MatMul", x, weight((w["dense.weight"] * 2).T))
        x = b.op("Add", x, weight(w["dense.bias"]))
        x = b.op("Softmax", x, axis=-1, name="save_infer_model/scale_0.tmp_1")
        model = b.model(opset, 7, x, shape=("DynamicDimension.0", 3, SIDE, SIDE), output=("DynamicDimension.1", 6))
        yield (
            f"paddle-{opset}.onnx",
            model,
            "PaddlePaddle's style, weights as Constant nodes",
            {
                "head": "softmax",
                "batch": "any",
            },
        )
