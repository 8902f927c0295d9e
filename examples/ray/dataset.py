"""Which pictures there are, of which class, and where the object is: lists in JSON as `onnx-lrp evaluate` reads them.

    [{"file": "images/a.png", "label": 300, "boxes": [[37.5, 52, 190, 202.3]], "mask": "masks/a.png"}, ...]

Paths are relative to the list's folder. A label is a number, or one of the class names that the network's file holds.
A box is left, top, right, bottom in pixels, the far edges exclusive. A mask is a picture of the same size, not black
where the object is; it goes before boxes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Item:
    """A picture and one of its classes."""

    index: int
    """Place in the data set, from 0."""
    image: str
    """Its path within the data set; "path#class" for a picture with several classes."""
    path: str
    label: int
    boxes: tuple[Box, ...] = ()
    mask: str | None = None


def read_dataset(path: Path, class_names: list[str] | None) -> list[Item]:
    """The items of a list, or of the folder that one lies in (scenes.json or annotations.json).

    Entries of the same picture and class are one item with all their boxes.

    Raises ValueError with a sentence for an entry that means nothing.
    """
    file = find_list(path)
    entries: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8-sig"))
    merged: dict[tuple[str, int], Item] = {}
    for number, entry in enumerate(entries, start=1):
        try:
            item = read_entry(entry, file.parent, class_names)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"Entry {number} of {file} cannot be used: {error!r}.") from error
        key = (item.image, item.label)
        before = merged.get(key)
        if before is not None and (before.mask or item.mask):
            raise ValueError(f"In {file} the picture {item.image} has two masks for one class; give one.")
        merged[key] = item if before is None else replace(before, boxes=before.boxes + item.boxes)
    classes_of: dict[str, int] = {}
    for image, _ in merged:
        classes_of[image] = classes_of.get(image, 0) + 1
    return [
        replace(item, index=index, image=image if classes_of[image] == 1 else f"{image}#{label}")
        for index, ((image, label), item) in enumerate(merged.items())
    ]


def find_list(path: Path) -> Path:
    if path.is_file():
        return path
    for name in ("scenes.json", "annotations.json"):
        if (path / name).is_file():
            return path / name
    raise ValueError(f"There is no scenes.json or annotations.json in {path}; give the JSON list itself.")


def read_entry(entry: dict[str, Any], home: Path, class_names: list[str] | None) -> Item:
    mask = entry.get("mask")
    boxes = () if mask else tuple(read_box(box) for box in entry.get("boxes", []))
    return Item(
        index=-1,
        image=Path(entry["file"]).as_posix(),
        path=str((home / entry["file"]).resolve()),
        label=read_label(entry["label"], class_names),
        boxes=boxes,
        mask=str((home / mask).resolve()) if mask else None,
    )


def read_box(box: list[float]) -> Box:
    left, top, right, bottom = (float(edge) for edge in box)
    if not (left < right and top < bottom):
        raise ValueError(f"the box {box} has its right and bottom before its left and top")
    return (left, top, right, bottom)


def read_label(label: int | str, class_names: list[str] | None) -> int:
    if isinstance(label, int):
        return label
    if class_names is not None and label in class_names:
        return class_names.index(label)
    raise ValueError(f'the label "{label}" is neither a number nor a class name in the file of the network')


def hash_items(items: list[Item]) -> str:
    """SHA-256 of what is in the list, wherever it lies."""
    lines = [[item.image, item.label, item.boxes, item.mask is not None] for item in items]
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()
