"""The network in PyTorch, and its training."""

import numpy as np
import torch
from network import CLASSES, CONVOLUTIONS, EPSILON, FOLDER, normalized, scenes, weights
from torch import nn


def layers(name):
    (outputs, inputs, kernel), groups, stride, normalize = CONVOLUTIONS[name]
    convolution = nn.Conv2d(inputs * groups, outputs, kernel, stride, kernel // 2, groups=groups, bias=not normalize)
    return nn.Sequential(convolution, *([nn.BatchNorm2d(outputs, eps=EPSILON)] if normalize else []))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        for name in CONVOLUTIONS:
            setattr(self, name, layers(name))
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.relu = nn.ReLU()
        self.relu6 = nn.ReLU6()
        self.average = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.2)
        self.dense = nn.Linear(12, CLASSES)

    def forward(self, x):
        x = self.pool(self.relu(self.stem(x)))
        x = self.relu6(self.depthwise(x))
        x = self.relu6(self.pointwise(x))
        x = self.relu(x + self.residual(x))
        x = torch.cat([self.relu(self.left(x)), self.relu(self.right(x))], 1)
        x = self.relu(self.down(x))
        return self.dense(self.dropout(torch.flatten(self.average(x), 1)))


def state(w):
    """NumPy weights as a state_dict, and back by `arrays`."""
    result = {}
    for name, (_, _, _, normalize) in CONVOLUTIONS.items():
        result[f"{name}.0.weight"] = w[f"{name}.weight"]
        if normalize:
            parts = {"weight": "scale", "bias": "shift", "running_mean": "mean", "running_var": "var"}
            result |= {f"{name}.1.{theirs}": w[f"{name}.{ours}"] for theirs, ours in parts.items()}
            result[f"{name}.1.num_batches_tracked"] = np.array(0)
        else:
            result[f"{name}.0.bias"] = w[f"{name}.bias"]
    result |= {"dense.weight": w["dense.weight"], "dense.bias": w["dense.bias"]}
    return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in result.items()}


def network(w):
    model = Network()
    model.load_state_dict(state(w))
    return model.eval()


def arrays(model):
    """Weights by our names, rounded to what bfloat16 and float16 hold both."""
    found = model.state_dict()
    result = {}
    for name, (_, _, _, normalize) in CONVOLUTIONS.items():
        result[f"{name}.weight"] = found[f"{name}.0.weight"]
        if normalize:
            parts = {"scale": "weight", "shift": "bias", "mean": "running_mean", "var": "running_var"}
            result |= {f"{name}.{ours}": found[f"{name}.1.{theirs}"] for ours, theirs in parts.items()}
        else:
            result[f"{name}.bias"] = found[f"{name}.0.bias"]
    result |= {"dense.weight": found["dense.weight"], "dense.bias": found["dense.bias"]}
    turn(result)
    coarse = {name: tensor.bfloat16().float().numpy() for name, tensor in result.items()}
    return {name: np.where(abs(a) < 2**-12, 0, a).astype(np.float32) for name, a in coarse.items()}


def turn(w):
    """Turns the sign of every third channel before its normalization, and back inside it: the same network, with
    negative scales as large networks have them."""
    for name, (_, _, _, normalize) in CONVOLUTIONS.items():
        if normalize:
            for part in ("weight", "mean", "scale"):
                w[f"{name}.{part}"] = w[f"{name}.{part}"].clone()
                w[f"{name}.{part}"][::3] *= -1


def train():
    torch.manual_seed(1)
    torch.use_deterministic_algorithms(True)
    model = Network()
    pixels, labels = scenes(3000, seed=1)
    x, y = torch.from_numpy(normalized(pixels)), torch.from_numpy(labels)
    optimizer = torch.optim.Adam(model.parameters(), 5e-3, weight_decay=1e-4)
    epochs, batch = 4, 50
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, epochs * len(x) // batch)
    for _ in range(epochs):
        for chosen in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[chosen]), y[chosen])
            loss.backward()
            optimizer.step()
            schedule.step()
    w = arrays(model.eval())
    np.savez(FOLDER / "weights.npz", **w)
    pixels, labels = scenes(600, seed=2)
    with torch.no_grad():
        scores = network(w)(torch.from_numpy(normalized(pixels)))
    print("accuracy", (scores.argmax(1).numpy() == labels).mean())
    choose_picture()


def choose_picture():
    """Saves a mixture of two pictures that the network takes for either."""
    pixels, labels = scenes(400, seed=3)
    mixed = np.round(0.55 * pixels[0::2] + 0.45 * pixels[1::2]).astype(np.uint8)
    with torch.no_grad():
        scores = network(weights())(torch.from_numpy(normalized(mixed)))
    p = torch.softmax(scores, 1).sort(1, descending=True)
    first, second = labels[0::2], labels[1::2]
    told = (p.indices[:, 0].numpy() == first) & (p.indices[:, 1].numpy() == second)
    close = (p.values[:, 0] < 0.9).numpy() & (p.values[:, 0] > 0.6).numpy()
    chosen = int(np.flatnonzero(told & close)[0])
    np.save(FOLDER / "picture.npy", mixed[chosen])
    print("picture", chosen, "classes", first[chosen], second[chosen], scores[chosen].tolist())
