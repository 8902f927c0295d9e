"""Three measures of `onnx-lrp evaluate`, number for number: patch-masking, pointing-game and pointing-one.

They are those of Iwana et al., "Explaining CNNs using Softmax Gradient LRP", ICCVW 2019, and Zhang et al., ECCV 2016;
the files of these names in packages/evaluation/src/metrics say what was decided where the papers are silent.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy

from networks import Network
from pictures import Flags, Floats, Prepared

SIDES = (1, 3, 5, 7, 9)
"""Of the hidden patch, in pixels."""
TOLERANCE = 15
"""How far from the object a point may lie, in pixels."""


class Reading(NamedTuple):
    parameter: float
    value: float
    weight: float = 1.0
    """Of how many pixels `value` is the mean, for shares of pixels."""


def patch_masking(
    network: Network, fill: Floats, prepared: Prepared, heatmap: Floats, label: int, before: float
) -> list[Reading]:
    """Change of the label's probability when the patch around the map's maximum is hidden."""
    shape = network.description.shape
    row, column = divmod(int(heatmap.argmax()), shape.width)
    masked = []
    for side in SIDES:
        reach = (side - 1) // 2
        rows = slice(max(row - reach, 0), row + reach + 1)
        columns = slice(max(column - reach, 0), column + reach + 1)
        picture = prepared.data.copy()
        pixels = picture.transpose(1, 2, 0) if shape.channels_first else picture
        pixels[rows, columns] = fill
        masked.append(picture)
    after = network.probabilities(network.logits(numpy.stack(masked)))[:, label]
    return [Reading(side, float(value) - before) for side, value in zip(SIDES, after)]


def pointing_game(heatmap: Floats, inside: Flags) -> list[Reading]:
    """Share of the strongest E % of the positive pixels that lie on the object, E = 1 ... 100; equal ones all count."""
    values = heatmap.ravel()
    positive = numpy.flatnonzero(values > 0)
    if len(positive) == 0:
        return []
    order = positive[numpy.argsort(-values[positive], kind="stable")]
    descending = values[order]
    hits = numpy.cumsum(inside.ravel()[order])
    readings = []
    for energy in range(1, 101):
        least = -(-energy * len(order) // 100)
        kept = int(numpy.searchsorted(-descending, -descending[least - 1], side="right"))
        readings.append(Reading(energy, float(hits[kept - 1]) / kept, kept))
    return readings


def pointing_game_chance(inside: Flags) -> list[Reading]:
    """What a map without knowledge gets: the share of the picture that the object takes."""
    return [Reading(energy, float(inside.mean())) for energy in range(1, 101)]


def pointing_one(heatmap: Floats, near: Flags) -> list[Reading]:
    """Whether the strongest pixel lies on the object or near it; equal maxima count in equal parts."""
    return [Reading(0, float(near[heatmap == heatmap.max()].mean()))]


def pointing_one_chance(near: Flags) -> list[Reading]:
    return [Reading(0, float(near.mean()))]


def dilate(inside: Flags, radius: int = TOLERANCE) -> Flags:
    """What lies within a distance of the object, from pixel centre to pixel centre."""
    height, width = inside.shape
    padded = numpy.pad(inside, radius)
    near = numpy.zeros_like(inside)
    for down in range(-radius, radius + 1):
        rows = padded[radius + down : radius + down + height]
        # How many pixels of the object lie in a run of the row: a difference of running sums.
        sums = numpy.cumsum(numpy.pad(rows, ((0, 0), (1, 0))), axis=1)
        reach = math.isqrt(radius**2 - down**2)
        first, end = radius - reach, radius + reach + 1
        near |= sums[:, end : end + width] > sums[:, first : first + width]
    return near
