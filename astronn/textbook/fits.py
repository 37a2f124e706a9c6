"""Four functions fitted by a network of three tanh units and a linear output: Bishop (2006), Fig.
5.3.

50 points, evenly spaced on (-1, 1): x^2, sin x, |x| and the step H(x) (0 below zero, 1 above). The
sum-of-squares error is minimised by L-BFGS in float64 from several starts, and the best start is
kept: there is no noise and nothing to test on, the figure asks what such a network can represent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from astronn.compute import randomness
from astronn.networks.mlp import Feedforward, FeedforwardConfig
from astronn.training.loop import TrainingConfig, train

N_POINTS, N_HIDDEN = 50, 3
# L-BFGS stops once a step changes the loss by less than 1e-9; in these units that is an RMSE far
# below what is asked.
UNIT = 1000.0

FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "x^2": np.square,
    "sin x": np.sin,
    "|x|": np.abs,
    "H(x)": lambda x: np.heaviside(x, 0.5),
}


@dataclass(frozen=True)
class Fit:
    """The best of several fits. ``curve`` and the rows of ``hidden`` (3, n) are on ``grid``
    (n,).
    """

    x: np.ndarray  # (50,)
    target: np.ndarray
    grid: np.ndarray
    curve: np.ndarray
    hidden: np.ndarray  # outputs of the hidden units, tanh(a_j)
    weights: np.ndarray  # (3,) of the hidden units in the output
    rmse: float  # over the 50 points
    rmse_of_starts: tuple[float, ...]  # of every start, from best to worst


def compute(seed: int = 0, starts: int = 8, max_epochs: int = 60) -> dict[str, Fit]:
    """The best fit of each function of FUNCTIONS, by its name."""
    return {name: fit(name, seed, starts, max_epochs) for name in FUNCTIONS}


def fit(name: str, seed: int, starts: int, max_epochs: int) -> Fit:
    """The best of ``starts`` fits to one function."""
    x = np.linspace(-1, 1, N_POINTS)
    target = FUNCTIONS[name](x)
    tried = [
        _train(x, target, randomness.generator(seed, f"fit {name}, start {start}"), max_epochs)
        for start in range(starts)
    ]
    errors = [float(np.sqrt(np.mean((_on(network, x)[0] - target) ** 2))) for network in tried]
    best = tried[int(np.argmin(errors))]
    grid = np.linspace(-1, 1, 401)
    curve, hidden = _on(best, grid)
    weights = best.weights[1][0, :, 0].detach().numpy()
    return Fit(x, target, grid, curve, hidden, weights, min(errors), tuple(sorted(errors)))


def _train(
    x: np.ndarray, target: np.ndarray, generator: torch.Generator, max_epochs: int
) -> Feedforward:
    network = Feedforward(FeedforwardConfig(1, (N_HIDDEN,), 1)).double()
    network.start([generator])
    inputs, targets = torch.from_numpy(x)[:, None], torch.from_numpy(target)[:, None]

    def objective(batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return UNIT * (network(batch[0]) - batch[1]).square().mean((1, 2))

    train(
        network,
        objective,
        [(inputs, targets)],
        TrainingConfig(optimizer="lbfgs", max_epochs=max_epochs),
    )
    return network


@torch.no_grad()
def _on(network: Feedforward, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The output (n,) and the hidden units (3, n) at the points x (n,)."""
    inputs = torch.from_numpy(x)[:, None]
    hidden = torch.tanh(network.biases[0][0] + inputs @ network.weights[0][0])  # (n, 3)
    return network(inputs)[0, :, 0].numpy(), hidden.T.numpy()
