"""Two spirals untangled: what each hidden layer of two tanh units does to the plane, until one line
separates them.

LeCun, Bengio & Hinton (2015, Nature 521, 436, Fig. 1a) and Olah (2014, "Neural Networks, Manifolds,
and Topology"). A layer z -> tanh(W z + b) of two units turns, shears and moves the plane and
squeezes it into a square, without tearing or folding it (if W is regular), so that a grid drawn on
the inputs can be followed from layer to layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from astronn.compute import randomness
from astronn.networks.mlp import Feedforward, FeedforwardConfig
from astronn.training.loop import TrainingConfig, train

TURNS, INNER, OUTER = 0.85, 0.225, 1.5  # each spiral winds almost once round the other
RATE = 0.02  # of Adam
DECAY = 2e-4  # of the weights: without it they grow for ever, and press each plane to a line


@dataclass(frozen=True)
class Result:
    """The inputs, the grid and their images. Plane 0 is the inputs, plane l what hidden layer l
    makes of them.
    """

    classes: np.ndarray  # (N,) 0 or 1
    planes: list[np.ndarray]  # (N, 2) each
    lines: list[np.ndarray]  # images of the grid's lines, (n_lines, n_points, 2) each
    boundary: np.ndarray  # (3,): the last plane's line w1 z1 + w2 z2 + b = 0
    field: (
        np.ndarray
    )  # (n, n) probability of class 1 over the input square, rows from low x2 to high
    extent: float  # half the side of that square
    depth: int
    accuracy: float  # on the points it was trained on
    loss: float
    by_depth: dict[
        int, tuple[int, int]
    ]  # hidden layers -> starts that separate every point, starts tried


def compute(
    seed: int = 0,
    points: int = 100,
    starts: int = 32,
    max_epochs: int = 1500,
    depths: tuple = (1, 2, 3, 4),
) -> Result:
    """Networks of each depth from several starts; the planes shown are those of three hidden
    layers.
    """
    x, classes = spirals(points)
    trained = {depth: _train(x, classes, depth, seed, starts, max_epochs) for depth in depths}
    by_depth = {
        depth: (int((_accuracies(net, x, classes) == 1).sum()), starts)
        for depth, net in trained.items()
    }
    network = trained[3]
    best = _clearest(network, x, _accuracies(network, x, classes))
    extent = 1.15 * OUTER
    grid = np.linspace(-extent, extent, 241)
    fine = np.linspace(-extent, extent, 201)
    square = np.stack(np.meshgrid(fine, fine), -1).reshape(-1, 2)  # rows from low x2 to high
    return Result(
        classes=classes,
        planes=_planes(network, x, best),
        lines=[
            plane.reshape(-1, len(grid), 2)
            for plane in _planes(network, _grid_lines(extent, grid), best)
        ],
        boundary=np.append(
            network.weights[-1][best, :, 0].detach().numpy(),
            float(network.biases[-1][best].detach()),
        ),
        field=_outputs(network, square)[best].sigmoid().reshape(len(fine), len(fine)).numpy(),
        extent=extent,
        depth=3,
        accuracy=float(_accuracies(network, x, classes)[best]),
        loss=float(_losses(network, _tensors(x, classes))[best].detach()),
        by_depth=by_depth,
    )


def spirals(points: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (2 n, 2) of two spirals, the second the first turned by 180 degrees, and their classes
    (2 n,).
    """
    share = np.linspace(0, 1, points)
    radius, angle = INNER + (OUTER - INNER) * share, 2 * np.pi * TURNS * (0.15 + share)
    one = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    return np.concatenate([one, -one]), np.repeat([0, 1], points)


def _clearest(network: Feedforward, x: np.ndarray, accuracies: np.ndarray) -> int:
    """The member to show: of those right most often, the one whose planes keep the most breadth for
    their length.

    Many starts end in a plane pressed to a line, in which nothing can be followed although it
    separates the spirals."""

    def breadth(member: int) -> float:
        spreads = [
            np.linalg.svd(plane - plane.mean(0), compute_uv=False)
            for plane in _planes(network, x, member)
        ]
        return min(second / first for first, second in spreads)

    return max(map(int, np.flatnonzero(accuracies == accuracies.max())), key=breadth)


def _grid_lines(extent: float, along: np.ndarray) -> np.ndarray:
    """The points of 13 vertical and 13 horizontal lines, line after line."""
    places = np.linspace(-extent, extent, 13)
    fixed, free = np.repeat(places, len(along)), np.tile(along, len(places))
    return np.concatenate([np.stack([fixed, free], 1), np.stack([free, fixed], 1)])


def _train(
    x: np.ndarray, classes: np.ndarray, depth: int, seed: int, starts: int, max_epochs: int
) -> Feedforward:
    """``starts`` networks of that many hidden layers side by side, trained on all points at
    once.
    """
    network = Feedforward(FeedforwardConfig(2, (2,) * depth, 1, members=starts))
    network.start(
        [randomness.generator(seed, f"spirals, start {start}") for start in range(starts)]
    )
    config = TrainingConfig(learning_rate=RATE, max_epochs=max_epochs)
    train(
        network,
        lambda b: _losses(network, b) + DECAY * network.penalty(),
        [_tensors(x, classes)],
        config,
    )
    return network


def _losses(network: Feedforward, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """The cross-entropy of each member, (M,)."""
    logits = network(batch[0])[..., 0]  # (M, N)
    targets = batch[1].expand_as(logits)
    return torch.nn.functional.binary_cross_entropy_with_logits(
        logits, targets, reduction="none"
    ).mean(1)


def _tensors(x: np.ndarray, classes: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(x).float(), torch.from_numpy(classes).float()


@torch.no_grad()
def _outputs(network: Feedforward, x: np.ndarray) -> torch.Tensor:
    return network(torch.from_numpy(x).float())[..., 0]  # (M, N)


def _accuracies(network: Feedforward, x: np.ndarray, classes: np.ndarray) -> np.ndarray:
    return ((_outputs(network, x) > 0).numpy() == classes).mean(1)


@torch.no_grad()
def _planes(network: Feedforward, x: np.ndarray, member: int) -> list[np.ndarray]:
    """The points x (N, 2) and what each hidden layer of one member makes of them."""
    planes = [torch.from_numpy(x).float()]
    for weight, bias in list(zip(network.weights, network.biases))[:-1]:
        planes.append(torch.tanh(bias[member] + planes[-1] @ weight[member]))
    return [plane.numpy() for plane in planes]
