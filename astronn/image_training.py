"""Training one network on images: batches of augmented views, the loss, and the validation of views as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional

from astronn import devices
from astronn.augmentation import Augmentation, swapped
from astronn.checkpoints import Checkpoint
from astronn.images import BLOCK, Preparation, gather
from astronn.randomness import generator, torch_seed, torch_stream
from astronn.symmetry import View, mean_logits
from astronn.training import Batch, History, Progress, TrainingConfig, train


class ImageSet(NamedTuple):
    """Some rows of a stack on a device; ``classes`` and ``weights`` run over the whole stack."""

    stack: torch.Tensor  # (N, C, H, W)
    rows: torch.Tensor  # (n,) int64
    classes: torch.Tensor  # (N,) int64
    weights: torch.Tensor  # (N,) float32

    @classmethod
    def of(cls, stack: torch.Tensor, rows: np.ndarray, codes: np.ndarray, weights: np.ndarray) -> ImageSet:
        """The set with its arrays on the device of ``stack``."""
        return cls(stack, *(torch.from_numpy(np.ascontiguousarray(a)).to(stack.device) for a in (rows, codes, weights)))


@dataclass(frozen=True)
class ImageTraining:
    """All that fixes a training but the images, the network and its number."""

    prepare: Preparation
    augmentation: Augmentation
    views: tuple[View, ...]  # views of one image that are one input (see astronn.symmetry)
    swap: np.ndarray  # (K,) int64, the class that each class becomes in the mirror
    label_smoothing: float
    batch_size: int
    seed: int
    config: TrainingConfig


class ImageBatches:
    """Shuffled batches of augmented images, classes and weights, gathered from a stack that lies on the device.

    An epoch's order and views depend on (seed, member, epoch) alone, so that a training can go on from any epoch.
    """

    def __init__(self, images: ImageSet, how: ImageTraining, member: int = 0) -> None:
        self.images, self.how, self.member, self.epoch = images, how, member, 1
        self.swap = torch.from_numpy(how.swap).to(images.stack.device)
        self.n_batches = max(1, -(-len(images.rows) // how.batch_size))

    def begin(self, epoch: int) -> None:
        """Set what the next epoch draws from; dropout draws from torch's own stream, which is seeded here."""
        self.epoch = epoch
        torch.manual_seed(torch_seed(self.how.seed, f"dropout {self.member} epoch {epoch}"))

    def __len__(self) -> int:
        return self.n_batches

    def __iter__(self) -> Iterator[Batch]:
        images, how = self.images, self.how
        draws = generator(how.seed, f"images {self.member} epoch {self.epoch}")
        order = torch.randperm(len(images.rows), generator=draws).to(images.rows.device)
        for part in order.tensor_split(self.n_batches):
            rows = images.rows[part]
            views, mirrored = how.augmentation.views(gather(images.stack, rows), how.prepare.size, draws)
            yield how.prepare(views), swapped(images.classes[rows], mirrored, self.swap), images.weights[rows]


def train_on_images(
    make: Callable[[], torch.nn.Module],
    training: ImageSet,
    held: ImageSet | None,
    how: ImageTraining,
    member: int,
    progress: Progress,
    checkpoint: Checkpoint | None,
) -> tuple[torch.nn.Module, History]:
    """The network that ``make`` starts, trained on one set and, where ``held`` is given, validated on the other."""
    device = training.stack.device
    with torch_stream(device, torch_seed(how.seed, f"starting weights {member}")), devices.same_bytes(device):
        network = make().to(device, memory_format=torch.channels_last)
        batches = ImageBatches(training, how, member)

        def losses(batch: Batch, smoothing: float) -> torch.Tensor:  # (B,), each object's times its weight
            x, classes, weights = batch
            with devices.mixed_precision(device):
                z = mean_logits(network, x, how.views, batches.swap).float()
            return functional.cross_entropy(z, classes, reduction="none", label_smoothing=smoothing) * weights

        def begin(epoch: int) -> None:
            network.train()
            batches.begin(epoch)

        def validate() -> torch.Tensor:  # (1,)
            network.eval()
            parts = (_as_they_are(held, rows, how.prepare) for rows in held.rows.split(BLOCK))
            return torch.cat([losses(part, 0.0) for part in parts]).mean().view(1)

        with devices.threads_for(network):
            history = train(
                network,
                lambda batch: losses(batch, how.label_smoothing).mean().view(1),
                batches,
                how.config,
                validate=validate if held is not None else None,
                progress=progress,
                begin=begin,
                checkpoint=checkpoint,
            )
    return network.eval(), history


def _as_they_are(images: ImageSet, rows: torch.Tensor, prepare: Preparation) -> Batch:
    return prepare.central(images.stack, rows), images.classes[rows], images.weights[rows]
