"""What becomes of a network after its export: other number formats, onnxruntime's quantizer and its optimizer."""

import numpy as np
import onnx
import onnxruntime
import tempfile
from manifest import BASE
from network import FOLDER, normalized, picture, scenes
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import quantization
from onnxruntime.quantization import QuantFormat, QuantType
from pathlib import Path

KEPT = "torchscript-20-unfolded.onnx"  # with batch normalization, so that all weights are exact in 16 bits
OLD = "torchscript-11-unfolded.onnx"
NUMPY = {
    TensorProto.FLOAT16: np.float16,
    TensorProto.DOUBLE: np.float64,
    TensorProto.BFLOAT16: helper.tensor_dtype_to_np_dtype(TensorProto.BFLOAT16),
}


def make_formats(manifest):
    manifest.start("formats")
    half, double, brain = TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16
    for name, kind in (("float16", half), ("bfloat16", brain), ("float64", double)):
        for source, opset in ((OLD, 11), (KEPT, 20)):
            if kind == brain and opset == 11:
                continue  # bfloat16 came with opset 13
            made = retyped(onnx.load(FOLDER / source), kind)
            manifest.add(made, f"{name}-{opset}.onnx", "formats", f"{name} throughout", type=name)
        if kind == double:
            continue
        made = cast_around(retyped(onnx.load(FOLDER / KEPT), kind), kind)
        manifest.add(made, f"{name}-20-float-input.onnx", "formats", f"{name} inside, float32 input", inside=name)
        made = stored(onnx.load(FOLDER / KEPT), kind)
        manifest.add(made, f"{name}-20-weights.onnx", "formats", f"weights stored as {name}, cast when used")


def retyped(model, kind):
    """All of a float32 model in another type."""
    graph = model.graph
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.elem_type = kind
    del graph.value_info[:]
    for initializer in graph.initializer:
        convert(initializer, kind)
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.name == "value":
                convert(attribute.t, kind)
    return model


def convert(tensor, kind):
    if tensor.data_type == TensorProto.FLOAT:
        array = numpy_helper.to_array(tensor)
        tensor.CopyFrom(numpy_helper.from_array(array.astype(NUMPY[kind]), tensor.name))


def cast_around(model, kind):
    """Casts from float32 at the input and back at the output."""
    graph = model.graph
    (entry,), (exit,) = graph.input, graph.output
    for node in graph.node:
        node.input[:] = ["entry" if name == entry.name else name for name in node.input]
        node.output[:] = ["exit" if name == exit.name else name for name in node.output]
    graph.node.insert(0, helper.make_node("Cast", [entry.name], ["entry"], name="to_inside", to=kind))
    graph.node.append(helper.make_node("Cast", ["exit"], [exit.name], name="to_float", to=TensorProto.FLOAT))
    for value in (entry, exit):
        value.type.tensor_type.elem_type = TensorProto.FLOAT
    return model


def stored(model, kind):
    """Only the weights in another type, each with its Cast."""
    graph = model.graph
    casts = []
    for initializer in graph.initializer:
        used, initializer.name = initializer.name, f"{initializer.name}_stored"
        convert(initializer, kind)
        casts.append(helper.make_node("Cast", [initializer.name], [used], name=f"cast_{used}", to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


class Pictures(quantization.CalibrationDataReader):
    def __init__(self):
        pixels, _ = scenes(64, seed=4)
        pixels = np.concatenate([pixels, picture()[None]])
        self.left = iter([{"input": normalized(each)[None]} for each in pixels])

    def get_next(self):
        return next(self.left, None)


def make_quantized(manifest):
    road = "quantized"
    manifest.start(road)
    with tempfile.TemporaryDirectory() as folder:
        source, result = str(Path(folder) / "source.onnx"), str(Path(folder) / "result.onnx")
        quantization.quant_pre_process(str(FOLDER / BASE), source)
        u8, s8, u16 = QuantType.QUInt8, QuantType.QInt8, QuantType.QUInt16
        qdq, qop = QuantFormat.QDQ, QuantFormat.QOperator

        def add(file, variant, **options):
            manifest.add(onnx.load(result), file, road, variant, equals="quantized", **{"batch": "any"} | options)

        def static(file, variant, form, activations, weights, **options):
            quantization.quantize_static(
                source,
                result,
                Pictures(),
                quant_format=form,
                activation_type=activations,
                weight_type=weights,
                **options,
            )
            add(file, variant)

        static("qdq-u8-s8.onnx", "QDQ, uint8 activations, int8 weights", qdq, u8, s8)
        static("qdq-s8-s8-channels.onnx", "QDQ, int8, a scale for each channel", qdq, s8, s8, per_channel=True)
        static("qdq-u8-u8.onnx", "QDQ, uint8", qdq, u8, u8)
        extra = {"ActivationSymmetric": True, "QDQDisableWeightAdjustForInt32Bias": True}
        static("qdq-s8-s8-symmetric.onnx", "QDQ, int8 symmetric", qdq, s8, s8, extra_options=extra)
        static(
            "qdq-u16-s8.onnx",
            "QDQ, uint16 activations",
            qdq,
            u16,
            s8,
            extra_options={"UseQDQContribOps": True},
        )
        static("qoperator-u8-u8.onnx", "QLinear operations, uint8", qop, u8, u8)
        static(
            "qoperator-u8-s8-channels.onnx",
            "QLinear operations, a scale for each channel",
            qop,
            u8,
            s8,
            per_channel=True,
        )
        static("qoperator-s8-s8.onnx", "QLinear operations, int8", qop, s8, s8)
        quantization.quantize_dynamic(source, result, weight_type=u8)
        add("dynamic-u8.onnx", "dynamic quantization: ConvInteger, MatMulInteger")
        quantization.quantize_dynamic(str(FOLDER / OLD), result, weight_type=s8, per_channel=True)
        # The float network with these very weights has the same map; on the test's picture their rounding makes one
        # pooling window choose another winner.
        add(
            "dynamic-s8-channels.onnx",
            "dynamic quantization, batch normalization kept",
            batch=1,
            correlation=0.97,
        )


def make_optimized(manifest):
    road = "optimized"
    manifest.start(road)
    levels = onnxruntime.GraphOptimizationLevel
    with tempfile.TemporaryDirectory() as folder:
        result = str(Path(folder) / "result.onnx")
        for file, source, level, properties in (
            ("optimized-basic.onnx", KEPT, levels.ORT_ENABLE_BASIC, {}),
            ("optimized-extended.onnx", KEPT, levels.ORT_ENABLE_EXTENDED, {}),
            (
                "optimized-layout.onnx",
                KEPT,
                levels.ORT_ENABLE_ALL,
                {"equals": "refused", "operation": "ReorderOutput"},
            ),
        ):
            options = onnxruntime.SessionOptions()
            options.graph_optimization_level = level
            options.optimized_model_filepath = result
            onnxruntime.InferenceSession(str(FOLDER / source), options, providers=["CPUExecutionProvider"])
            model = onnx.load(result)
            manifest.add(model, file, road, f"saved by onnxruntime at {level.name}", **properties)
