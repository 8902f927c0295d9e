"""The model cards of the networks, from what was measured."""

from pathlib import Path

from export import EXPORTERS, LABELS, takes_nhwc

ARCHITECTURES = {
    "vgg": (
        "VGG-like",
        "In the manner of VGG16: 13 convolutions of 3 x 3 (8, 16, 32, 48, 64 channels in blocks of 2, 2, 3, 3, 3), "
        "each with bias and ReLU, a max pool after every block, three dense layers. No normalisation layers: it was "
        "trained with BatchNorm after every convolution, and with the mean over the last grid before the dense layers, both of which were then folded into the layers "
        "beside them without a change of the function. The dense layers were trained anew at the end, on what the "
        "finished convolutions give, with label smoothing 0.4.",
    ),
    "resnet": (
        "ResNet-like",
        "In the manner of ResNet152: a 7 x 7 stem with stride 2 and a max pool, 16 bottleneck blocks "
        "(1 x 1, 3 x 3, 1 x 1 with skip connections) in stages of 3, 4, 6, 3, global average pool, one dense layer. "
        "The BatchNormalization nodes are kept in the file.",
    ),
    "densenet": (
        "DenseNet-like",
        "In the manner of DenseNet121: a 7 x 7 stem and a max pool, four dense blocks of 4, 6, 10, 6 layers "
        "(BatchNorm, ReLU, 1 x 1, BatchNorm, ReLU, 3 x 3, concatenation; growth 8) with transitions of 1 x 1 and "
        "average pool between them, global average pool, one dense layer. The input is N,H,W,C behind a Transpose, "
        "as tf2onnx writes networks from TensorFlow.",
    ),
    "inception": (
        "Inception-like",
        "In the manner of InceptionV3: its stem, two A blocks (1 x 1, 5 x 5, double 3 x 3, pool branches), a grid "
        "reduction, two B blocks (1 x 7 and 7 x 1 pairs), a grid reduction, one C block (1 x 3 and 3 x 1 side by "
        "side), average-pool branches throughout, global average pool, one dense layer.",
    ),
    "vit": (
        "ViT-like",
        "In the manner of ViT's hybrid form: convolutions make of the picture a grid of 16 x 16 with 64 channels, whose patches of "
        "2 x 2 are 64 tokens (16 x 16 pixels each) of 80 channels. With a class token and learned positions they go through four "
        "blocks (LayerNorm, attention of four heads, LayerNorm, two dense layers with GELU, skip connections), a LayerNorm, and one "
        "dense layer on the class token. The six convolutions of 3 x 3 with ReLU and the two max pools are those that the detector "
        "begins with, weights and all.",
    ),
}


def write_card(name: str, facts: dict, path: Path) -> None:
    title, architecture = ARCHITECTURES[name]
    shape = "N,128,128,3" if takes_nhwc(name) else "N,3,128,128"
    operators = ", ".join(f"{count} {kind}" for kind, count in facts["operators"].items())
    lines = [
        f"# {name}.onnx: {title} classifier of scenes",
        "",
        architecture,
        "",
        "| | |",
        "|---|---|",
        f"| Task | one of 16 classes (4 shapes x 4 textures) in a picture of 128 x 128 pixels |",
        f"| Parameters | {facts['parameters']:,} |",
        f"| Input | `image`, float32 {shape}, RGB, (byte / 255 - 0.5) / 0.25 |",
        "| Output | `scores`, float32 N,16, before the softmax |",
        f"| Held-out accuracy | {facts['accuracy']:.4f} on {facts['count']} one-object scenes (set 2) |",
        f"| Two-object scenes | both classes are the two highest scores in {facts['both']:.4f} of "
        f"{facts['both_count']} scenes (set 3); "
        f"{'trained on parts of several scenes, not on' if name == 'vit' else 'never trained on'} such scenes |",
        f"| Exporter | {EXPORTERS[name]}; {facts['producer']}; opset {facts['opset']} |",
        f"| File | {facts['bytes']:,} bytes |",
        f"| sha256 | `{facts['sha256']}` |",
        f"| Nodes | {operators} |",
        f"| onnxruntime against PyTorch | largest difference of a score {facts['largest_difference']:.1e} (64 scenes) |",
        "| Licence | Apache-2.0, like the scenes, which are generated and show nobody's work |",
        "",
        "## Training",
        "",
        how_trained(name, facts),
        "",
        "```sh",
        f"python models/train/{'train_vit.py' if name == 'vit' else 'train.py'} --data FOLDER --work FOLDER"
        + ("" if name == "vit" else f" --only {name}"),
        "```",
        "",
        "`models/train/README.md` says how FOLDER is made. Another machine or PyTorch version gives a network of like",
        "accuracy, not the same bytes.",
        "",
        "## What it is not good for",
        "",
        "It knows only pictures from the generator of this package. On photographs, drawings or scenes at other sizes",
        "its scores mean nothing. It always names one of the 16 classes, also where no object is, and its scores are",
        "not calibrated. It is small on purpose: it is there to test and to show explanations, not to be a classifier",
        "that anyone should rely on.",
        "",
    ]
    path.write_text("\n".join(lines))


def how_trained(name: str, facts: dict) -> str:
    if name == "vit":
        data = (
            f"Cross entropy on {facts['scenes']:,} one-object scenes (set 1), parted by a row and a column at random (each in "
            f"{facts['parted']:.0%} of the batches) so that each part is from another scene and each class counts as much as is seen of "
            f"it (CutMix), and of every patch by itself (token labelling, weight {facts['patch_weight']:g}). The detector's "
            "convolutions, which were trained on scenes with up to three objects, stay as they are;"
        )
    else:
        data = (
            f"Cross entropy on {facts['scenes']:,} one-object scenes (set 1), flips, quarter turns and channel orders at random,"
        )
    return (
        f"{data} AdamW (peak rate {facts['rate']:g}, decay {facts['decay']:g}, one-cycle), batches of {facts['batch']}, label "
        f"smoothing {facts['smoothing']:g}, {facts['epochs']} epochs, seed {facts['seed']}, {facts['precision']} products, PyTorch "
        f"{facts['torch']}, {facts['threads']} CPU thread{'' if facts['threads'] == 1 else 's'}: {facts['seconds']} s on a machine "
        "that did other work at the same time."
    )


def write_detector_card(facts: dict, path: Path) -> None:
    lines = [
        "# detector.onnx: anchor-free detector of objects in scenes",
        "",
        "One stage: eight 3 x 3 convolutions with ReLU (16 to 64 channels), the first with stride 2, and three max pools, down "
        "to a grid of 8 x 8, which is enlarged (Resize, nearest) and concatenated with the grid of 16 x 16 before it; on that "
        "two heads, for the box and for the classes. Each of the 256 cells gives one box; there are no anchor boxes and no layer that sees the whole scene. The "
        "output has the layout of YOLOv8 and YOLO11 exports.",
        "",
        "| | |",
        "|---|---|",
        "| Task | a box and one of 16 classes (4 shapes x 4 textures) for each object in a picture of 128 x 128 pixels |",
        f"| Parameters | {facts['parameters']:,} |",
        "| Input | `image`, float32 N,3,128,128, RGB, (byte / 255 - 0.5) / 0.25 |",
        "| Output | `output0`, float32 N,20,256: for each cell of 16 x 16, rows first, the centre x, centre y, width and height of a "
        "box in pixels of the input, then 16 scores behind a Sigmoid; no suppression of doubles in the graph |",
        f"| Held-out AP50 | {facts['ap50']:.4f} on {facts['count']} scenes with one, two and three objects, a third each (set 2, set 3); "
        f"worst class {facts['ap50_worst']:.4f} |",
        f"| Precision, recall | {facts['box_precision']:.4f}, {facts['box_recall']:.4f} of {facts['objects']} objects, at a score of "
        f"{facts['score']:g}, an overlap of 0.5 and the right class; doubles suppressed from an overlap of 0.6 |",
        *file_rows(facts),
        "",
        "## Training",
        "",
        "Quality focal loss of the scores, whose target is the overlap of the cell's box with its object's, so that a score also "
        "says how well the box fits; GIoU of the boxes (weight 2); the share of the activations that lie outside all objects "
        f"(weight 0.2), so that answers rest on the objects. {training(facts)}",
        "",
        *how_to_train("detector"),
        "",
        "## What it is not good for",
        "",
        "It knows only pictures from the generator of this package. On photographs, drawings or scenes at other sizes",
        "its boxes mean nothing. It is small on purpose: it is there to test and to show explanations, not to be a",
        "detector that anyone should rely on.",
        "",
    ]
    path.write_text("\n".join(lines))


def write_segmenter_card(facts: dict, path: Path) -> None:
    overlaps = [f"| {label} | {overlap:.4f} |" for label, overlap in zip(["background", *LABELS], facts["iou"])]
    lines = [
        "# segmenter.onnx: U-Net for the objects in scenes",
        "",
        "In the manner of U-Net: four levels of two 3 x 3 convolutions with ReLU (16, 32, 64, 64 channels) from half the size of "
        "the input down to an eighth of that, max pools between them, and back up by Resize (nearest), concatenation with the level "
        "of that size and a 3 x 3 convolution. A transposed convolution brings the logits to the size of the input.",
        "",
        "| | |",
        "|---|---|",
        "| Task | the background or one of 16 classes (4 shapes x 4 textures) for each pixel of a picture of 128 x 128 pixels |",
        f"| Parameters | {facts['parameters']:,} |",
        "| Input | `image`, float32 N,3,128,128, RGB, (byte / 255 - 0.5) / 0.25 |",
        "| Output | `logits`, float32 N,17,128,128, before the softmax over axis 1; class 0 is the background |",
        f"| Held-out mIoU | {facts['miou']:.4f}, mean over the 17 classes, on {facts['count']} scenes with one, two and three objects, "
        "a third each (set 2, set 3) |",
        f"| Right pixels | {facts['pixels']:.4f} |",
        *file_rows(facts),
        "",
        "| class | intersection over union |",
        "|---|---|",
        *overlaps,
        "",
        "## Training",
        "",
        "The way down starts from the detector's convolutions after its first 1,250 batches and learns at 0.3 of the rate. Cross "
        "entropy of a quarter of the pixels (every second row and column, from a random one), with a weight of 0.4 for the "
        f"background. {training(facts)}",
        "",
        *how_to_train("segmenter"),
        "",
        "## What it is not good for",
        "",
        "It knows only pictures from the generator of this package. On photographs, drawings or scenes at other sizes",
        "its masks mean nothing. It is small on purpose: it is there to test and to show explanations, not to be a",
        "segmenter that anyone should rely on.",
        "",
    ]
    path.write_text("\n".join(lines))


def file_rows(facts: dict) -> list[str]:
    operators = ", ".join(f"{count} {kind}" for kind, count in facts["operators"].items())
    return [
        f"| Exporter | TorchScript, BatchNormalization folded; {facts['producer']}; opset {facts['opset']} |",
        f"| File | {facts['bytes']:,} bytes |",
        f"| sha256 | `{facts['sha256']}` |",
        f"| Nodes | {operators} |",
        f"| onnxruntime against PyTorch | largest difference {facts['largest_difference']:.1e} of the largest value (64 scenes) |",
        "| Licence | Apache-2.0, like the scenes, which are generated and show nobody's work |",
    ]


def training(facts: dict) -> str:
    return (
        f"{facts['scenes']:,} scenes with one, two and three objects, a third each (set 1), flips, quarter turns and channel orders at "
        f"random, AdamW (rate {facts['rate']:g}, to 0 over the last 30 %, decay {facts['decay']:g}), {facts['steps']:,} batches of "
        f"{facts['batch']}, seed {facts['seed']}, {facts['precision']} products, PyTorch {facts['torch']}, "
        f"{facts['threads']} CPU thread{'' if facts['threads'] == 1 else 's'}: {facts['seconds']} s on a machine that did other work "
        "at the same time."
    )


def how_to_train(name: str) -> list[str]:
    return [
        "```sh",
        f"python models/train/train_places.py --data FOLDER --work FOLDER --only {name}",
        "```",
        "",
        "`models/train/README.md` says how FOLDER is made. Another machine or PyTorch version gives a network of like",
        "accuracy, not the same bytes.",
    ]
