"""Training one network on sequences of images: shuffled batches of whole sequences, each turned as
one, and the mean loss over the images that exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch.nn import functional

from astronn.compute import devices
from astronn.compute.randomness import generator, torch_seed
from astronn.inputs.image_sequences import Shown
from astronn.inputs.symmetry import View
from astronn.training import one
from astronn.training.checkpoints import Checkpoint
from astronn.training.loop import Batch, History, Progress, TrainingConfig

BLOCK = 64  # sequences looked at or classified at once


class SequenceSet(NamedTuple):
    """Some sequences on a device; ``classes`` and ``weights`` run over all that are shown."""

    shown: Shown
    rows: torch.Tensor  # (n,) int64
    classes: torch.Tensor  # (N,) int64
    weights: torch.Tensor  # (N,) float32

    def batch(self, rows: torch.Tensor) -> Batch:
        """Images, there, gaps, classes and weights of ``rows``."""
        parts = (*self.shown, self.classes, self.weights)
        return tuple(part[rows] for part in parts)


@dataclass(frozen=True)
class SequenceTraining:
    """All that fixes a training but the sequences, the network and its number."""

    views: tuple[View, ...]  # of which one is drawn for each sequence
    label_smoothing: float
    batch_size: int
    seed: int
    config: TrainingConfig


class SequenceBatches:
    """Shuffled batches (images, there, gaps, classes, weights); order and views depend on (seed,
    member, epoch) alone.
    """

    def __init__(self, sequences: SequenceSet, how: SequenceTraining, member: int = 0) -> None:
        self.sequences, self.how, self.epoch = sequences, how, 1
        self.which = _stream(member)
        place = torch.arange(sequences.shown[0][0, 0, 0].numel()).view(sequences.shown[0].shape[3:])
        pixels = torch.stack([view.apply(place).flatten() for view in how.views])
        # (V, H W) int64, the place in the image of each pixel of a view
        self.pixels = pixels.to(sequences.rows.device)

    def begin(self, epoch: int) -> None:
        """Set what the next epoch draws from; dropout draws from torch's own stream, which is
        seeded here.
        """
        self.epoch = epoch
        one.seed_dropout(self.how.seed, f"{self.which}epoch {epoch}")

    def __len__(self) -> int:
        return -(-len(self.sequences.rows) // self.how.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        rows, views = self.sequences.rows, self.how.views
        draws = generator(self.how.seed, f"sequences {self.which}epoch {self.epoch}")
        order = torch.randperm(len(rows), generator=draws)
        parts = devices.sent(order, rows.device).tensor_split(len(self))
        # all of an epoch in one copy
        drawn = [torch.randint(len(views), (len(part),), generator=draws) for part in parts]
        chosen = devices.sent(torch.cat(drawn), rows.device).split([len(part) for part in parts])
        for part, which in zip(parts, chosen):
            images, *others = self.sequences.batch(rows[part])
            yield self._turned(images, which), *others

    def _turned(self, images: torch.Tensor, which: torch.Tensor) -> torch.Tensor:
        """Images (B, T, C, H, W) of sequences in the view ``which`` (B,), all of one alike."""
        if len(self.how.views) == 1:
            return images
        pixels = self.pixels[which].view(len(images), 1, 1, -1).expand(-1, *images.shape[1:3], -1)
        return images.flatten(3).gather(3, pixels).view_as(images)


def train_on_sequences(
    make: Callable[[], torch.nn.Module],
    training: SequenceSet,
    held: SequenceSet | None,
    how: SequenceTraining,
    member: int,
    progress: Progress,
    checkpoint: Checkpoint | None,
) -> tuple[torch.nn.Module, History]:
    """The network that ``make`` starts, trained on one set and, where ``held`` is given, validated
    on the other.
    """
    work = one.Work(
        device=training.rows.device,
        start_seed=torch_seed(how.seed, f"starting weights {_stream(member)}".strip()),
        make=make,
        parts=lambda network: (SequenceBatches(training, how, member), partial(_losses, network)),
        held=None if held is None else partial(_as_they_are, held),
        label_smoothing=how.label_smoothing,
        config=how.config,
    )
    return one.train_one(work, progress, checkpoint)


def _stream(member: int) -> str:
    """What the names of a network's random streams hold; the first has the names of version 0.1.0,
    which trained one network.
    """
    return f"{member} " if member else ""


def _losses(network: torch.nn.Module, batch: Batch, smoothing: float) -> torch.Tensor:
    """The mean over images of the cross-entropy, each object's times its weight: (B,)."""
    images, there, gaps, classes, weights = batch
    logits = network(images, there, gaps)
    nll = functional.cross_entropy(
        logits.transpose(1, 2),
        classes[:, None].expand(-1, logits.shape[1]),
        reduction="none",
        label_smoothing=smoothing,
    )
    return (nll * there).sum(1) / there.sum(1).clamp_min(1) * weights


def _as_they_are(sequences: SequenceSet) -> Iterator[Batch]:
    return (sequences.batch(rows) for rows in sequences.rows.split(BLOCK))
