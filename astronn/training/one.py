"""Training one network of any kind of input: its starting weights, its batches, its loss, and a
validation without chance.

What is trained on says how: images, light_curves, image_sequences of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

import torch

from astronn.compute import devices
from astronn.compute.randomness import torch_seed, torch_stream
from astronn.training.checkpoints import Checkpoint
from astronn.training.loop import Batch, History, Progress, TrainingConfig, train

# (batch, label smoothing) -> the loss of each object times its weight, (B,)
Losses = Callable[[Batch, float], torch.Tensor]


class Batches(Protocol):
    """Batches that depend on (seed, network, epoch) alone, so that a training can go on from any
    epoch.
    """

    def begin(self, epoch: int) -> None:
        """Set what the next epoch draws from."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Batch]: ...


@dataclass(frozen=True)
class Work:
    """What one kind of input says of the training of one network."""

    device: torch.device
    start_seed: int  # of the starting weights
    make: Callable[[], torch.nn.Module]
    # network -> (batches, losses); the network may be wrapped for several processes there
    parts: Callable[[torch.nn.Module], tuple[Batches, Losses]]
    held: Callable[[], Iterable[Batch]] | None  # the validation objects as they are
    label_smoothing: float
    config: TrainingConfig
    put: Callable[[torch.nn.Module, torch.device], torch.nn.Module] = torch.nn.Module.to
    # of the steps of training, asked of the device once; validation is in float32
    precision: Callable[[torch.device], Callable[[], AbstractContextManager]] = lambda device: (
        nullcontext
    )


def train_one(
    work: Work, progress: Progress, checkpoint: Checkpoint | None
) -> tuple[torch.nn.Module, History]:
    """The network that ``work`` describes, trained and ready to classify, and its history."""
    with torch_stream(work.device, work.start_seed), devices.same_bytes(work.device):
        network = work.put(work.make(), work.device)
        batches, losses = work.parts(network)
        held, precision = work.held, work.precision(work.device)

        def step(batch: Batch) -> torch.Tensor:  # (1,)
            with precision():
                return losses(batch, work.label_smoothing).mean().view(1)

        def begin(epoch: int) -> None:
            network.train()
            batches.begin(epoch)

        def validate() -> torch.Tensor:  # (1,)
            network.eval()
            parts = () if held is None else held()
            return torch.cat([losses(part, 0.0) for part in parts]).mean().view(1)

        with devices.threads_for(network):
            history = train(
                network,
                step,
                batches,
                work.config,
                validate=None if held is None else validate,
                progress=progress,
                begin=begin,
                checkpoint=checkpoint,
            )
    return network.eval(), history


def seed_dropout(seed: int, which: str) -> None:
    """Start torch's own stream, from which dropout draws, for one epoch of one network."""
    torch.manual_seed(torch_seed(seed, f"dropout {which}"))
