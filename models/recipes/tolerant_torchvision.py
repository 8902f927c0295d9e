"""torchvision beside a CPU build of torch, which may lack torchvision's compiled operators; classifiers need none."""

import torch

register_fake = torch.library.register_fake


def tolerant_register_fake(*args, **kwargs):
    def decorate(function):
        try:
            return register_fake(*args, **kwargs)(function)
        except RuntimeError:
            return function

    return decorate


torch.library.register_fake = tolerant_register_fake
import torchvision  # noqa: E402

torch.library.register_fake = register_fake

__all__ = ["torchvision"]
