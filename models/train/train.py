"""Trains, exports, checks and describes the networks of models/networks. See README.md beside this file.

    python train.py --data FOLDER --work FOLDER [--only vgg resnet densenet inception]

FOLDER of --data holds train/, held-out/ and two/ from write-dataset. Exit status 1 if a network misses its target.
"""

import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from cards import write_card
from export import as_input, both_on_top, check_file, export_network
from networks import NETWORKS, Vgg
from options import training_options, training_record

TARGET = 0.97
BATCH = 64
# Smoothing makes every other class equally unlikely. Without it a class that shares the shape or the texture of the
# object scores high too, higher than a second object.
SMOOTHING = 0.1
DENSE_SMOOTHING = 0.4

# Epochs, peak learning rate and weight decay.
RECIPES = {
    "vgg": {"epochs": 7, "rate": 4e-3, "decay": 0.05},
    "resnet": {"epochs": 6, "rate": 4e-3, "decay": 0.05},
    "densenet": {"epochs": 8, "rate": 5e-3, "decay": 0.05},
    "inception": {"epochs": 5, "rate": 4e-3, "decay": 0.05},
}


def load(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Bytes [n, 128, 128, 3] and class numbers [n, objects]."""
    return np.load(folder / "pictures.npy"), np.load(folder / "labels.npy").astype(np.int64)


def augmented(batch: torch.Tensor) -> torch.Tensor:
    """One of the eight turns and flips and one of the six channel orders for the whole batch; none changes a class."""
    if torch.rand(()) < 0.5:
        batch = batch.flip(2)
    if torch.rand(()) < 0.5:
        batch = batch.flip(3)
    if torch.rand(()) < 0.5:
        batch = batch.transpose(2, 3)
    return batch[:, torch.randperm(3)]


def train(
    name: str, data: tuple[np.ndarray, np.ndarray], seed: int, low_precision: bool, weights: Path
) -> tuple[nn.Module, float]:
    """The trained network and the seconds it took. Saves the weights after every epoch."""
    torch.manual_seed(seed)
    recipe = RECIPES[name]
    pictures, labels = data
    network = NETWORKS[name]().to(memory_format=torch.channels_last).train()
    steps = len(pictures) // BATCH
    optimizer = torch.optim.AdamW(network.parameters(), lr=recipe["rate"], weight_decay=recipe["decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=recipe["rate"], total_steps=steps * recipe["epochs"], pct_start=0.15
    )
    started = time.monotonic()
    for epoch in range(recipe["epochs"]):
        order = torch.randperm(len(pictures)).numpy()
        losses, hits = 0.0, 0
        for step in range(steps):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            batch = augmented(as_input(pictures[chosen])).contiguous(memory_format=torch.channels_last)
            wanted = torch.from_numpy(labels[chosen, 0])
            with torch.autocast("cpu", torch.bfloat16, enabled=low_precision):
                scores = network(batch)
            loss = functional.cross_entropy(scores.float(), wanted, label_smoothing=SMOOTHING)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses += loss.item()
            hits += int((scores.argmax(1) == wanted).sum())
        seconds = time.monotonic() - started
        print(
            f"{name} epoch {epoch + 1}/{recipe['epochs']} loss {losses / steps:.4f} "
            f"training accuracy {hits / (steps * BATCH):.4f} {seconds:.0f} s",
            flush=True,
        )
        torch.save(network.state_dict(), weights)
    if isinstance(network, Vgg):
        refit_dense(network, data, seed)
        torch.save(network.state_dict(), weights)
    return network.eval(), time.monotonic() - started


def refit_dense(network: Vgg, data: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    """Trains the three dense layers anew on what the finished convolutions give, with more smoothing.

    Trained together with the convolutions, the dense layers learn to let one object silence another.
    """
    torch.manual_seed(seed + 1)
    network.eval()
    pictures, labels = data
    features, wanted = [], []
    with torch.no_grad():
        for start in range(0, len(pictures), 4 * BATCH):
            batch = augmented(as_input(pictures[start : start + 4 * BATCH]))
            batch = batch.contiguous(memory_format=torch.channels_last)
            features.append(torch.flatten(network.pool(network.features(batch)), 1))
            wanted.append(torch.from_numpy(labels[start : start + 4 * BATCH, 0]))
    inputs, targets = torch.cat(features), torch.cat(wanted)
    dense = network.classifier
    for layer in dense:
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    steps, rate = 4000, 2e-3
    optimizer = torch.optim.AdamW(dense.parameters(), lr=rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
    dense.train()
    for _ in range(steps):
        chosen = torch.randint(len(inputs), (4 * BATCH,))
        loss = functional.cross_entropy(dense(inputs[chosen]), targets[chosen], label_smoothing=DENSE_SMOOTHING)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
    network.eval()


def main() -> int:
    options = training_options(__doc__.splitlines()[0], "train/, held-out/ and two/", list(NETWORKS))
    held_out, two = load(options.data / "held-out"), load(options.data / "two")
    good = True
    for name in options.only:
        weights, record = options.work / f"{name}.pt", options.work / f"{name}.json"
        if options.reuse:
            network = NETWORKS[name]().eval()
            network.load_state_dict(torch.load(weights))
            facts = json.loads(record.read_text())
        else:
            data = load(options.data / "train")
            network, seconds = train(name, data, options.seed, options.precision == "bf16", weights)
            facts = {
                **RECIPES[name],
                **{"batch": BATCH, "smoothing": SMOOTHING},
                **training_record(options, len(data[0]), seconds),
            }
            record.write_text(json.dumps(facts))
        if isinstance(network, Vgg):
            network = network.folded()
        facts["parameters"] = sum(parameter.numel() for parameter in network.parameters())
        path = options.out / f"{name}.onnx"
        export_network(name, network, path)
        facts |= check_file(name, path, network, *held_out)
        facts["both"] = both_on_top(name, path, *two)
        facts["both_count"] = len(two[0])
        write_card(name, facts, options.out / f"{name}.md")
        print(name, json.dumps(facts), flush=True)
        good = good and facts["accuracy"] >= TARGET
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
