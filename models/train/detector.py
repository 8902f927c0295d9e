"""The detector: anchor-free, one stage, with the output of YOLOv8 and YOLO11 exports; and the loss that trains it."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from backbone import backbone, conv
from networks import CLASSES, SIDE
from scenes import Scenes

STRIDE = 8
CELLS = SIDE // STRIDE
# Cells whose centre is at most this many cells from the centre of an object's box answer for the object.
CENTRE_RADIUS = 1.5
BOX_WEIGHT = 2.0
# How much activity outside all objects counts, see `activity_outside`.
OUTSIDE_WEIGHT = 0.2


class Detector(nn.Module):
    """Three halvings to a grid of 16 x 16, a fourth and back up again beside it, and two heads on the grid of 16 x 16.

    The only level has stride 8: objects are 30 to 70 pixels large. What one cell sees is limited on purpose, so that an
    answer rests on the object and not on the scene around it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.down = backbone()
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.fuse = conv(128, 64, size=1)
        self.box = nn.Sequential(conv(64, 32), nn.Conv2d(32, 4, 1))
        self.scores = nn.Sequential(conv(64, 64), nn.Conv2d(64, CLASSES, 1))
        nn.init.constant_(self.box[-1].bias, 3.0)
        nn.init.constant_(self.scores[-1].bias, -4.0)
        column, row = torch.meshgrid(torch.arange(CELLS), torch.arange(CELLS), indexing="xy")
        centres = torch.stack([column.flatten(), row.flatten()]).float() + 0.5
        self.register_buffer("centres", centres, persistent=False)

    def features(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Activations at strides 4, 8 and 16."""
        finest, fine, middle, coarse = self.down
        small = fine(finest(image))
        smaller = middle(small)
        return small, smaller, coarse(smaller)

    def heads(self, middle: Tensor, coarse: Tensor) -> Tensor:
        """[n, 4 + 16, 16, 16]: distances to the edges of the box in cells, and class logits."""
        fused = self.fuse(torch.cat([self.up(coarse), middle], 1))
        return torch.cat([self.box(fused), self.scores(fused)], 1)

    def decoded(self, raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Left and top edges and right and bottom edges [n, 2, 256] in pixels of the input, and class logits [n, 16, 256]."""
        before, after, logits = raw.view(-1, 4 + CLASSES, CELLS * CELLS).split([2, 2, CLASSES], 1)
        return STRIDE * (self.centres - before), STRIDE * (self.centres + after), logits

    def forward(self, image: Tensor) -> Tensor:
        """[n, 4 + 16, 256]: centre x, centre y, width, height in pixels of the input, then the sigmoid of each class."""
        _, middle, coarse = self.features(image)
        start, end, logits = self.decoded(self.heads(middle, coarse))
        return torch.cat([(start + end) / 2, end - start, logits.sigmoid()], 1)


def assign(boxes: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """Which object each cell answers for.

    boxes [n, objects, 4] in pixels (left, top, right, bottom), with zeros where a scene has fewer objects; centres
    [2, cells] in cells. Gives the object's place [n, cells] and whether there is one [n, cells].
    """
    middle = (boxes[..., :2] + boxes[..., 2:]) / 2 / STRIDE
    away = (middle[..., None] - centres).abs().amax(2)
    away = torch.where(boxes[..., 2:3] > 0, away, torch.inf)
    nearest, owner = away.min(1)
    return owner, nearest <= CENTRE_RADIUS


def generalized_overlap(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Intersection over union of boxes [k, 4], and GIoU (Rezatofighi et al., 2019)."""
    size = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0)
    hull = torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])
    area = lambda box: (box[:, 2:] - box[:, :2]).clamp(min=0).prod(1)
    both = size.prod(1)
    union = area(a) + area(b) - both + 1e-6
    around = hull.prod(1) + 1e-6
    overlap = both / union
    return overlap, overlap - (around - union) / around


def activity_outside(features: tuple[Tensor, ...], classes: Tensor) -> Tensor:
    """Mean share of the activations that lies outside all objects and their next neighbours, over the levels.

    Relevance follows activations, so that a network whose activations stay on the objects explains itself by them.
    """
    shares = []
    for activation in features:
        step = SIDE // activation.shape[2]
        inside = functional.max_pool2d((classes > 0).float()[:, None], step)
        outside = 1 - functional.max_pool2d(inside, 3, 1, 1)
        activity = activation.float().mean(1, keepdim=True)
        shares.append((activity * outside).sum() / (activity.sum() + 1e-6))
    return torch.stack(shares).mean()


def detection_loss(network: Detector, scenes: Scenes, low_precision: bool) -> Tensor:
    """Quality focal loss of the scores (Li et al., 2020), GIoU of the boxes, and activity outside the objects.

    The score that a cell should give for its object's class is the overlap of its box with the object's, so that the
    best box of an object also has the highest score.
    """
    with torch.autocast("cpu", torch.bfloat16, enabled=low_precision):
        features = network.features(scenes.image)
        raw = network.heads(*features[1:])
    start, end, logits = network.decoded(raw.float())
    edges = torch.cat([start, end], 1)
    owner, found = assign(scenes.boxes, network.centres)
    scene, cell = found.nonzero(as_tuple=True)
    mine = owner[scene, cell]
    overlap, generalized = generalized_overlap(edges[scene, :, cell], scenes.boxes[scene, mine])
    wanted = torch.zeros_like(logits)
    wanted[scene, scenes.labels[scene, mine], cell] = overlap.detach().clamp(min=0)
    certain = (wanted - logits.sigmoid()).abs().square()
    count = max(len(scene), 1)
    scores = (certain * functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")).sum() / count
    return scores + BOX_WEIGHT * (1 - generalized).mean() + OUTSIDE_WEIGHT * activity_outside(features, scenes.classes)
