"""From a picture file to the network's numbers, to the rounding the same as `onnx-lrp` does it.

A picture is turned as its EXIF orientation says and laid on white; it is resized with PIL's BILINEAR, which is what
onnx-lrp computes too, the middle is cut out, and each byte becomes (byte * scale - mean) / std. A pixel of the input is
inside a box if its centre is, and inside a mask if the mask's pixel under its centre is not black.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy
from numpy.typing import NDArray
from PIL import Image, ImageOps

from dataset import Item

Floats = NDArray[numpy.float32]
Doubles = NDArray[numpy.float64]
Flags = NDArray[numpy.bool_]

IMAGENET_MEAN = (0.485, 0.456, 0.406)


@dataclass(frozen=True)
class Preprocess:
    """The fields of onnx-lrp's preprocessing files; numbers a channel are in the network's channel order."""

    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    fit: str = "crop"
    crop_ratio: float = 224 / 256
    order: str = "rgb"


PRESETS = {
    "imagenet": Preprocess(1 / 255, IMAGENET_MEAN, (0.229, 0.224, 0.225)),
    "caffe": Preprocess(1, (103.939, 116.779, 123.68), (1,), order="bgr"),
    "tf": Preprocess(1 / 127.5, (1,), (1,)),
    "unit": Preprocess(1 / 255, (0,), (1,)),
    "none": Preprocess(1, (0,), (1,)),
}


def read_preprocess(text: str) -> Preprocess:
    """From the JSON of a preprocessing file, or of the metadata "onnx-lrp.preprocess" of a model."""
    given = json.loads(text)
    return Preprocess(
        scale=float(given["scale"]),
        mean=as_tuple(given["mean"]),
        std=as_tuple(given["std"]),
        fit=given.get("fit", "crop"),
        crop_ratio=given.get("cropRatio", 224 / 256),
        order=given.get("order", "rgb"),
    )


def as_tuple(value: float | list[float]) -> tuple[float, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def choose_preprocess(name_or_file: str | None, in_model: str | None) -> Preprocess:
    """The one that was asked for, else the one that the model's file names."""
    if name_or_file is None:
        if in_model is None:
            names = ", ".join(PRESETS)
            raise ValueError(f"The models do not say how pictures are prepared; give --preprocess: {names}, or a file.")
        return read_preprocess(in_model)
    return PRESETS.get(name_or_file) or read_preprocess(Path(name_or_file).read_text(encoding="utf-8-sig"))


@dataclass(frozen=True)
class InputShape:
    """What the network takes, without the batch."""

    height: int
    width: int
    channels: int
    channels_first: bool


@dataclass(frozen=True)
class Prepared:
    """A picture as the network takes it."""

    data: Floats
    """[channels, height, width], or [height, width, channels]."""
    inside: Flags | None
    """[height, width]; None where it is not known where the object is."""


UNUSABLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What `prepare` raises for a picture or mask that cannot be used; PIL has several errors for damaged files."""


def prepare(item: Item, spec: Preprocess, shape: InputShape) -> Prepared:
    picture = read_picture(item.path)
    width, height, left, top = placement(picture.width, picture.height, spec, shape)
    shown = picture.resize((width, height), Image.Resampling.BILINEAR)
    shown = shown.crop((left, top, left + shape.width, top + shape.height))
    columns = (left + numpy.arange(shape.width) + 0.5) * picture.width / width
    rows = (top + numpy.arange(shape.height) + 0.5) * picture.height / height
    return Prepared(to_numbers(shown, spec, shape), inside_of(item, picture.size, columns, rows))


def read_picture(path: str) -> Image.Image:
    with Image.open(path) as opened:
        picture = ImageOps.exif_transpose(opened)
        if picture.mode.startswith("I"):  # 16 bits, of which PIL would cut the upper ones off.
            picture = Image.fromarray((numpy.asarray(picture) >> 8).astype(numpy.uint8))
        if picture.has_transparency_data:
            layers = picture.convert("RGBA")
            white = Image.new("RGBA", layers.size, "white")
            picture = Image.alpha_composite(white, layers)
        return picture.convert("RGB")


def placement(width: int, height: int, spec: Preprocess, shape: InputShape) -> tuple[int, int, int, int]:
    """The size that the picture is resized to, and where the crop begins: width, height, left, top."""
    if spec.fit == "squash":
        return shape.width, shape.height, 0, 0
    least_width = math.floor(shape.width / spec.crop_ratio + 0.5)
    least_height = math.floor(shape.height / spec.crop_ratio + 0.5)
    if least_width * height >= least_height * width:
        resized = (least_width, max(least_height, least_width * height // width))
    else:
        resized = (max(least_width, least_height * width // height), least_height)
    return (*resized, round((resized[0] - shape.width) / 2), round((resized[1] - shape.height) / 2))


def to_numbers(picture: Image.Image, spec: Preprocess, shape: InputShape) -> Floats:
    pixels: Doubles = numpy.asarray(picture.convert("L") if shape.channels == 1 else picture, numpy.float64)
    pixels = pixels.reshape(shape.height, shape.width, shape.channels)
    if spec.order == "bgr":
        pixels = pixels[:, :, ::-1]
    values = (pixels * spec.scale - per_channel(spec.mean, shape)) / per_channel(spec.std, shape)
    arranged = values.transpose(2, 0, 1) if shape.channels_first else values
    return numpy.ascontiguousarray(arranged, numpy.float32)


def per_channel(values: tuple[float, ...], shape: InputShape) -> Doubles:
    if len(values) not in (1, shape.channels) and len(set(values)) > 1:
        raise ValueError(f"The preprocessing is for {len(values)} channels, and the network has {shape.channels}.")
    return numpy.resize(numpy.array(values, numpy.float64), shape.channels)


def mean_colour(spec: Preprocess, shape: InputShape) -> Floats:
    """What hidden pixels are set to, a number a channel: the mean colour of the network's training set.

    A preprocessing that subtracts a mean says what it is. The means 0 and half the range are conventions and say
    nothing; then it is ImageNet's.
    """
    means = per_channel(spec.mean, shape)
    shares = means / (255 * spec.scale)
    if not any(bool((abs(shares - usual) < 0.003).all()) for usual in (0, 0.5)):
        return numpy.zeros(shape.channels, numpy.float32)
    rgb = IMAGENET_MEAN if spec.order == "rgb" else IMAGENET_MEAN[::-1]
    luma = sum(share * weight for share, weight in zip(IMAGENET_MEAN, (0.299, 0.587, 0.114)))
    colour = numpy.array([luma] if shape.channels == 1 else rgb)
    return ((colour * 255 * spec.scale - means) / per_channel(spec.std, shape)).astype(numpy.float32)


def inside_of(item: Item, size: tuple[int, int], columns: Doubles, rows: Doubles) -> Flags | None:
    """`columns` and `rows` say where the centres of the input's pixels lie in the picture."""
    if item.mask is not None:
        mask = read_picture(item.mask)
        if mask.size != size:
            raise ValueError(f"the mask {item.mask} has {mask.size} pixels and its picture {size}")
        object_pixels: Flags = (numpy.asarray(mask) != 0).max(axis=2)
        under: Flags = object_pixels[rows.astype(int)[:, None], columns.astype(int)]
        return under
    if not item.boxes:
        return None
    inside = numpy.zeros((len(rows), len(columns)), numpy.bool_)
    for left, top, right, bottom in item.boxes:
        inside |= numpy.outer((rows >= top) & (rows < bottom), (columns >= left) & (columns < right))
    return inside
