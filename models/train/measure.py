"""How good the detector and the segmenter are on scenes: average precision of boxes, overlap of regions."""

import numpy as np

NMS_OVERLAP = 0.6
RIGHT_OVERLAP = 0.5
"""A detection is right if its class is the object's and its box overlaps the object's by at least this."""
SCORE = 0.5
"""From this score a box is a detection, where one score has to be chosen."""
MOST_BOXES = 100
"""Of each scene only the boxes with the highest scores count, as COCO has it."""


def overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of a box with others, [k, 4] of left, top, right, bottom."""
    size = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    both = np.clip(size, 0, None).prod(1)
    area = (others[:, 2:] - others[:, :2]).prod(1)
    return both / ((box[2:] - box[:2]).prod() + area - both)


def detections(output: np.ndarray) -> np.ndarray:
    """[k, 6] of one scene's [4 + classes, anchors]: left, top, right, bottom, score, class; best first.

    Of boxes of one class that overlap by more than NMS_OVERLAP the best remains.
    """
    best = np.argsort(-output[4:], axis=None, kind="stable")[:MOST_BOXES]
    labels, anchors = np.unravel_index(best, output[4:].shape)
    centre, size = output[:2, anchors].T, output[2:4, anchors].T
    scores = output[4:][labels, anchors]
    found = np.column_stack([centre - size / 2, centre + size / 2, scores, labels])
    kept: list[np.ndarray] = []
    for row in found:
        rivals = np.array([other[:4] for other in kept if other[5] == row[5]])
        if len(rivals) == 0 or overlaps(row[:4], rivals).max() <= NMS_OVERLAP:
            kept.append(row)
    return np.array(kept).reshape(-1, 6)


def measure_detector(outputs: np.ndarray, labels: np.ndarray, boxes: np.ndarray, classes: int) -> dict:
    """AP50 as COCO computes it (101 recalls, mean over classes), and precision and recall at SCORE."""
    rows: list[tuple[int, float, bool]] = []
    for output, wanted, where in zip(outputs, labels, boxes):
        open_objects = {int(label): box for label, box in zip(wanted, where) if label >= 0}
        for *box, score, label in detections(output):
            target = open_objects.get(int(label))
            right = target is not None and overlaps(np.array(box), target[None])[0] >= RIGHT_OVERLAP
            if right:
                del open_objects[int(label)]
            rows.append((int(label), score, right))
    named = np.array([label for label, _, _ in rows])
    scores = np.array([score for _, score, _ in rows])
    right = np.array([found for _, _, found in rows])
    precisions = []
    for index in range(classes):
        mine = named == index
        precisions.append(average_precision(scores[mine], right[mine], int((labels == index).sum())))
    sure = scores >= SCORE
    return {
        "ap50": float(np.mean(precisions)),
        "ap50_worst": float(np.min(precisions)),
        "box_precision": float(right[sure].mean()),
        "box_recall": float(right[sure].sum() / (labels >= 0).sum()),
        "objects": int((labels >= 0).sum()),
        "score": SCORE,
    }


def average_precision(scores: np.ndarray, right: np.ndarray, objects: int) -> float:
    """Mean of the best precision at or beyond each of the recalls 0, 0.01, ..., 1."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    recall, precision = hits / objects, hits / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, np.linspace(0, 1, 101))
    return float(np.mean([best[place] if place < len(best) else 0.0 for place in places]))


def measure_segmenter(found: np.ndarray, wanted: np.ndarray, classes: int) -> dict:
    """Intersection over union of each class (0 is the background) over all pixels of all scenes, and right pixels."""
    counts = np.bincount(found.ravel().astype(np.int64) * classes + wanted.ravel(), minlength=classes**2)
    table = counts.reshape(classes, classes)
    both = np.diag(table)
    overlap = both / (table.sum(0) + table.sum(1) - both)
    return {
        "iou": [float(value) for value in overlap],
        "miou": float(overlap.mean()),
        "pixels": float(both.sum() / table.sum()),
    }
