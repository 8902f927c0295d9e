"""What the commands that train networks are told."""

import argparse
import platform
from collections.abc import Sequence
from pathlib import Path

import torch

NETWORK_FOLDER = Path(__file__).resolve().parent.parent / "networks"


def training_options(description: str, folders: str, names: Sequence[str]) -> argparse.Namespace:
    """Reads the command line, makes the folders that it names, and sets the number of threads.

    folders: what --data holds. names: of the networks that can be trained.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {folders}")
    parser.add_argument("--work", type=Path, required=True, help="folder for weights and logs")
    parser.add_argument("--out", type=Path, default=NETWORK_FOLDER, help="folder for NAME.onnx and NAME.md")
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--precision", choices=("bf16", "fp32"), default="bf16", help="of the training's products")
    parser.add_argument("--threads", type=int, default=2, help="processor cores to use")
    parser.add_argument("--reuse", action="store_true", help="export the weights that an earlier run left in --work")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.work.mkdir(parents=True, exist_ok=True)
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def training_record(options: argparse.Namespace, scenes: int, seconds: float) -> dict[str, object]:
    """What every training writes down of itself."""
    return {
        "seed": options.seed,
        "scenes": scenes,
        "threads": options.threads,
        "seconds": round(seconds),
        "precision": options.precision,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
