"""What is in the folder of networks, and what each file must come to."""

import json
import numpy as np
import onnxruntime
from network import CLASSES, FOLDER, MEAN, SIDE, STD, normalized, picture

onnxruntime.set_default_logger_severity(4)
PATH = FOLDER / "manifest.json"
BASE = "base.onnx"


def fed(entry):
    """The picture as a file's input takes it."""
    pixels = picture()
    x = normalized(pixels) if entry["pixels"] == "normalized" else pixels.astype(np.float32)
    if entry["layout"] == "nhwc":
        x = np.ascontiguousarray(x.transpose(1, 2, 0))
    types = {"float32": np.float32, "float16": np.float16, "float64": np.float64, "uint8": np.uint8}
    x = x.astype(types[entry["type"]]) if entry["type"] in types else x
    return x[None] if entry["batch"] is not None else x


def run(path, entry):
    """The file's own output through onnxruntime, or None where that cannot run it."""
    if entry["type"] == "bfloat16":
        return None
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        (output, *_) = session.run(None, {session.get_inputs()[0].name: fed(entry)})
    except Exception as error:  # onnxruntime has a class for each code
        print("   onnxruntime:", str(error).splitlines()[0][:400])
        return None
    return output.astype(np.float64).reshape(-1)


class Manifest:
    def __init__(self):
        self.entries = json.loads(PATH.read_text())["networks"] if PATH.exists() else []

    def start(self, road):
        """Forgets a road's files."""
        for entry in self.entries:
            if entry["road"] == road:
                (FOLDER / entry["file"]).unlink(missing_ok=True)
        self.entries = [entry for entry in self.entries if entry["road"] != road]

    def add(self, model, file, road, variant, **properties):
        """Writes a model down, after a look at what it says of the picture.

        layout: nchw or nhwc. pixels: whether the file takes normalized ones or bytes. batch: "any", 1, or None
        without such a dimension. size: "any" or the number it is fixed to. head: none or softmax. equals: "exact",
        "quantized", or "refused".
        """
        entry = {
            "file": file,
            "road": road,
            "variant": variant,
            "opset": next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx")),
            "ir": model.ir_version,
            "producer": f"{model.producer_name} {model.producer_version}".strip(),
            "layout": "nchw",
            "type": "float32",
            "pixels": "normalized",
            "batch": 1,
            "size": SIDE,
            "head": "none",
            "equals": "exact",
        } | properties
        path = FOLDER / file
        path.write_bytes(model.SerializeToString())
        output = run(path, entry)
        entry["runs"] = output is not None
        distance = None
        if output is not None:
            base = run(FOLDER / BASE, {**entry, **BASE_ENTRY})
            wanted = np.exp(base - base.max()) / np.exp(base - base.max()).sum() if entry["head"] == "softmax" else base
            distance = np.linalg.norm(output - wanted) / np.linalg.norm(wanted)
            near = {"exact": 2e-5, "quantized": 0.3, "refused": np.inf}[entry["equals"]]
            if entry["type"] == "float16" or "half" in variant:
                near = 1e-2
            if not (len(output) == CLASSES and distance < near):
                raise ValueError(f"{file} is another network: {output} instead of {wanted}")
        self.entries.append(entry)
        print(f"{file:44s} {path.stat().st_size:7d} bytes, opset {entry['opset']:2d}, {distance}")
        return entry

    def save(self):
        text = {
            "picture": "picture.npy",
            "side": SIDE,
            "classes": CLASSES,
            "mean": MEAN.tolist(),
            "std": STD.tolist(),
            "base": BASE,
            "logits": run(FOLDER / BASE, BASE_ENTRY).tolist(),
            "networks": sorted(self.entries, key=lambda entry: (entry["road"], entry["file"])),
        }
        PATH.write_text(json.dumps(text, indent=2) + "\n")


BASE_ENTRY = {"layout": "nchw", "type": "float32", "pixels": "normalized", "batch": 1}
