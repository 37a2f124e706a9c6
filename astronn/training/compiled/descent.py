"""Training small feedforward networks on a processor by the compiled passes of
astronn.training.compiled.backpropagation.

Automatic differentiation gives the same numbers (tests hold the two together), but where a network
is as small as 13:13:5 its bookkeeping takes thirty times as long as the arithmetic
(docs/decisions/0007). M networks ("members") see the same batches and differ in their starting
weights; threads share them out, and each member's bytes are the same whatever the number of
threads."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import torch

from astronn.networks.mlp import Feedforward, FeedforwardConfig
from astronn.training.orders import EpochOrder

if TYPE_CHECKING:
    from astronn.training.loop import TrainingConfig

# Weights of one network, and objects of a batch, up to which this is the faster way: fifteen times
# at 13:32:32:5, from one to 1.6 times at 25,000 to 50,000 weights; larger batches leave the
# processor's cache.
LARGEST, LARGEST_BATCH = 32_768, 512
TRANSFERS = ("tanh", "logistic", "relu")  # what is written out, by number
LOSSES = ("cross_entropy", "squared_error")


def supports(network: Feedforward, loss: str, batch_size: int) -> bool:
    """Whether network and batches are small, on a processor, and of a transfer function and
    ``loss`` that are written out.
    """
    on_processor = network.weights[0].device.type == "cpu"
    return on_processor and supports_shape(network.config, loss, batch_size)


def supports_shape(config: FeedforwardConfig, loss: str, batch_size: int) -> bool:
    """Whether a network of that shape, on a processor, would be."""
    written_out = (config.activation in TRANSFERS or not config.hidden_layers) and loss in LOSSES
    weights = sum(a * b for a, b in pairwise(config.sizes))
    return written_out and weights <= LARGEST and batch_size <= LARGEST_BATCH


def descend(
    network: Feedforward,
    objective: object,
    config: TrainingConfig,
    *,
    loss: str,
    weight_decay: float,
    threads: int,
) -> tuple[Descent, Callable[[Batches, int], float]]:
    """What astronn.training.loop.train asks for: what a checkpoint keeps, and one epoch of Adam on
    Batches.

    It minimises the ``loss`` + weight_decay / 2 |weights|^2, as ``objective`` (not called) would
    have it."""
    way = Descent(network, loss, weight_decay, lambda epoch: config.rate(epoch - 1), threads)
    return way, way.epoch


class Batches:
    """Shuffled batches of x (N, F) float32, classes (N,) int64 and weights (N,) float32 on the
    processor.

    Order and sizes are those of training.TableBatches.
    """

    def __init__(
        self,
        x: torch.Tensor,
        classes: torch.Tensor,
        weights: torch.Tensor,
        batch_size: int,
        generator: torch.Generator,
    ) -> None:
        self.x, self.classes, self.weights = x.numpy(), classes.numpy(), weights.numpy()
        n_batches = max(1, ceil(len(x) / batch_size))
        sizes = np.array([len(part) for part in np.array_split(np.empty(len(x)), n_batches)])
        self.bounds = np.concatenate([[0], np.cumsum(sizes)])
        self.size_at = np.repeat(sizes, sizes).astype(np.float32)  # of the batch of each place
        self.laid_out = np.empty(x.numel(), np.float32)
        self.order = EpochOrder(len(x), [generator])

    def begin(self, epoch: int) -> None:
        """Set the order of that epoch."""
        self.order.skip_to(epoch)

    def shuffled(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """An epoch for `backpropagation.descend`: x as `lay_out` leaves it, classes, and shares in
        the batches' mean losses.
        """
        from astronn.training.compiled import backpropagation

        order = self.order.draw()[0].numpy()
        backpropagation.lay_out(self.x, order, self.bounds, self.laid_out)
        return self.laid_out, self.classes[order], self.weights[order] / self.size_at


class Descent:
    """M networks of one shape in training: ``parameters`` and Adam's moments, (M, P), a network's
    all in one row.
    """

    def __init__(
        self,
        network: Feedforward,
        loss: str,
        weight_decay: float,
        learning_rate: Callable[[int], float],
        threads: int = 1,
    ) -> None:
        from astronn.training.compiled import backpropagation

        self.learning_rate, self.threads, self.steps, self.weight_decay = (
            learning_rate,
            threads,
            0,
            np.float32(weight_decay),
        )
        config = network.config
        self.layers = backpropagation.layout(config.sizes)
        self.kinds = (
            (TRANSFERS.index(config.activation) if config.hidden_layers else 0),
            LOSSES.index(loss),
        )
        self.pass_over = backpropagation.descend
        ordered = [part for pair in zip(network.weights, network.biases) for part in pair]
        self.parameters = torch.cat([part.detach().mT.flatten(1) for part in ordered], 1).numpy()
        self.mean, self.square = np.zeros_like(self.parameters), np.zeros_like(self.parameters)
        sizes = [part[0].numel() for part in ordered]
        self.is_weight = np.repeat(
            np.resize(np.array([1, 0], np.float32), len(sizes)), sizes
        )  # (P,), 0 where there are biases
        parts = torch.from_numpy(self.parameters).split(sizes, 1)
        self.copies = [(part, now.view(part.mT.shape).mT) for part, now in zip(ordered, parts)]

    def tensors(self) -> dict[str, torch.Tensor]:
        """All that the next epoch needs beside the weights, by name; see training.checkpoints."""
        moments = {"mean": torch.from_numpy(self.mean), "square": torch.from_numpy(self.square)}
        return moments | {"steps": torch.tensor(self.steps)}

    @torch.no_grad()
    def resume(self, tensors: dict[str, torch.Tensor]) -> None:
        """The inverse of ``tensors``, after the network was given its weights."""
        for part, now in self.copies:
            now.copy_(part)
        self.mean[:], self.square[:] = tensors["mean"].numpy(), tensors["square"].numpy()
        self.steps = int(tensors["steps"])

    @torch.no_grad()
    def epoch(self, batches: Batches, epoch: int) -> float:
        """Adam once over ``batches``; the mean loss of batches and members, with the penalty at the
        epoch's end.
        """
        from astronn.compute.compiling import share_out

        data, rate = batches.shuffled(), float(self.learning_rate(epoch))
        losses = np.zeros(len(self.parameters))

        def work(part: slice) -> None:
            state = (own[part] for own in (self.parameters, self.mean, self.square))
            how = rate, self.weight_decay, self.steps
            self.pass_over(
                *data, batches.bounds, self.layers, self.kinds, *state, *how, losses[part]
            )

        share_out(work, len(losses), self.threads)
        n_batches = len(batches.bounds) - 1
        self.steps += n_batches
        for parameter, now in self.copies:
            parameter.copy_(now)
        penalty = 0.5 * self.weight_decay * np.square(self.parameters) @ self.is_weight
        return float(losses.mean() / n_batches + penalty.mean())
