"""Scenes as batches for networks that answer for places: the class of each pixel, and a box around each object."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from export import as_input
from networks import SIDE

MOST_OBJECTS = 3


@dataclass(frozen=True)
class SceneSet:
    """Bytes as write-dataset writes them, of scenes with different numbers of objects."""

    pictures: np.ndarray
    """[n, 128, 128, 3]"""
    classes: np.ndarray
    """[n, 128, 128]: 0 where no object is, else 1 + its class"""
    labels: np.ndarray
    """[n, 3]: the class of each object, -1 where there are fewer"""
    boxes: np.ndarray
    """[n, 3, 4]: left, top, right, bottom in pixels, zeros where there are fewer objects"""

    def __len__(self) -> int:
        return len(self.pictures)


@dataclass(frozen=True)
class Scenes:
    """A batch."""

    image: Tensor
    classes: Tensor
    labels: Tensor
    boxes: Tensor


def load_scenes(folders: list[Path], count: int) -> SceneSet:
    """The first `count` scenes of each folder."""
    pictures, classes, labels = [], [], []
    for folder in folders:
        # In memory only as far as it is needed: the folders also hold what other networks are trained on.
        pictures.append(np.load(folder / "pictures.npy", mmap_mode="r")[:count])
        classes.append(np.load(folder / "classes.npy", mmap_mode="r")[:count])
        found = np.load(folder / "labels.npy").astype(np.int64)[:count]
        labels.append(np.pad(found, ((0, 0), (0, MOST_OBJECTS - found.shape[1])), constant_values=-1))
    every = np.concatenate(classes)
    named = np.concatenate(labels)
    return SceneSet(np.concatenate(pictures), every, named, boxes_of(every, named))


def boxes_of(classes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The tightest box around the visible pixels of each object: float32 [n, 3, 4]."""
    boxes = np.zeros((*labels.shape, 4), np.float32)
    for i, j in zip(*np.nonzero(labels >= 0)):
        inside = classes[i] == labels[i, j] + 1
        columns, rows = np.flatnonzero(inside.any(0)), np.flatnonzero(inside.any(1))
        boxes[i, j] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    return boxes


def batch_of(scenes: SceneSet, chosen: np.ndarray) -> Scenes:
    return Scenes(
        as_input(scenes.pictures[chosen]),
        torch.from_numpy(scenes.classes[chosen]).long(),
        torch.from_numpy(scenes.labels[chosen]),
        torch.from_numpy(scenes.boxes[chosen]),
    )


def augmented(scenes: Scenes) -> Scenes:
    """One of the eight turns and flips and one of the six channel orders for the whole batch."""
    image, classes, boxes = scenes.image, scenes.classes, scenes.boxes
    there = (boxes[..., 2:3] > 0).float()
    for axis in (0, 1):
        if torch.rand(()) < 0.5:
            image, classes = image.flip(3 - axis), classes.flip(2 - axis)
            boxes = boxes.clone()
            boxes[..., [axis, axis + 2]] = there * (SIDE - boxes[..., [axis + 2, axis]])
    if torch.rand(()) < 0.5:
        image, classes, boxes = image.transpose(2, 3), classes.transpose(1, 2), boxes[..., [1, 0, 3, 2]]
    image = image[:, torch.randperm(3)].contiguous(memory_format=torch.channels_last)
    return Scenes(image, classes, scenes.labels, boxes)
