"""Trains, exports, checks and describes vit.onnx. See README.md beside this file.

    python train_vit.py --data FOLDER --work FOLDER

FOLDER of --data holds train/, held-out/ and two/ from write-dataset; the folder of networks has detector.onnx. Exit status
1 if the network misses its target.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cards import write_card
from export import as_input, both_on_top, check_file, export_network
from networks import CLASSES
from options import NETWORK_FOLDER, training_options, training_record
from train import BATCH, SMOOTHING, TARGET, load
from vit import GRID, WIDTH, Vit, load_stem

EPOCHS = 3
RATE = 2e-3
DECAY = 0.05
# How much the loss of the patches counts, and within it that of patches of the background.
PATCH_WEIGHT = 2.0
BACKGROUND_WEIGHT = 0.4
# How often scenes are parted by a row, and by a column.
PARTED = 0.6


def stem_activations(network: Vit, pictures: np.ndarray) -> Tensor:
    """Half-precision [n, 64, 16, 16]: the stem is not trained, so that each scene goes through it only once."""
    found = torch.empty(len(pictures), 64, 2 * GRID, 2 * GRID, dtype=torch.bfloat16)
    with torch.no_grad():
        for start in range(0, len(pictures), BATCH):
            found[start : start + BATCH] = network.stem(as_input(pictures[start : start + BATCH]))
    return found


def covered(classes: np.ndarray) -> Tensor:
    """float32 [n, 64]: the share of each patch that shows the object."""
    there = [
        (part > 0).reshape(-1, GRID, 16, GRID, 16).mean((2, 4), dtype=np.float32)
        for part in np.array_split(classes, len(classes) // 500 + 1)
    ]
    return torch.from_numpy(np.concatenate(there)).flatten(1)


def patch_loss(scores: Tensor, share: Tensor, wanted: Tensor) -> Tensor:
    """Cross entropy of every patch (token labelling, Jiang et al. 2021): the class for the share of it that shows the object.

    scores: [n, 64, 1 + 16], the background first. share: [n, 64]. wanted: class numbers [n, 64].
    """
    likely = scores.log_softmax(-1)
    objects = likely.gather(2, (wanted + 1)[..., None])[..., 0]
    return -(share * objects + BACKGROUND_WEIGHT * (1 - share) * likely[..., 0]).mean()


def corners() -> Tensor:
    """int64 [8, 8]: which of up to four scenes each patch is from, parted by a row and a column at random, or by one of them."""
    parts = [
        (torch.arange(GRID) < torch.randint(2, GRID - 1, ())).long() * (torch.rand(()) < PARTED).long()
        for _ in ("rows", "columns")
    ]
    return 2 * parts[0][:, None] + parts[1]


@dataclass(frozen=True)
class Batch:
    features: Tensor
    share: Tensor
    """[n, 64]"""
    patch_classes: Tensor
    """[n, 64]"""
    target: Tensor
    """[n, 16]: how much of each class is seen; sums to 1"""


def joined(features: Tensor, share: Tensor, wanted: Tensor) -> Batch:
    """Scenes parted by lines, each part from another one (CutMix, Yun et al. 2019).

    Without it the network learns to let one object silence another.
    """
    part = corners()
    flat, fine = part.flatten(), part.repeat_interleave(2, 0).repeat_interleave(2, 1)
    patch_classes = wanted[:, None].expand_as(share)
    mixed = features
    for i in range(1, 4):
        mixed = torch.where(fine == i, features.roll(i, 0), mixed)
    shares = torch.stack([share.roll(i, 0) for i in range(4)])
    classes = torch.stack([patch_classes.roll(i, 0) for i in range(4)])
    share = shares.gather(0, flat.expand_as(share)[None])[0]
    patch_classes = classes.gather(0, flat.expand_as(share)[None])[0]
    # A little of everything, for scenes of whose objects nothing is seen.
    seen = torch.full((len(share), CLASSES), 1e-3).scatter_add(1, patch_classes, share)
    return Batch(mixed, share, patch_classes, seen / seen.sum(1, keepdim=True))


def train(data: Path, seed: int, low_precision: bool, weights: Path) -> tuple[Vit, float]:
    """The trained network and the seconds it took. Saves the weights after every epoch."""
    torch.manual_seed(seed)
    network = Vit().train()
    load_stem(network, NETWORK_FOLDER / "detector.onnx")
    patch_scores = nn.Linear(WIDTH, 1 + CLASSES)
    started = time.monotonic()
    pictures, labels = load(data)
    features, wanted = stem_activations(network, pictures), torch.from_numpy(labels[:, 0])
    share = covered(np.load(data / "classes.npy", mmap_mode="r"))
    print(f"vit stem {time.monotonic() - started:.0f} s", flush=True)
    parameters = [one for one in (*network.parameters(), *patch_scores.parameters()) if one.requires_grad]
    steps = len(features) // BATCH
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=RATE, total_steps=steps * EPOCHS, pct_start=0.1, div_factor=10
    )
    for epoch in range(EPOCHS):
        order = torch.randperm(len(features))
        losses, hits = 0.0, 0
        for step in range(steps):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            batch = joined(features[chosen].float(), share[chosen], wanted[chosen])
            with torch.autocast("cpu", torch.bfloat16, enabled=low_precision):
                tokens = network.tokens(batch.features)
                scores, patches = network.classifier(tokens[:, 0]).float(), patch_scores(tokens[:, 1:]).float()
            loss = functional.cross_entropy(scores, batch.target, label_smoothing=SMOOTHING)
            loss = loss + PATCH_WEIGHT * patch_loss(patches, batch.share, batch.patch_classes)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
            losses += loss.item()
            hits += int((scores.argmax(1) == batch.target.argmax(1)).sum())
        seconds = time.monotonic() - started
        print(
            f"vit epoch {epoch + 1}/{EPOCHS} loss {losses / steps:.4f} "
            f"largest part named {hits / (steps * BATCH):.4f} {seconds:.0f} s",
            flush=True,
        )
        torch.save(network.state_dict(), weights)
    return network.eval(), time.monotonic() - started


def main() -> int:
    options = training_options(__doc__.splitlines()[0], "train/, held-out/ and two/", ["vit"])
    weights, record = options.work / "vit.pt", options.work / "vit.json"
    if options.reuse:
        network = Vit().eval()
        network.load_state_dict(torch.load(weights))
        facts = json.loads(record.read_text())
    else:
        network, seconds = train(options.data / "train", options.seed, options.precision == "bf16", weights)
        facts = {
            **{"epochs": EPOCHS, "rate": RATE, "decay": DECAY, "batch": BATCH, "smoothing": SMOOTHING},
            **{"patch_weight": PATCH_WEIGHT, "background_weight": BACKGROUND_WEIGHT, "parted": PARTED},
            **training_record(options, len(np.load(options.data / "train" / "labels.npy")), seconds),
        }
        record.write_text(json.dumps(facts))
    facts["parameters"] = sum(parameter.numel() for parameter in network.parameters())
    path = options.out / "vit.onnx"
    export_network("vit", network, path)
    facts |= check_file("vit", path, network, *load(options.data / "held-out"))
    two = load(options.data / "two")
    facts["both"] = both_on_top("vit", path, *two)
    facts["both_count"] = len(two[0])
    write_card("vit", facts, options.out / "vit.md")
    print("vit", json.dumps(facts), flush=True)
    return 0 if facts["accuracy"] >= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
