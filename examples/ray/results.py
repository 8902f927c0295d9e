"""The files of a run's folder, as `onnx-lrp summarize` reads them.

A run is cut into units of consecutive pictures. Unit 7 is values/part-00007.parquet and pictures/part-00007.parquet,
each written whole and in this order, so that a unit is done exactly when its pictures are there.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import pyarrow
import pyarrow.parquet


@dataclass
class ValueRow:
    """One number of one measure for one method at one picture."""

    index: int
    image: str
    method: str
    """The method's name, or "chance" for what a map without knowledge would get."""
    measure: str
    parameter: float
    value: float
    weight: float


@dataclass
class PictureRow:
    """What the network says of a picture, or why the picture could not be used."""

    index: int
    image: str
    status: Literal["ok", "failed"]
    label: int
    reason: str | None = None
    label_probability: float | None = None
    predicted: int | None = None
    predicted_probability: float | None = None
    second: int | None = None
    second_probability: float | None = None
    quantized_difference: float | None = None


TYPES = {
    **dict.fromkeys(("image", "method", "measure", "status", "reason"), pyarrow.string()),
    **dict.fromkeys(("index", "label", "predicted", "second"), pyarrow.int32()),
}


def write_unit(folder: Path, unit: int, values: list[ValueRow], pictures: list[PictureRow]) -> None:
    write_rows(part(folder, "values", unit), ValueRow, values)
    write_rows(part(folder, "pictures", unit), PictureRow, pictures)


def unit_is_done(folder: Path, unit: int) -> bool:
    return part(folder, "pictures", unit).exists()


def part(folder: Path, kind: Literal["values", "pictures"], unit: int) -> Path:
    return folder / kind / f"part-{unit:05d}.parquet"


def write_rows(path: Path, kind: type[ValueRow] | type[PictureRow], rows: list[Any]) -> None:
    names = [field.name for field in fields(kind)]
    schema = pyarrow.schema([(name, TYPES.get(name, pyarrow.float64())) for name in names])
    columns = {name: [getattr(row, name) for row in rows] for name in names}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    pyarrow.parquet.write_table(pyarrow.table(columns, schema=schema), unfinished)
    os.replace(unfinished, path)


def begin(folder: Path, plan: dict[str, Any]) -> None:
    """Keeps what the results depend on in `ray-run.json`; a run that is there already must be the same.

    Raises ValueError where it is another.
    """
    file = folder / "ray-run.json"
    if not file.exists():
        if folder.exists() and any(folder.iterdir()):
            raise ValueError(f"{folder} is not empty, and no run of this script; give another folder for --out.")
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".tmp")
        unfinished.write_text(json.dumps(plan, indent=2) + "\n", encoding="utf-8")
        os.replace(unfinished, file)
        return
    before = json.loads(file.read_text(encoding="utf-8"))
    now = json.loads(json.dumps(plan))
    different = [key for key in now if before.get(key) != now[key]]
    if different:
        raise ValueError(f"{folder} holds a run with another {', '.join(different)}; give another folder for --out.")
