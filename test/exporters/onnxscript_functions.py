"""Model-local functions as onnxscript writes them: one a block, one calling another, attributes with defaults."""

import onnxscript
from graphs import Builder
from network import CONVOLUTIONS, weights
from onnxscript import opset18 as op
from typing import Sequence

ROAD = "onnxscript"
blocks = onnxscript.values.Opset("onnx_lrp.blocks", 1)


@onnxscript.script(blocks, default_opset=op)
def convolved(x, kernel, scale, shift, mean, var, pads: Sequence[int], strides: Sequence[int], group: int = 1):
    y = op.Conv(x, kernel, group=group, pads=pads, strides=strides)
    return op.BatchNormalization(y, scale, shift, mean, var, epsilon=1e-5)


@onnxscript.script(blocks, default_opset=op)
def residual(x, kernel, scale, shift, mean, var):
    return op.Relu(x + convolved(x, kernel, scale, shift, mean, var, pads=[1, 1, 1, 1], strides=[1, 1]))


@onnxscript.script(blocks, default_opset=op)
def six(x):
    return op.Clip(x, 0.0, 6.0)


@onnxscript.script(blocks, default_opset=op)
def two_sides(x, kernel, bias, grouped, grouped_bias):
    left = op.Relu(op.Conv(x, kernel, bias))
    right = op.Relu(op.Conv(x, grouped, grouped_bias, pads=[1, 1, 1, 1], group=2))
    return op.Concat(left, right, axis=1)


@onnxscript.script(blocks, default_opset=op)
def head(x, kernel, bias):
    x = op.Dropout(op.ReduceMean(x, [2, 3], keepdims=0), 0.2)
    return op.Gemm(x, kernel, bias, transB=1)


def make_functions(manifest):
    manifest.start(ROAD)
    w = weights()
    b = Builder()
    parts = lambda name: [b.weight(w[f"{name}.{part}"]) for part in ("weight", "scale", "shift", "mean", "var")]

    def call(name, x):
        (_, _, kernel), groups, stride, _ = CONVOLUTIONS[name]
        # The default of `group` is left to the function where it will do.
        group = {} if groups == 1 else {"group": groups}
        sizes = {"pads": [kernel // 2] * 4, "strides": [stride] * 2}
        return b.op("convolved", x, *parts(name), domain=blocks.domain, **sizes, **group)

    x = b.op("Relu", call("stem", "data"))
    x = b.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    for name in ("depthwise", "pointwise"):
        x = b.op("six", call(name, x), domain=blocks.domain)
    x = b.op("residual", x, *parts("residual"), domain=blocks.domain)
    sides = [b.weight(w[f"{side}.{part}"]) for side in ("left", "right") for part in ("weight", "bias")]
    x = b.op("Relu", call("down", b.op("two_sides", x, *sides, domain=blocks.domain)))
    b.op("head", x, b.weight(w["dense.weight"]), b.weight(w["dense.bias"]), domain=blocks.domain, name="logits")
    made = [each.to_function_proto() for each in (convolved, residual, six, two_sides, head)]
    model = b.model(18, 11, "logits", functions=made, domains=[blocks.domain])
    manifest.add(model, "onnxscript-18.onnx", ROAD, "a function for each block", batch="any")
