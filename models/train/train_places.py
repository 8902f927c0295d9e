"""Trains, exports, checks and describes the detector and the segmenter of models/networks. See README.md beside this file.

    python train_places.py --data FOLDER --work FOLDER [--only detector segmenter]

FOLDER of --data holds train/, train-two/, train-three/, held-out/, two/ and three/ from write-dataset. The segmenter starts
from what the detector's training leaves in --work. Exit status 1 if a network misses its target.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn

from cards import write_detector_card, write_segmenter_card
from detector import Detector, detection_loss
from export import LABELS, as_input, export_places, file_facts
from measure import measure_detector, measure_segmenter
from networks import CLASSES
from options import training_options, training_record
from scenes import SceneSet, augmented, batch_of, load_scenes
from segmenter import Segmenter, segmentation_loss

TRAINING = ("train", "train-two", "train-three")
HELD_OUT = ("held-out", "two", "three")
# Scenes of each folder.
TRAINING_COUNT, HELD_OUT_COUNT = 8000, 1000
MOST_BYTES = 2**20

# Batches, scenes of a batch, learning rate and weight decay.
RECIPES = {
    "detector": {"steps": 3000, "batch": 32, "rate": 3e-3, "decay": 0.05},
    "segmenter": {"steps": 1600, "batch": 16, "rate": 3e-3, "decay": 0.05},
}
# The segmenter starts from what the detector's convolutions have learned after so many batches.
BACKBONE_STEP = 1250
# There they learn at this share of the rate, lest they forget while the layers behind them know nothing.
BACKBONE_RATE = 0.3
# The rate rises over so many steps, and falls to 0 over this share of all at the end.
RISE, FALL = 100, 0.3
NETWORKS = {"detector": Detector, "segmenter": Segmenter}
LOSSES = {"detector": detection_loss, "segmenter": segmentation_loss}
# YOLO's exports call their only output like this.
OUTPUTS = {"detector": "output0", "segmenter": "logits"}
CARDS = {"detector": write_detector_card, "segmenter": write_segmenter_card}
# What is reached on held-out scenes: AP50, mean intersection over union.
TARGETS = {"detector": ("ap50", 0.9), "segmenter": ("miou", 0.85)}


def train(name: str, data: SceneSet, seed: int, low_precision: bool, backbone: Path) -> tuple[nn.Module, float]:
    """The trained network and the seconds it took. The detector leaves `backbone`, and the segmenter starts from it."""
    torch.manual_seed(seed)
    recipe, loss_of = RECIPES[name], LOSSES[name]
    steps, batch = recipe["steps"], recipe["batch"]
    network = NETWORKS[name]()
    if name == "segmenter":
        network.down.load_state_dict(torch.load(backbone))
    network = network.to(memory_format=torch.channels_last).train()
    slow = [parameter for key, parameter in network.named_parameters() if name == "segmenter" and key.startswith("down.")]
    groups = [
        {"params": [parameter for parameter in network.parameters() if all(parameter is not one for one in slow)]},
        {"params": slow, "lr": BACKBONE_RATE * recipe["rate"]},
    ]
    optimizer = torch.optim.AdamW(groups, lr=recipe["rate"], weight_decay=recipe["decay"])
    share_at = lambda step: min(1, (step + 1) / RISE, (steps - step) / (FALL * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, share_at)
    started = time.monotonic()
    losses = 0.0
    for step, chosen in zip(range(1, steps + 1), batches(len(data), batch)):
        loss = loss_of(network, augmented(batch_of(data, chosen)), low_precision)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimizer.step()
        schedule.step()
        losses += loss.item()
        if name == "detector" and step == BACKBONE_STEP:
            torch.save(network.down.state_dict(), backbone)
        if step % 100 == 0:
            print(f"{name} step {step}/{steps} loss {losses / 100:.4f} {time.monotonic() - started:.0f} s", flush=True)
            losses = 0.0
    return network.eval(), time.monotonic() - started


def batches(count: int, batch: int) -> Iterator[np.ndarray]:
    """Numbers of scenes without end, every scene as often as the others."""
    while True:
        order = torch.randperm(count).numpy()
        for start in range(0, count - batch + 1, batch):
            yield order[start : start + batch]


def measure(name: str, path: Path, data: SceneSet) -> dict:
    """How good the file is on scenes, by onnxruntime."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    outputs = []
    for start in range(0, len(data), 50):
        image = np.ascontiguousarray(as_input(data.pictures[start : start + 50]).numpy())
        (output,) = session.run([OUTPUTS[name]], {"image": image})
        outputs.append(output if name == "detector" else output.argmax(1).astype(np.uint8))
    found = np.concatenate(outputs)
    if name == "detector":
        return measure_detector(found, data.labels, data.boxes, CLASSES)
    return measure_segmenter(found, data.classes, 1 + CLASSES)


def difference(name: str, path: Path, network: nn.Module, data: SceneSet) -> float:
    """The largest difference between onnxruntime and PyTorch on 64 scenes, relative to the largest value."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    if session.get_inputs()[0].shape[0] != "N" or session.get_outputs()[0].shape[0] != "N":
        raise ValueError(f"{path.name} has no symbolic batch N")
    image = as_input(data.pictures[:64]).contiguous()
    with torch.no_grad():
        reference = network(image).numpy()
    (output,) = session.run([OUTPUTS[name]], {"image": image.numpy()})
    return float(np.abs(output - reference).max() / np.abs(reference).max())


def main() -> int:
    options = training_options(__doc__.splitlines()[0], "train/, held-out/ and the others", list(NETWORKS))
    held_out = load_scenes([options.data / folder for folder in HELD_OUT], HELD_OUT_COUNT)
    good = True
    for name in options.only:
        weights, record = options.work / f"{name}.pt", options.work / f"{name}.json"
        if options.reuse:
            network = NETWORKS[name]().eval()
            network.load_state_dict(torch.load(weights))
            facts = json.loads(record.read_text())
        else:
            data = load_scenes([options.data / folder for folder in TRAINING], TRAINING_COUNT)
            network, seconds = train(name, data, options.seed, options.precision == "bf16", options.work / "backbone.pt")
            torch.save(network.state_dict(), weights)
            facts = {**RECIPES[name], **training_record(options, len(data), seconds)}
            record.write_text(json.dumps(facts))
        facts["parameters"] = sum(parameter.numel() for parameter in network.parameters())
        path = options.out / f"{name}.onnx"
        export_places(network, path, OUTPUTS[name], LABELS if name == "detector" else ["background", *LABELS])
        facts |= file_facts(path, MOST_BYTES)
        facts |= measure(name, path, held_out)
        facts["largest_difference"] = difference(name, path, network, held_out)
        facts["count"] = len(held_out)
        CARDS[name](facts, options.out / f"{name}.md")
        print(name, json.dumps(facts), flush=True)
        measured, target = TARGETS[name]
        good = good and facts[measured] >= target
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
