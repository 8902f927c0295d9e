"""Networks of pictures as those of signals and volumes."""

from torch import nn


def along(places, model):
    """The network with convolutions, poolings and batch normalizations along 1 or 3 axes instead of 2."""

    def sizes(value):
        return value[0] if isinstance(value, (tuple, list)) else value

    for name, child in list(model.named_children()):
        new = along(places, child)
        if isinstance(child, nn.Conv2d):
            options = {key: sizes(getattr(child, key)) for key in ("kernel_size", "stride", "padding", "dilation")}
            kind = {1: nn.Conv1d, 3: nn.Conv3d}[places]
            bias = child.bias is not None
            new = kind(child.in_channels, child.out_channels, groups=child.groups, bias=bias, **options)
        elif isinstance(child, nn.BatchNorm2d):
            new = {1: nn.BatchNorm1d, 3: nn.BatchNorm3d}[places](child.num_features)
        elif isinstance(child, nn.MaxPool2d):
            kind = {1: nn.MaxPool1d, 3: nn.MaxPool3d}[places]
            new = kind(child.kernel_size, child.stride, child.padding, ceil_mode=child.ceil_mode)
        elif isinstance(child, nn.AdaptiveAvgPool2d):
            new = {1: nn.AdaptiveAvgPool1d, 3: nn.AdaptiveAvgPool3d}[places](sizes(child.output_size))
        setattr(model, name, new)
    return model
