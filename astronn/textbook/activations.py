"""Transfer functions: what they are, how steep they are, and how fast networks of many layers learn
with them.

LeCun, Bengio & Hinton (2015, Nature 521, 436) say that rectified linear units typically learn much
faster in networks of many layers than smoother ones; Glorot & Bengio (2010, AISTATS) show how the
gradients of logistic and tanh units die out with depth. Measured here on the training loss of
handwritten digits: stochastic gradient descent with momentum, the same batches for all, and for
each activation and depth the best of several learning rates, so that none is judged by a rate that
suits another. Starting weights are those of the package's networks (Glorot's width times a gain for
each activation)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from astronn.compute import randomness
from astronn.networks.mlp import ACTIVATIONS, Feedforward, FeedforwardConfig
from astronn.training.loop import Batch, Objective, TableBatches, TrainingConfig, train

SHOWN = ("logistic", "tanh", "relu", "gelu")
RACING = ("tanh", "relu")
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)
MOMENTUM, BATCH_SIZE, WIDTH = 0.9, 64, 48
LEARNT = 0.1  # the training loss that counts as learnt: nearly every digit right


@dataclass(frozen=True)
class Curve:
    """Training of one activation at one depth, at its best learning rate: means over starts."""

    loss: np.ndarray  # (epochs,) training loss; NaN from where a start has diverged
    rate: float
    epochs_to_learn: int | None  # the first epoch with a mean loss below LEARNT; None: none of them
    gradient: (
        np.ndarray
    )  # (layers,) root mean square of dE/dw in each layer at the start, the inputs' layer first


@dataclass(frozen=True)
class Race:
    """One activation at one width, kind of inputs and depth, start by start, each at the learning
    rate that is best for it: epochs to learn (``epochs`` + 1 where it never did) and the lowest
    loss at the end, (starts,) both."""

    epochs_to_learn: np.ndarray
    loss: np.ndarray


@dataclass(frozen=True)
class Result:
    """``values`` and ``slopes`` of each activation on ``grid``; ``curves`` by (activation, hidden
    layers); ``races`` by (activation, width, kind of inputs, hidden layers).
    """

    grid: np.ndarray
    values: dict[str, np.ndarray]
    slopes: dict[str, np.ndarray]
    curves: dict[tuple[str, int], Curve]
    depths: tuple[int, ...]
    starts: int
    epochs: int
    races: dict[tuple[str, int, str, int], Race] = field(default_factory=dict)


def compute(
    x: np.ndarray,
    y: np.ndarray,
    seed: int = 0,
    depths: tuple = (2, 4, 6, 8, 10),
    starts: int = 2,
    epochs: int = 15,
    widths: tuple = (48, 256),
    race_depths: tuple = (2, 6),
    race_starts: int = 5,
) -> Result:
    """All of it on features x (N, F) and classes y (N,) of any kind; one training of len(RATES) *
    starts networks a curve. tanh and ReLU then race at every one of ``widths``, on inputs of mean 0
    and variance 1 and on inputs from 0 to 1, at every one of ``race_depths``.
    """
    grid = np.linspace(-4, 4, 401)
    values, slopes = zip(*(derivative(name, grid) for name in SHOWN))
    scaled = {
        "standardised": (x - x.mean(0)) / np.maximum(x.std(0), 1e-6),
        "0 to 1": (x - x.min()) / max(x.max() - x.min(), 1e-6),
    }
    codes = torch.from_numpy(np.unique(y, return_inverse=True)[1])
    inputs = {kind: (torch.from_numpy(own).float(), codes) for kind, own in scaled.items()}
    tensors = inputs["standardised"]
    curves = {
        (name, depth): learn(name, depth, tensors, seed, starts, epochs)
        for name in SHOWN
        for depth in depths
    }
    return Result(
        grid,
        dict(zip(SHOWN, values)),
        dict(zip(SHOWN, slopes)),
        curves,
        tuple(depths),
        starts,
        epochs,
        {
            (name, width, kind, depth): race(name, depth, width, own, seed, race_starts, epochs)
            for width in widths
            for kind, own in inputs.items()
            for depth in race_depths
            for name in RACING
        },
    )


def derivative(name: str, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The activation and its derivative, by automatic differentiation, at the points ``at``.

    Parameters
    ----------
    name : str
        One of `ACTIVATIONS`.
    at : ndarray (n,)
        Points.

    Returns
    -------
    value, slope : ndarray (n,)
        There.
    """
    a = torch.from_numpy(at).requires_grad_()
    value = ACTIVATIONS[name].function(a)
    (slope,) = torch.autograd.grad(value.sum(), a)
    return value.detach().numpy(), slope.numpy()


def learn(name: str, depth: int, tensors: Batch, seed: int, starts: int, epochs: int) -> Curve:
    """The curve of one activation and depth; every start sees the same batches at every rate."""
    each, gradient = _trained(name, depth, WIDTH, tensors, seed, starts, epochs)
    loss = each.mean(2)  # (epochs, rates)
    best = int(np.nan_to_num(loss[-1], nan=np.inf).argmin())
    learnt = np.flatnonzero(loss[:, best] < LEARNT)
    return Curve(loss[:, best], RATES[best], int(learnt[0]) + 1 if len(learnt) else None, gradient)


def race(
    name: str, depth: int, width: int, tensors: Batch, seed: int, starts: int, epochs: int
) -> Race:
    """The race of one activation; every start has the rate with which it learns first, and for the
    loss at the end the rate with which that is lowest."""
    each, _ = _trained(name, depth, width, tensors, seed, starts, epochs)
    below = each < LEARNT  # (epochs, rates, starts)
    took = np.where(below.any(0), below.argmax(0) + 1, epochs + 1)
    return Race(took.min(0), np.nan_to_num(each[-1], nan=np.inf).min(0))


def _trained(
    name: str, depth: int, width: int, tensors: Batch, seed: int, starts: int, epochs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Training losses (epochs, rates, starts), and the gradients of the layers before training."""
    rates = torch.tensor(RATES).repeat_interleave(starts)  # (M,): rate by rate, start by start
    n_classes = int(tensors[1].max()) + 1
    config = FeedforwardConfig(
        tensors[0].shape[1], (width,) * depth, n_classes, activation=name, members=len(rates)
    )
    network = Feedforward(config)
    network.start(
        [randomness.generator(seed, f"activations, start {m % starts}") for m in range(len(rates))]
    )
    batches = TableBatches(
        tensors, BATCH_SIZE, [_order(seed, m % starts) for m in range(len(rates))]
    )
    gradient = _gradients(network, tensors)
    losses: list[torch.Tensor] = []  # (M,) of each epoch
    descend, how = _with_rates(rates, losses), TrainingConfig(max_epochs=epochs)
    train(network, lambda b: _losses(network, b), batches, how, descend=descend)
    return torch.stack(losses).view(epochs, len(RATES), starts).numpy(), gradient


def _with_rates(rates: torch.Tensor, kept: list[torch.Tensor]):
    """Gradient descent with momentum at one rate for each member; the members' losses of every
    epoch go into ``kept``.

    To scale a member's loss is to scale its steps, for members share no weights. Members that
    diverge do not stop others."""

    def descend(network: Feedforward, objective: Objective, config: TrainingConfig):
        optimizer = torch.optim.SGD(network.parameters(), lr=1.0, momentum=MOMENTUM)

        def epoch_of(batches, epoch: int) -> float:
            losses = []
            for batch in batches:
                optimizer.zero_grad()
                loss = objective(batch)
                (loss * rates).sum().backward()
                optimizer.step()
                losses.append(loss.detach())
            kept.append(torch.stack(losses).mean(0))
            return float(kept[-1].nan_to_num(0.0, 0.0, 0.0).mean())

        return optimizer, epoch_of

    return descend


def _losses(network: Feedforward, batch: Batch) -> torch.Tensor:
    """The mean cross-entropy of each member, (M,)."""
    logits = network(batch[0])  # (M, B, K)
    classes = batch[1].expand(logits.shape[:2])
    return torch.nn.functional.cross_entropy(logits.mT, classes, reduction="none").mean(1)


def _gradients(network: Feedforward, tensors: Batch) -> np.ndarray:
    """The root mean square of dE/dw of each layer before training, over all members, (layers,)."""
    network.zero_grad()
    _losses(network, tensors).sum().backward()
    found = [float(weight.grad.square().mean().sqrt()) for weight in network.weights]
    network.zero_grad()
    return np.array(found)


def _order(seed: int, start: int) -> torch.Generator:
    return randomness.generator(seed, f"activations, batches {start}")
