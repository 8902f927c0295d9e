"""Maps of zennit, captum and pytorch-grad-cam, for test/peers/src/main.ts, which starts this twice.

    python peers.py networks FOLDER     writes NAME.onnx, picture.npy and networks.json (networks.py)
    python peers.py maps FOLDER [--zennit SRC] [--captum SRC] [--grad-cam SRC]

The second reads from FOLDER what onnx-lrp drew by chance (noise.npy, scales.npy, bases.npy, labels.npy, coalitions.npy:
main.ts), and writes FOLDER/NETWORK/ID.npy in float64 for every map, and versions.json. SRC is a folder that holds the
package, where it is not installed: a peer is taken from its repository as it is. Peers compute in float64, with the weights
that the ONNX file has in float32. Nothing is fetched.

Besides torch: onnx, and for pytorch-grad-cam opencv, scikit-learn, scipy, matplotlib and tqdm.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

import networks


def write_maps(folder: Path) -> None:
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
    versions = {"torch": torch.__version__, "numpy": np.__version__}
    (folder / "versions.json").write_text(json.dumps(versions))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=["networks", "maps"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--zennit")
    parser.add_argument("--captum")
    parser.add_argument("--grad-cam")
    arguments = parser.parse_args()
    for source in (arguments.zennit, arguments.captum, arguments.grad_cam):
        if source is not None:
            sys.path.insert(0, source)
    if arguments.step == "networks":
        networks.export(arguments.folder)
    else:
        write_maps(arguments.folder)


main()
