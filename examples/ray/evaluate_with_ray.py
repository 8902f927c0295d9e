"""Measures explanation models over many pictures, on one machine or many, with Ray Data. README.md shows how.

    python evaluate_with_ray.py DATASET MODEL.onnx [MODEL.onnx ...] --out FOLDER

Begun again with the same arguments, it does what is left.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

# Ray would otherwise report its use to its makers.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import numpy
import pyarrow
import ray
import ray.data
from ray.cloudpickle import register_pickle_by_value

import dataset
import measures
import networks
import pictures
import results
from dataset import Item
from measures import Reading
from networks import Network
from pictures import Floats, Prepared, Preprocess
from results import PictureRow, ValueRow

class Evaluator:
    """An actor: it holds the network in memory and is handed one unit of pictures after another."""

    def __init__(
        self, models: dict[str, Path], out: Path, spec: Preprocess, *, threads: int, gpu: bool, batch: int
    ) -> None:
        self.network = Network(models, threads=threads, gpu=gpu, batch=batch)
        self.out = out
        self.spec = spec
        self.shape = self.network.description.shape
        self.fill = pictures.mean_colour(spec, self.shape)
        self.batch = batch
        self.decoders = ThreadPoolExecutor(threads)

    def __call__(self, unit: pyarrow.Table) -> pyarrow.Table:
        """Writes the unit's results and says what they came to. Columns of `unit`: those of `Item`, and `unit`."""
        start = time.monotonic()
        rows = unit.to_pylist()
        number = rows[0].pop("unit")
        items = [Item(**{key: value for key, value in row.items() if key != "unit"}) for row in rows]
        # Decoded in threads of their own while the network works.
        waiting = [(item, self.decoders.submit(pictures.prepare, item, self.spec, self.shape)) for item in items]
        values: list[ValueRow] = []
        scored: list[PictureRow] = []
        for first in range(0, len(waiting), self.batch):
            self.evaluate(waiting[first : first + self.batch], values, scored)
        scored.sort(key=lambda row: row.index)
        results.write_unit(self.out, number, values, scored)
        failed = sum(row.status == "failed" for row in scored)
        seconds = time.monotonic() - start
        return pyarrow.table({"unit": [number], "pictures": [len(items)], "failed": [failed], "seconds": [seconds]})

    def evaluate(
        self, waiting: list[tuple[Item, Future[Prepared]]], values: list[ValueRow], scored: list[PictureRow]
    ) -> None:
        """Pictures that go through the network together; their rows are added to `values` and `scored`."""
        usable: list[tuple[Item, Prepared]] = []
        for item, future in waiting:
            try:
                usable.append((item, future.result()))
            except pictures.UNUSABLE as error:
                scored.append(failure(item, str(error)))
        if not usable:
            return
        stacked = numpy.stack([prepared.data for _, prepared in usable])
        logits = self.network.logits(stacked)
        probabilities = self.network.probabilities(logits)
        classes = logits.shape[1]
        # A label that the network does not have is written down as failed below; class 0 stands in for it here.
        targets = [item.label if 0 <= item.label < classes else 0 for item, _ in usable]
        maps = {method: self.network.heatmaps(method, stacked, targets) for method in self.network.explainers}
        for place, (item, prepared) in enumerate(usable):
            if not 0 <= item.label < classes:
                reason = f"the label is {item.label}; the network has the classes 0 to {classes - 1}"
                scored.append(failure(item, reason))
                continue
            own = {method: found[place] for method, found in maps.items()}
            rows = self.measure(item, prepared, own, float(probabilities[place, item.label]))
            if not (numpy.isfinite(logits[place]).all() and all(numpy.isfinite(row.value) for row in rows)):
                scored.append(failure(item, "the network's scores or the maps are not finite numbers"))
                continue
            values.extend(rows)
            scored.append(picture_row(item, logits[place], probabilities[place]))

    def measure(self, item: Item, prepared: Prepared, maps: dict[str, Floats], before: float) -> list[ValueRow]:
        rows: list[ValueRow] = []

        def keep(method: str, measure: str, readings: list[Reading]) -> None:
            rows.extend(ValueRow(item.index, item.image, method, measure, *reading) for reading in readings)

        # Where nothing of the object is left in the picture, there is nothing to point to.
        inside = prepared.inside if prepared.inside is not None and prepared.inside.any() else None
        near = None if inside is None else measures.dilate(inside)
        if inside is not None and near is not None:
            keep("chance", "pointing-game", measures.pointing_game_chance(inside))
            keep("chance", "pointing-one", measures.pointing_one_chance(near))
        for method, heatmap in maps.items():
            change = measures.patch_masking(self.network, self.fill, prepared, heatmap, item.label, before)
            keep(method, "patch-masking", change)
            if inside is not None and near is not None:
                keep(method, "pointing-game", measures.pointing_game(heatmap, inside))
                keep(method, "pointing-one", measures.pointing_one(heatmap, near))
        return rows


def failure(item: Item, reason: str) -> PictureRow:
    return PictureRow(item.index, item.image, "failed", item.label, reason=f'"{item.image}": {reason}.')


def picture_row(item: Item, logits: Floats, probabilities: pictures.Doubles) -> PictureRow:
    # Of equal classes the lower number first.
    order = [int(place) for place in numpy.argsort(-logits, kind="stable")[:2]]
    second = order[1] if len(order) > 1 else None
    return PictureRow(
        item.index,
        item.image,
        "ok",
        item.label,
        label_probability=float(probabilities[item.label]),
        predicted=order[0],
        predicted_probability=float(probabilities[order[0]]),
        second=second,
        second_probability=None if second is None else float(probabilities[second]),
    )


def run(options: argparse.Namespace) -> None:
    models = named_models(options.models)
    descriptions = [networks.Session(path, threads=1, gpu=False).describe() for path in models.values()]
    if len({description.network for description in descriptions}) > 1:
        raise ValueError("The models explain different networks; give models that were compiled from one.")
    spec = pictures.choose_preprocess(options.preprocess, descriptions[0].preprocess)
    items = dataset.read_dataset(options.dataset, descriptions[0].class_names)[: options.limit]
    out: Path = options.out.resolve()
    results.begin(
        out,
        {
            "models": {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in models.items()},
            "dataset": dataset.hash_items(items),
            "preprocess": asdict(spec),
            "unit": options.unit,
        },
    )
    starts = range(0, len(items), options.unit)
    units = {unit: items[start : start + options.unit] for unit, start in enumerate(starts)}
    left = {unit: part for unit, part in units.items() if not results.unit_is_done(out, unit)}
    print(f"{len(items)} pictures, {len(units) - len(left)} of {len(units)} units are there already")
    if left:
        evaluate_units(left, models, out, spec, options)
    print(f"{out}: summarize it with: onnx-lrp summarize {options.out}")


def named_models(arguments: list[str]) -> dict[str, Path]:
    """Files by the method's name, which may be given as NAME=FILE."""
    models: dict[str, Path] = {}
    for argument in arguments:
        name, _, file = argument.rpartition("=")
        path = Path(file).resolve()
        name = name or networks.Session(path, threads=1, gpu=False).describe().method
        if name in models or name == "chance":
            raise ValueError(f'Two models are called "{name}", or one "chance"; give them names with NAME=FILE.')
        models[name] = path
    return models


def evaluate_units(
    units: dict[int, list[Item]], models: dict[str, Path], out: Path, spec: Preprocess, options: argparse.Namespace
) -> None:
    # The modules beside this script travel to other machines with the actor's class.
    for module in (dataset, measures, networks, pictures, results):
        register_pickle_by_value(module)  # type: ignore[no-untyped-call]
    # In a cluster, RAY_ADDRESS or --address says where; else Ray starts here.
    ray.init(address=options.address, log_to_driver=False, include_dashboard=False, logging_level=logging.WARNING)
    ray.data.DataContext.get_current().enable_progress_bars = False
    tables = [
        pyarrow.Table.from_pylist([{"unit": unit, **asdict(item)} for item in items], schema=SCHEMA)
        for unit, items in units.items()
    ]
    done = ray.data.from_arrow(tables).map_batches(
        Evaluator,
        batch_size=None,  # A block as it is: a unit.
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=min(options.workers, len(units))),
        num_cpus=options.threads,
        num_gpus=options.gpus or None,
        fn_constructor_kwargs={
            "models": models,
            "out": out,
            "spec": spec,
            "threads": options.threads,
            "gpu": options.gpus > 0,
            "batch": options.batch,
        },
    )
    total = sum(len(items) for items in units.values())
    start, ready, failed = time.monotonic(), 0, 0
    for row in done.iter_rows():
        ready += row["pictures"]
        failed += row["failed"]
        rate = ready / (time.monotonic() - start)
        print(f"{ready} of {total} pictures, {failed} failed, {rate:.1f} a second", flush=True)
    ray.shutdown()


SCHEMA = pyarrow.schema(
    [
        ("unit", pyarrow.int64()),
        ("index", pyarrow.int64()),
        ("image", pyarrow.string()),
        ("path", pyarrow.string()),
        ("label", pyarrow.int64()),
        ("boxes", pyarrow.list_(pyarrow.list_(pyarrow.float64()))),
        ("mask", pyarrow.string()),
    ]
)
"""Rows that go to the actors."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path, help="a JSON list of pictures, or the folder that it lies in")
    parser.add_argument("models", nargs="+", help="explanation models of one network, FILE or NAME=FILE")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results, which all machines must see")
    names = ", ".join(pictures.PRESETS)
    parser.add_argument("--preprocess", help=f"{names} or a JSON file; default: what the model's file says")
    parser.add_argument("--limit", type=int, help="only the first pictures")
    parser.add_argument("--workers", type=int, default=2, help="actors, each with the network in memory (default 2)")
    parser.add_argument("--threads", type=int, default=1, help="processor cores for each (default 1)")
    parser.add_argument("--gpus", type=float, default=0, help="GPUs for each, or a part of one; needs onnxruntime-gpu")
    parser.add_argument("--batch", type=int, default=8, help="pictures that go through a network together (default 8)")
    parser.add_argument(
        "--unit",
        type=int,
        default=32,
        help="pictures whose results are written together: what a machine that dies loses at most (default 32)",
    )
    parser.add_argument("--address", help="of a Ray cluster; default: RAY_ADDRESS, else this machine")
    try:
        run(parser.parse_args())
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
