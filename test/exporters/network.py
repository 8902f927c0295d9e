"""The one network that all roads lead from: a small trained CNN, its picture, and its weights as NumPy arrays.

Sizes are odd (25 -> 13 -> 7), so that TensorFlow's SAME padding at stride 2 is PyTorch's symmetric padding of 1. All
weights are exact in bfloat16 and float16, so that networks stored in those formats are the same network, too.
"""

import numpy as np
from pathlib import Path

FOLDER = Path(__file__).parent / "networks"
SIDE = 25
CLASSES = 6
# A byte b of a channel goes into the network as (b - MEAN) / STD.
MEAN = np.array([120, 110, 100], np.float32)
STD = np.array([60, 65, 70], np.float32)
EPSILON = 1e-5  # of batch normalization

# name: (outputs, inputs of a group, kernel), groups, stride, batch normalization
CONVOLUTIONS = {
    "stem": ((8, 3, 3), 1, 1, True),
    "depthwise": ((8, 1, 3), 8, 1, True),
    "pointwise": ((12, 8, 1), 1, 1, True),
    "residual": ((12, 12, 3), 1, 1, True),
    "left": ((6, 12, 1), 1, 1, False),
    "right": ((6, 6, 3), 2, 1, False),
    "down": ((12, 1, 3), 12, 2, True),
}


def weights():
    """Arrays by name: NAME.weight [O, I, K, K]; NAME.bias; NAME.scale, .shift, .mean, .var; dense.weight [6, 12]."""
    with np.load(FOLDER / "weights.npz") as file:
        return {name: file[name] for name in file.files}


def picture():
    """Bytes, [3, 25, 25] uint8."""
    return np.load(FOLDER / "picture.npy")


def normalized(pixels):
    """Bytes [..., 3, H, W] as the network takes them, float32."""
    return (pixels.astype(np.float32) - MEAN[:, None, None]) / STD[:, None, None]


def scenes(count, seed):
    """Synthetic pictures of six kinds, [count, 3, 25, 25] uint8, and their classes."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)
    labels = rng.integers(0, CLASSES, count)
    pictures = np.empty((count, 3, SIDE, SIDE))
    for i, label in enumerate(labels):
        period, phase = rng.uniform(4, 7), rng.uniform(0, 2 * np.pi)
        cy, cx, radius = rng.uniform(7, 17), rng.uniform(7, 17), rng.uniform(4, 7)
        distance = np.hypot(y - cy, x - cx)
        angle = lambda t: np.sin(2 * np.pi * t / period + phase)
        shape = [
            angle(y),
            angle(x),
            angle((x + y) / np.sqrt(2)),
            angle(x) * angle(y),
            np.where(distance < radius, 1.0, -1.0),
            np.where(abs(distance - radius) < 1.5, 1.0, -1.0),
        ][label]
        ink, paper = rng.uniform(120, 255, 3), rng.uniform(0, 120, 3)
        mix = (shape + 1) / 2
        pictures[i] = paper[:, None, None] + (ink - paper)[:, None, None] * mix
    pictures += rng.normal(0, 18, pictures.shape)
    return np.clip(np.round(pictures), 0, 255).astype(np.uint8), labels
