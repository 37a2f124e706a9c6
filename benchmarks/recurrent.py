"""Points per second through the training of recurrent networks: padded batches of similar length
beside packed sequences.

    python -m benchmarks.recurrent            GRU, LSTM, Elman: 1,024 curves, three rounds
    python -m benchmarks.recurrent --quick    GRU alone: 256 curves, one round

Simulated light curves of 20 to 400 epochs, as an astronomer would hand them to PyTorch: the peer
takes shuffled batches (``pad_sequence``, ``pack_padded_sequence``, the recurrent layer,
``pad_packed_sequence``, the same pooling and head), with every curve's inputs computed beforehand.
Ours draws buckets of similar length, computes the inputs of every batch, pads and masks, and keeps
the memory that it frees, as training does (astronn.compute.allocator). Both train the same network
by AdamW in turns, on one thread, by the processor's seconds: the peer once through all curves, ours
PASSES times, which takes less long. ``equal`` says that the same weights give the same loss of all
curves both ways to 1e-4 of it. Writes benchmarks/results/recurrent.json."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from astronn.compute import allocator
from astronn.inputs.folding import CurvePreparation, Part
from astronn.inputs.light_curves import Curves
from astronn.networks import sequences as families
from astronn.training.light_curves import CurveBatches, CurveSet, CurveTraining, blocks
from astronn.training.loop import TrainingConfig
from benchmarks import common

CLASSES, BATCH, HIDDEN, SHORTEST, LONGEST, PASSES = 5, 64, 48, 20, 400, 4
LAYERS = {"gru": nn.GRU, "lstm": nn.LSTM, "elman": nn.RNN}


def simulated(n: int) -> tuple[Curves, np.ndarray]:
    """Light curves with lengths spread evenly in their logarithm, and class numbers; their content
    does not matter.
    """
    draws = np.random.default_rng(0)
    lengths = np.exp(draws.uniform(np.log(SHORTEST), np.log(LONGEST), n)).astype(int)
    arrays = [
        np.column_stack(
            [np.sort(draws.random(k) * 1000), draws.normal(12, 0.3, k), np.full(k, 0.05)]
        )
        for k in lengths
    ]
    return Curves.of(arrays), draws.integers(0, CLASSES, n)


def batches_of(curves: Curves, classes: np.ndarray) -> CurveBatches:
    """Our batches of all curves."""
    prepare = CurvePreparation.learn(
        curves,
        scalar_features=False,
        bins=1,
        causal=False,
        folded=False,
        cycles=1,
        harmonics=1,
        shift=False,
        noise=0.0,
    )
    store = prepare.store(curves, torch.device("cpu"))
    how = CurveTraining(prepare, None, 1.0, False, 0.0, BATCH, 0, TrainingConfig())
    every = CurveSet.of(store, np.arange(len(curves)), classes, np.ones(len(curves), np.float32))
    return CurveBatches(every, how)


class Packed(nn.Module):
    """The peer: the same network with torch's own recurrent layer in both directions over a packed
    sequence.
    """

    def __init__(self, network: nn.Module, kind: type[nn.RNNBase]) -> None:
        super().__init__()
        ahead, behind = network.layers.forwards[0], network.layers.backwards[0]
        self.layer = kind(network.config.n_inputs, HIDDEN, batch_first=True, bidirectional=True)
        weights = {**_named(ahead, ""), **_named(behind, "_reverse")}
        self.layer.load_state_dict({**self.layer.state_dict(), **weights})
        self.pool, self.head = network.pool, network.head

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.layer(packed)[0], batch_first=True)
        return self.head(self.pool(states, lengths))


def _named(layer: nn.Module, suffix: str) -> dict[str, torch.Tensor]:
    """The weights of one of our layers under torch's names."""
    if hasattr(layer, "layer"):
        return {f"{name}{suffix}": weight for name, weight in layer.layer.state_dict().items()}
    own = {
        "weight_ih_l0": layer.U,
        "weight_hh_l0": layer.W,
        "bias_ih_l0": layer.b,
        "bias_hh_l0": torch.zeros_like(layer.b),
    }
    return {f"{name}{suffix}": weight.detach() for name, weight in own.items()}


def padded(ready: list[torch.Tensor], classes: torch.Tensor) -> Iterator[tuple[torch.Tensor, ...]]:
    """The peer's batches: shuffled curves padded to the longest."""
    for rows in torch.randperm(len(ready)).split(BATCH):
        some = [ready[row] for row in rows.tolist()]
        yield (
            pad_sequence(some, batch_first=True),
            torch.tensor([len(x) for x in some]),
            classes[rows],
        )


@allocator.keeping()
def train_ours(network: nn.Module, batches: CurveBatches, optimizer: torch.optim.Optimizer) -> None:
    for x, lengths, auxiliary, classes, _ in chain.from_iterable(repeat(batches, PASSES)):
        optimizer.zero_grad()
        functional.cross_entropy(network(x, lengths, auxiliary), classes).backward()
        optimizer.step()


def train_peer(
    network: Packed,
    ready: list[torch.Tensor],
    classes: torch.Tensor,
    optimizer: torch.optim.Optimizer,
) -> None:
    for x, lengths, own in padded(ready, classes):
        optimizer.zero_grad()
        functional.cross_entropy(network(x, lengths), own).backward()
        optimizer.step()


@torch.no_grad()
def losses(
    network: nn.Module, peer: Packed, batches: CurveBatches, ready: list[torch.Tensor]
) -> tuple[float, float]:
    """The mean loss of all curves, ours and the peer's."""
    curves, counts = batches.curves, batches.curves.store.n_epochs
    own, other = [], []
    for rows in blocks(counts):
        x, lengths, auxiliary = batches.how.prepare(curves.store, Part(rows, counts[rows]))
        own.append(
            functional.cross_entropy(
                network(x, lengths, auxiliary), curves.classes[rows], reduction="none"
            )
        )
        z = peer(pad_sequence([ready[row] for row in rows.tolist()], batch_first=True), lengths)
        other.append(functional.cross_entropy(z, curves.classes[rows], reduction="none"))
    return float(torch.cat(own).mean()), float(torch.cat(other).mean())


def operations(kind: str, n_inputs: int, n_points: int) -> float:
    """Floating-point operations in the products of U and W in one epoch of training: forward,
    errors back, gradients.
    """
    gates = {"gru": 3, "lstm": 4, "elman": 1}[kind]
    return 3 * 2.0 * gates * HIDDEN * (n_inputs + HIDDEN) * 2 * n_points


def measure(kind: str, n: int, rounds: int, goal: float | None, rate: float) -> dict:
    """One row: an epoch of training of the same network, both ways."""
    curves, classes = simulated(n)
    batches = batches_of(curves, classes)
    torch.manual_seed(0)
    own = {"hidden": HIDDEN, "dropout": 0.0}
    network = families.make(kind, (batches.how.prepare.n_inputs, 0), CLASSES, own)
    peer = Packed(
        families.make(kind, (batches.how.prepare.n_inputs, 0), CLASSES, own), LAYERS[kind]
    )
    counts = batches.curves.store.n_epochs
    inputs = (
        batches.how.prepare(batches.curves.store, Part(torch.tensor([i]), counts[i : i + 1]))
        for i in range(n)
    )
    ready = [x[0] for x, *_ in inputs]
    a, b = losses(network, Packed(network, LAYERS[kind]), batches, ready)
    ours_step, peer_step = (
        torch.optim.AdamW(one.parameters(), lr=1e-3, fused=True) for one in (network, peer)
    )
    peak = common.peak_mib(lambda: train_ours(network, batches, ours_step))
    n_points = int(counts.sum())
    seconds = common.in_turns(
        rounds,
        lambda: train_ours(network, batches, ours_step),
        lambda: train_peer(peer, ready, batches.curves.classes, peer_step),
    )
    rates = [[n * n_points / s.processor for s in one] for n, one in zip((PASSES, 1), seconds)]
    taken = sum(x.shape[0] * x.shape[1] for x, *_ in batches)
    return common.row(
        f"{kind}, {HIDDEN} units in both directions, {n} curves, {n_points} points, beside packed"
        " sequences",
        *rates,
        goal=goal,
        unit="points/s",
        peak_mib=peak,
        limit_share=operations(kind, batches.how.prepare.n_inputs, n_points)
        / rate
        * float(np.median(rates[0]))
        / n_points,
        equal=abs(a - b) <= 1e-4 * abs(b),
        loss=a,
        peer_loss=b,
        padding_share=1 - n_points / taken,
        seconds_of="processor",
        limit=f"matrix product on one thread, {rate / 1e9:.0f} GFLOP/s in this run",
    )


def rows(quick: bool) -> list[dict]:
    torch.set_num_threads(1)
    rate = common.product_rate()
    n, rounds = (256, 1) if quick else (1024, 3)
    kinds = {"gru": 10.0} if quick else {"gru": 10.0, "lstm": None, "elman": None}
    return [measure(kind, n, rounds, goal, rate) for kind, goal in kinds.items()]


if __name__ == "__main__":
    common.main(__file__, rows)
