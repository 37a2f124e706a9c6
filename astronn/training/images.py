"""Training one network on images: batches of augmented views, the loss, and the validation of views
as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from astronn.compute import devices, parallel
from astronn.compute.randomness import generator, torch_seed
from astronn.inputs.augmentation import Augmentation, Draws, swapped
from astronn.inputs.images import BLOCK, Preparation, gather
from astronn.inputs.symmetry import View, mean_logits
from astronn.training import one
from astronn.training.checkpoints import Checkpoint
from astronn.training.loop import Batch, History, Progress, TrainingConfig

# (network, inputs (B, C, h, w), classes (B, ...), label smoothing) -> the loss of each image, (B,)
Losses = Callable[[torch.nn.Module, torch.Tensor, torch.Tensor, float], torch.Tensor]


class ImageSet(NamedTuple):
    """Some rows of a stack on a device; ``classes`` and ``weights`` run over the whole stack."""

    stack: torch.Tensor  # (N, C, H, W)
    rows: torch.Tensor  # (n,) int64
    classes: torch.Tensor  # (N, ...) int64
    weights: torch.Tensor  # (N,) float32

    @classmethod
    def of(
        cls, stack: torch.Tensor, rows: np.ndarray, codes: np.ndarray, weights: np.ndarray
    ) -> ImageSet:
        """The set with ``rows`` (n,), ``codes`` and ``weights`` (N,) on the device of ``stack``."""
        return cls(
            stack,
            *(
                torch.from_numpy(np.ascontiguousarray(a)).to(stack.device)
                for a in (rows, codes, weights)
            ),
        )


@dataclass(frozen=True)
class ImageTraining:
    """All that fixes a training but the images, the network and its number."""

    prepare: Preparation
    augmentation: Augmentation
    views: tuple[View, ...]  # views of one image that are one input (see astronn.inputs.symmetry)
    swap: np.ndarray  # (K,) int64, the class that each class becomes in the mirror
    label_smoothing: float
    batch_size: int
    seed: int
    config: TrainingConfig


class ImageBatches:
    """Shuffled batches of augmented images, classes and weights, gathered from a stack that lies on
    the device.

    An epoch's order and views depend on (seed, member, epoch) alone, so that a training can go on
    from any epoch."""

    axis = 0  # of a batch's tensors, along which the images run

    def __init__(self, images: ImageSet, how: ImageTraining, member: int = 0) -> None:
        self.images, self.how, self.member, self.epoch = images, how, member, 1
        self.swap = torch.from_numpy(how.swap).to(images.stack.device)
        self.n_batches = max(1, -(-len(images.rows) // how.batch_size))

    def begin(self, epoch: int) -> None:
        """Set what the next epoch draws from; dropout draws from torch's own stream, which is
        seeded here.
        """
        self.epoch = epoch
        one.seed_dropout(self.how.seed, f"{self.member} epoch {epoch}")

    def __len__(self) -> int:
        return self.n_batches

    def __iter__(self) -> Iterator[Batch]:
        images, how = self.images, self.how
        draws = generator(how.seed, f"images {self.member} epoch {self.epoch}")
        order = torch.randperm(len(images.rows), generator=draws)
        parts = devices.sent(order, images.rows.device).tensor_split(self.n_batches)
        for part, drawn in zip(parts, self._drawn([len(part) for part in parts], draws)):
            rows = images.rows[part]
            classes = swapped(images.classes[rows], drawn.mirrored, self.swap)
            yield self._inputs(rows, drawn), classes, images.weights[rows]

    def _drawn(self, sizes: list[int], draws: torch.Generator) -> Iterator[Draws]:
        """The views of all batches of an epoch, drawn on the processor and copied to the device at
        once: a copy for each batch would have the device wait for it.
        """
        shape, size = self.images.stack.shape[1:], self.how.prepare.size
        each = [self.how.augmentation.draw((n, *shape), size, draws) for n in sizes]
        whole = (devices.sent(torch.cat(part), self.images.stack.device) for part in zip(*each))
        return (Draws(*part) for part in zip(*(tensor.split(sizes) for tensor in whole)))

    def _inputs(self, rows: torch.Tensor, drawn: Draws) -> torch.Tensor:
        """The network's inputs (B, C, h, w)."""
        stack, how = self.images.stack, self.how
        x = how.prepare.room(len(rows), stack.device)
        if stack.device.type == "cpu" and how.augmentation.moves:
            # here: Numba takes half a second, and a card or a classification needs none
            from astronn.inputs import interpolation

            interpolation.inputs(stack, rows, drawn, how.prepare, x)
        else:
            how.prepare(how.augmentation.applied(gather(stack, rows), how.prepare.size, drawn), x)
        return x


def train_on_images(
    make: Callable[[], torch.nn.Module],
    training: ImageSet,
    held: ImageSet | None,
    how: ImageTraining,
    member: int,
    progress: Progress,
    checkpoint: Checkpoint | None,
    losses: Losses | None = None,
) -> tuple[torch.nn.Module, History]:
    """The network that ``make`` starts, trained on one set and, where ``held`` is given, validated
    on the other.

    ``losses(network, x, classes, smoothing)`` is the loss of each image, (B,); the cross-entropy
    where it is not given."""

    def parts(network: torch.nn.Module) -> tuple[one.Batches, one.Losses]:
        batches, called = ImageBatches(training, how, member), parallel.replicated(network)
        per_image = losses or partial(_cross_entropy, views=how.views, swap=batches.swap)

        def weighted(batch: Batch, smoothing: float) -> torch.Tensor:
            x, classes, weights = batch
            return per_image(called, x, classes, smoothing) * weights

        return batches, weighted

    work = one.Work(
        device=training.stack.device,
        start_seed=torch_seed(how.seed, f"starting weights {member}"),
        make=make,
        parts=parts,
        held=None if held is None else partial(_as_they_are, held, how.prepare),
        label_smoothing=how.label_smoothing,
        config=how.config,
        put=channels_last,
        precision=devices.training_precision,
    )
    return one.train_one(work, progress, checkpoint)


def channels_last(network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
    """The network on ``device``, its weights laid out as convolutions read them fastest."""
    return network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]


def _cross_entropy(
    network: torch.nn.Module,
    x: torch.Tensor,
    classes: torch.Tensor,
    smoothing: float,
    *,
    views: tuple[View, ...],
    swap: torch.Tensor,
) -> torch.Tensor:
    z = mean_logits(lambda seen: network(seen).float(), x, views, swap)
    return functional.cross_entropy(z, classes, reduction="none", label_smoothing=smoothing)


def _as_they_are(images: ImageSet, prepare: Preparation) -> Iterator[Batch]:
    for rows in images.rows.split(BLOCK):
        yield prepare.central(images.stack, rows), images.classes[rows], images.weights[rows]
