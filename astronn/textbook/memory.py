"""Recurrent networks and memory: temporal XOR, and a symbol to be recalled after a growing lag.

Temporal XOR: Elman (1990, Cognitive Science 14, 179, p. 185): bits come in threes, two drawn at
random and their exclusive or; the network guesses each next bit, and only every third can be known.
Recall: the copying task of Hochreiter & Schmidhuber (1997, Neural Computation 9, 1735, section 5)
in its simplest form: one of eight symbols, then nothing for a number of entries, the lag, then a
sign to answer which it was. Training draws a new lag for each batch. How far a derivative reaches
back: Bengio, Simard & Frasconi (1994, IEEE Trans. Neural Networks 5, 157)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from astronn.compute import randomness
from astronn.errors import AstronnError
from astronn.networks import sequences
from astronn.networks.sequences._shared import RecurrentNetwork

KINDS = ("elman", "gru", "lstm")
XOR_HIDDEN, HIDDEN = 8, 32
RATE = 0.005  # of Adam, falling to zero
BATCH = 64
SYMBOLS = 8
# norm to which a batch's gradient is cut: Pascanu, Mikolov & Bengio 2013, ICML, algorithm 1
LARGEST_GRADIENT = 1.0


@dataclass(frozen=True)
class Sizes:
    """How much to train and to test.

    What differs between the kinds is how soon they learn. With 1,200 steps and lags to 40 Elman
    networks, whose matrix W starts orthogonal, come to recall as well (0.88, 1 and 1 of the symbols
    from three seeds); with 700 steps and lags to 60 one of three LSTM does not."""

    seeds: int = 3
    xor_steps: int = 600
    steps: int = 900
    longest: int = 60  # lags in training are drawn from 1 to this
    lags: tuple[int, ...] = (1, 2, 5, 10, 20, 40, 60)
    tested: int = 400  # sequences per lag


FULL = Sizes()
QUICK = Sizes(seeds=2, xor_steps=500, steps=400, longest=30, lags=(1, 2, 5, 10, 20, 30), tested=200)


@dataclass(frozen=True)
class Result:
    """By kind of network; chance is 1 / SYMBOLS for recall, and a squared error of 1/4 for a bit
    that cannot be known.
    """

    xor_error: dict[
        str, np.ndarray
    ]  # (seeds, 12): mean squared error of each guess over four threes
    recall: dict[str, np.ndarray]  # (seeds, lags): share of symbols recalled
    reach: dict[
        str, np.ndarray
    ]  # (seeds, longest + 2): |d answer / d x| of the entry k steps back, before training
    reach_trained: dict[str, np.ndarray]  # the same after it
    sizes: Sizes


def compute(seed: int = 0, sizes: Sizes = FULL, kinds: tuple[str, ...] = KINDS) -> Result:
    """Each kind of network from every seed, on both tasks."""
    each = {kind: [_one(kind, seed + s, sizes) for s in range(sizes.seeds)] for kind in kinds}
    errors, recall, reach, reach_trained = (
        {kind: np.array([one[k] for one in found]) for kind, found in each.items()}
        for k in range(4)
    )
    return Result(errors, recall, reach, reach_trained, sizes)


def _one(kind: str, seed: int, sizes: Sizes) -> tuple[np.ndarray, ...]:
    """Errors at temporal XOR, recall by lag, and derivatives by distance before and after training,
    one network per task.
    """
    draws = randomness.generator(seed, f"memory, {kind}")
    network = _network(kind, 1, 1, XOR_HIDDEN, seed)
    _train(network, sizes.xor_steps, lambda: _xor_loss(network, xor_bits(BATCH, 12, draws)).mean())
    errors = _xor_error(network, xor_bits(1000, 12, draws))
    network = _network(kind, SYMBOLS + 2, SYMBOLS, HIDDEN, seed)
    before = _reach(network, sizes, draws)

    def loss() -> torch.Tensor:
        lag = int(torch.randint(1, sizes.longest + 1, (1,), generator=draws))
        x, symbol = recall_task(BATCH, lag, draws)
        return cross_entropy(network.over_time(x)[:, -1], symbol)

    _train(network, sizes.steps, loss)
    recall = np.array([_recalled(network, lag, sizes.tested, draws) for lag in sizes.lags])
    return errors, recall, before, _reach(network, sizes, draws)


def xor_bits(n: int, length: int, draws: torch.Generator) -> torch.Tensor:
    """Bits (n, length + 1): two drawn, then their exclusive or, and so on; the last is there to be
    guessed.
    """
    threes = -(-(length + 1) // 3)
    pairs = torch.randint(2, (n, threes, 2), generator=draws)
    return torch.cat([pairs, pairs.sum(2, keepdim=True) % 2], 2).flatten(1)[:, : length + 1].float()


def recall_task(n: int, lag: int, draws: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Sequences x (n, lag + 2, SYMBOLS + 2), 1-of-K: symbol, ``lag`` times nothing, the sign to
    answer; symbols (n,).
    """
    symbol = torch.randint(SYMBOLS, (n,), generator=draws)
    x = torch.zeros(n, lag + 2, SYMBOLS + 2)
    x[torch.arange(n), 0, symbol] = 1.0
    x[:, 1:-1, SYMBOLS] = 1.0
    x[:, -1, SYMBOLS + 1] = 1.0
    return x, symbol


def _network(kind: str, n_inputs: int, n_outputs: int, hidden: int, seed: int) -> RecurrentNetwork:
    """One layer that looks backwards, and one matrix from its state to the outputs; the same start
    for all kinds' seeds.
    """
    plain: dict[str, object] = {
        "hidden": hidden,
        "bidirectional": False,
        "pooling": "last",
        "dense": (),
        "dropout": 0.0,
    }
    with randomness.torch_stream(
        torch.device("cpu"), randomness.torch_seed(seed, f"memory, {kind} of {hidden} starts")
    ):
        network = sequences.make(kind, (n_inputs, 0), n_outputs, plain)
    if not isinstance(network, RecurrentNetwork):
        raise AstronnError(
            f"network {kind!r} gives no answer after each entry; choose from {KINDS}"
        )
    return network


def _train(
    network: RecurrentNetwork, steps: int, loss_of_batch: Callable[[], torch.Tensor]
) -> None:
    """Adam on fresh batches, its rate falling to zero."""
    optimizer = torch.optim.Adam(network.parameters(), RATE)
    falling = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of_batch().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
        optimizer.step()
        falling.step()


def _xor_loss(network: RecurrentNetwork, bits: torch.Tensor) -> torch.Tensor:
    logits = network.over_time(2 * bits[:, :-1, None] - 1)[..., 0]
    return binary_cross_entropy_with_logits(logits, bits[:, 1:])


@torch.no_grad()
def _xor_error(network: RecurrentNetwork, bits: torch.Tensor) -> np.ndarray:
    """The mean squared error of each guess, (length,)."""
    guess = network.over_time(2 * bits[:, :-1, None] - 1)[..., 0].sigmoid()
    return (guess - bits[:, 1:]).square().mean(0).numpy()


@torch.no_grad()
def _recalled(network: RecurrentNetwork, lag: int, tested: int, draws: torch.Generator) -> float:
    x, symbol = recall_task(tested, lag, draws)
    return float((network.over_time(x)[:, -1].argmax(1) == symbol).float().mean())


def _reach(network: RecurrentNetwork, sizes: Sizes, draws: torch.Generator) -> np.ndarray:
    """The mean norm of d y / d x(t), y the output of the true symbol, for the entry k steps back, k
    = 0, 1, ..., longest + 1.

    The output before softmax: the derivative of a loss that has been learnt is small whatever the
    network remembers."""
    x, symbol = recall_task(sizes.tested, sizes.longest, draws)
    outputs = network.over_time(x.requires_grad_())[:, -1]
    (gradient,) = torch.autograd.grad(outputs.gather(1, symbol[:, None]).sum(), x)
    return gradient.norm(dim=2).mean(0).flip(0).numpy()
