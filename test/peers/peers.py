"""Maps of zennit, captum and pytorch-grad-cam, for test/peers/src/main.ts, which starts this twice.

    python peers.py networks FOLDER     writes NAME.onnx, picture.npy and networks.json (networks.py)
    python peers.py maps FOLDER [--zennit SRC] [--captum SRC] [--grad-cam SRC]

The second reads from FOLDER what onnx-lrp drew by chance (writeDrawn in src/setting.ts), and writes FOLDER/NETWORK/ID.npy in
float64 for every map, and versions.json. SRC is a folder that holds the package, where it is not installed: a peer is taken
from its repository as it is. Peers compute in float64, with the weights that the ONNX file has in float32. Nothing is fetched.

Besides torch: onnx, and for pytorch-grad-cam opencv, scikit-learn, scipy, matplotlib and tqdm.
"""

import argparse
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

import networks


def write_maps(folder: Path, sources: dict[str, str | None]) -> None:
    import cam_maps
    import captum_maps
    import zennit_maps

    drawn = {file.stem: torch.from_numpy(np.load(file)) for file in folder.glob("*.npy")}
    for peer in (zennit_maps, captum_maps, cam_maps):
        for network in networks.networks():
            target_folder = folder / network.name
            target_folder.mkdir(exist_ok=True)
            for name, values in peer.maps(network, drawn):
                array = values.detach().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
                np.save(target_folder / f"{name}.npy", np.ascontiguousarray(array.astype(np.float64)))
    versions = {name: _version(name, source) for name, source in sources.items()}
    (folder / "versions.json").write_text(json.dumps({**versions, "torch": torch.__version__}))


def _version(name: str, source: str | None) -> str:
    """The commit of a checkout, or what an installed package says."""
    if source is None:
        return importlib.metadata.version(name)
    command = ["git", "-C", source, "log", "-1", "--format=%h of %cs"]
    commit = subprocess.run(command, capture_output=True, text=True)
    return commit.stdout.strip() or "from a folder"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=["networks", "maps"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--zennit")
    parser.add_argument("--captum")
    parser.add_argument("--grad-cam")
    arguments = parser.parse_args()
    # By their names on PyPI.
    sources = {"zennit": arguments.zennit, "captum": arguments.captum, "grad-cam": arguments.grad_cam}
    sys.path[:0] = [source for source in sources.values() if source is not None]
    if arguments.step == "networks":
        networks.export(arguments.folder)
    else:
        write_maps(arguments.folder, sources)


main()
