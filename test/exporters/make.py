"""Makes test/exporters/networks: one small network by the roads of many exporters, and manifest.json, which says for
each file how it came to be and what its explanation must come to. `npm test` needs the files, not this.

Two environments of Python 3.11, because TensorFlow and PyTorch want different packages:

    python3.11 -m venv A; A/bin/pip install torch onnx onnxruntime onnxscript
    python3.11 -m venv B; B/bin/pip install tensorflow-cpu keras onnx onnxruntime requests

(The files were made with PyTorch 2.13.0, onnx 1.23.1, onnxscript 0.7.2, onnxruntime 1.30.0, TensorFlow 2.21.0, Keras
3.15.1, NumPy 2.4.6.) tf2onnx comes from its repository, https://github.com/onnx/tensorflow-onnx (commit
6537fcb2, which says 1.17.0 in one place and 1.16.1 in another; nothing in it had to be changed). Then

    A/bin/python make.py weights                        trains the network again (half a minute); else leave this out
    A/bin/python make.py torch functions handwritten derived
    PYTHONPATH=CLONE_OF_TF2ONNX B/bin/python make.py tensorflow

Each word makes its files anew and keeps those of the others. After `weights` all of them must be made, `torch` first,
because every other file is held to the base network that it makes.

What does not go: PyTorch's exporter by torch.export below opset 18 (it writes opset 18 nonetheless) and with functions
(export_modules_as_functions is gone); tf2onnx above opset 18, and Keras's grouped convolutions, which are written here
as two; onnxconverter-common's float16 (not to be had), written in derived.py instead.
"""

import sys

sys.dont_write_bytecode = True


def main(words):
    if "weights" in words:
        import torch_network

        torch_network.train()
        words = [word for word in words if word != "weights"]
    from manifest import Manifest

    manifest = Manifest()
    for word in words:
        for make in makers(word):
            make(manifest)
        manifest.save()


def makers(word):
    if word == "torch":
        from torch_roads import make_dynamo, make_torchscript

        return [make_torchscript, make_dynamo]
    if word == "functions":
        from onnxscript_functions import make_functions

        return [make_functions]
    if word == "handwritten":
        from handwritten import make_handwritten

        return [make_handwritten]
    if word == "derived":
        from derived import make_formats, make_optimized, make_quantized

        return [make_formats, make_quantized, make_optimized]
    if word == "tensorflow":
        from tensorflow_roads import make_tf2onnx

        return [make_tf2onnx]
    sys.exit(f'There is no "{word}": give weights, torch, functions, handwritten, derived or tensorflow.')


if __name__ == "__main__":
    main(sys.argv[1:])
