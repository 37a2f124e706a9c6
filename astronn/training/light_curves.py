"""Training one network on light curves: batches of curves of similar length, the loss, and
validation without chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch.nn import functional

from astronn.compute import devices
from astronn.compute.randomness import generator, torch_seed
from astronn.inputs.folding import CurvePreparation, CurveStore, Part
from astronn.networks.sequences._shared import mask
from astronn.training import one
from astronn.training.checkpoints import Checkpoint
from astronn.training.loop import Batch, History, Progress, TrainingConfig

# relative change of lengths before curves are sorted by them: batches differ from epoch to epoch
JITTER = 0.1
POINTS = 2**16  # epochs of light curves that are classified at once


class CurveSet(NamedTuple):
    """Some curves of a store on a device; ``classes`` and ``weights`` run over the whole store."""

    store: CurveStore
    rows: torch.Tensor  # (n,) int64
    classes: torch.Tensor  # (N,) int64
    weights: torch.Tensor  # (N,) float32

    @classmethod
    def of(
        cls, store: CurveStore, rows: np.ndarray, codes: np.ndarray, weights: np.ndarray
    ) -> CurveSet:
        """The set with ``rows`` (n,), ``codes`` and ``weights`` (N,) on the device of ``store``."""
        return cls(
            store,
            *(
                torch.from_numpy(np.ascontiguousarray(a)).to(store.value.device)
                for a in (rows, codes, weights)
            ),
        )


@dataclass(frozen=True)
class CurveTraining:
    """All that fixes a training but the curves, the network and its number."""

    prepare: CurvePreparation
    max_points: int | None  # epochs of one curve that are taken at most
    subsample: float  # in training each curve keeps a share of its epochs drawn from [subsample, 1]
    causal: bool  # the loss is the mean over the answers after each epoch
    label_smoothing: float
    batch_size: int
    seed: int
    config: TrainingConfig


class CurveBatches:
    """Batches of curves of similar length: inputs, lengths, scalar features, classes, weights,
    gathered on the device.

    An epoch's batches depend on (seed, member, epoch) alone, so that a training can go on from any
    epoch."""

    def __init__(self, curves: CurveSet, how: CurveTraining, member: int = 0) -> None:
        self.curves, self.how, self.member, self.epoch = curves, how, member, 1
        self.n_batches = max(1, -(-len(curves.rows) // how.batch_size))

    def begin(self, epoch: int) -> None:
        """Set what the next epoch draws from; dropout draws from torch's own stream, which is
        seeded here.
        """
        self.epoch = epoch
        one.seed_dropout(self.how.seed, f"{self.member} epoch {epoch}")

    def __len__(self) -> int:
        return self.n_batches

    def __iter__(self) -> Iterator[Batch]:
        curves, how = self.curves, self.how
        draws = generator(how.seed, f"curves {self.member} epoch {self.epoch}")
        lengths = self._lengths(draws)
        for rows in buckets(lengths, self.n_batches, draws):
            which = curves.rows[rows]
            x = how.prepare(curves.store, Part(which, lengths[rows], draws))
            yield *x, curves.classes[which], curves.weights[which]

    def _lengths(self, draws: torch.Generator) -> torch.Tensor:
        """The number of epochs to take of each curve, (n,)."""
        counts = self.curves.store.n_epochs[self.curves.rows]
        if self.how.subsample < 1:
            low = self.how.subsample
            drawn = torch.rand(len(counts), generator=draws)
            share = low + (1 - low) * devices.sent(drawn, counts.device)
            counts = torch.ceil(counts * share).long()
        return capped(counts, self.how.max_points)


def capped(counts: torch.Tensor, max_points: int | None) -> torch.Tensor:
    """How many epochs are taken of curves that have ``counts``."""
    return counts if max_points is None else counts.clamp(max=max_points)


def buckets(lengths: torch.Tensor, n_batches: int, draws: torch.Generator) -> list[torch.Tensor]:
    """``n_batches`` batches of row numbers, each of curves of similar length, the longest first, in
    random order.

    Rows are sorted by length times a random factor from [1 - JITTER, 1 + JITTER]; little of a batch
    is then padding."""
    factor = 1 + JITTER * (2 * torch.rand(len(lengths), generator=draws) - 1)
    order = torch.argsort((lengths.cpu() + 0.5) * factor)
    batches = devices.sent(order, lengths.device).tensor_split(n_batches)
    chosen = (batches[i] for i in torch.randperm(n_batches, generator=draws).tolist())
    return [rows[lengths[rows].argsort(descending=True, stable=True)] for rows in chosen]


def blocks(lengths: torch.Tensor) -> list[torch.Tensor]:
    """Row numbers in order of length, in blocks of which none holds more than POINTS epochs with
    padding, or one curve.
    """
    order = torch.argsort(lengths, stable=True)
    found, start, ordered = [], 0, lengths[order].tolist()
    for i in range(1, len(ordered) + 1):
        if i == len(ordered) or (i - start + 1) * max(1, ordered[i]) > POINTS:
            found.append(order[start:i])
            start = i
    return found


def train_on_curves(
    make: Callable[[], torch.nn.Module],
    training: CurveSet,
    held: CurveSet | None,
    how: CurveTraining,
    member: int,
    progress: Progress,
    checkpoint: Checkpoint | None,
) -> tuple[torch.nn.Module, History]:
    """The network that ``make`` starts, trained on one set and, where ``held`` is given, validated
    on the other.
    """

    def parts(network: torch.nn.Module) -> tuple[one.Batches, one.Losses]:
        def weighted(batch: Batch, smoothing: float) -> torch.Tensor:
            *inputs, classes, weights = batch
            loss = over_time if how.causal else at_the_end
            return loss(network, inputs, classes, smoothing) * weights

        return CurveBatches(training, how, member), weighted

    work = one.Work(
        device=training.store.value.device,
        start_seed=torch_seed(how.seed, f"starting weights {member}"),
        make=make,
        parts=parts,
        held=None if held is None else partial(_as_they_are, held, how),
        label_smoothing=how.label_smoothing,
        config=how.config,
    )
    return one.train_one(work, progress, checkpoint)


def _as_they_are(curves: CurveSet, how: CurveTraining) -> Iterator[Batch]:
    """Batches of all curves of the set, as they are classified."""
    counts = capped(curves.store.n_epochs[curves.rows], how.max_points)
    for block in blocks(counts):
        rows = curves.rows[block]
        x = how.prepare(curves.store, Part(rows, counts[block]))
        yield *x, curves.classes[rows], curves.weights[rows]


def at_the_end(
    network: torch.nn.Module, inputs: list[torch.Tensor], classes: torch.Tensor, smoothing: float
) -> torch.Tensor:
    """The cross-entropy of each curve's one answer, (B,)."""
    return functional.cross_entropy(
        network(*inputs), classes, reduction="none", label_smoothing=smoothing
    )


def over_time(
    network: torch.nn.Module, inputs: list[torch.Tensor], classes: torch.Tensor, smoothing: float
) -> torch.Tensor:
    """The cross-entropy of the answers after each epoch, the mean of each curve's, (B,); 0 for a
    curve without epochs.
    """
    x, lengths, _ = inputs
    z = cast("Any", network).over_time(x)  # (B, T, K)
    each = classes[:, None].expand(z.shape[:2]).flatten()
    loss = functional.cross_entropy(
        z.flatten(0, 1), each, reduction="none", label_smoothing=smoothing
    ).view(z.shape[:2])
    return (loss * mask(lengths, z.shape[1])).sum(1) / lengths.clamp(min=1)
