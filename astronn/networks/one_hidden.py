"""Backpropagation through one hidden layer, written out in five steps, and Adam on one flat vector of parameters.

Rumelhart, Hinton & Williams (1986, Nature 323, 533, eqs. 4-9); Adam: Kingma & Ba (2015, ICLR, algorithm 1). Automatic
differentiation gives the same numbers (tests hold the two together), but where a network is as small as 13:13:5 its
bookkeeping costs several times the arithmetic. Everything is feature-major, (units, objects): objects lie side by side in
memory, so that transfer functions and softmax run at the processor's vector width. M networks ("members") see the same
batches and differ in their starting weights, so that their first layers are one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import ceil, sqrt
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn.functional import one_hot

from astronn.networks.mlp import Feedforward, FeedforwardConfig

if TYPE_CHECKING:
    from astronn.training import TrainingConfig

# x (F, B); share (B,) of each object in the mean loss; mass (K, B), the share in the row of the object's class and 0 elsewhere.
Block = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8  # of Adam, the paper's


class Transfer(NamedTuple):
    """A transfer function h = f(a), written as function(gain a), and the error e -> e f'(a), in place, from that h."""

    gain: float
    function: Callable[[torch.Tensor], torch.Tensor]
    carry_back: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


MINUS_ONE = torch.tensor(-1.0)
TRANSFERS = {
    # tanh(a) = 2 logistic(2 a) - 1: torch's logistic is vectorised, its tanh several times slower on a CPU.
    "tanh": Transfer(2, lambda a: torch.add(MINUS_ONE, a.sigmoid_(), alpha=2), lambda e, h: e.addcmul_(e * h, h, value=-1)),
    "logistic": Transfer(1, torch.Tensor.sigmoid_, lambda e, h: e.mul_(h).addcmul_(e, h, value=-1)),
    "relu": Transfer(1, torch.Tensor.relu_, lambda e, h: e.mul_(h > 0)),
}


def _cross_entropy(z: torch.Tensor, mass: torch.Tensor, share: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss -share log softmax(z)[class], summed over objects and members, and its derivative by z: share (p - t), (M, K, B)."""
    log_p = torch.log_softmax(z, 1)
    loss = -(log_p * mass).sum()
    return loss, log_p.exp_().mul_(share).sub_(mass)


def _squared_error(z: torch.Tensor, mass: torch.Tensor, share: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss share |o - t|^2 / 2 of o = logistic(z), summed likewise, and its derivative by z: share (o - t) o (1 - o)."""
    o = z.sigmoid_()
    error = (o * share).sub_(mass)  # share (o - t)
    # |o - t|^2 = (o - t).o - o.t + 1, for t holds a single 1.
    loss = 0.5 * ((error * o).sum() - (o * mass).sum() + len(o) * share.sum())
    return loss, error.mul_(o).mul_(1 - o)


LOSSES = {"cross_entropy": _cross_entropy, "squared_error": _squared_error}


def knows(config: FeedforwardConfig, loss: str) -> bool:
    """Whether this file can train such networks: one hidden layer, a transfer function and a loss that are listed here."""
    return len(config.hidden_layers) == 1 and config.activation in TRANSFERS and loss in LOSSES


def descend(
    network: Feedforward, objective: object, config: TrainingConfig, *, loss: str, weight_decay: float
) -> tuple[None, Callable[[Iterable[Block], int], float]]:
    """What astronn.training.train asks for: no optimiser whose state could be kept, and one epoch of Adam on Blocks.

    It minimises the ``loss`` + weight_decay / 2 |weights|^2, as ``objective`` (not called) would have it.
    """
    return None, Descent(network, loss, weight_decay, lambda epoch: config.rate(epoch - 1)).epoch


class Blocks:
    """Shuffled batches (x, mass, share), feature-major: one gather an epoch, then a batch is a view.

    From x (N, F), classes (N,) int64 and weights (N,) on one device. Order and sizes are those of training.TableBatches.
    """

    def __init__(self, x, classes, weights, n_classes: int, batch_size: int, generator: torch.Generator) -> None:
        self.n, self.generator = len(x), generator
        self.n_batches = max(1, ceil(self.n / batch_size))
        first = torch.arange(self.n, device=x.device).tensor_split(self.n_batches)
        self.sizes = torch.cat([part.new_full(part.shape, len(part)) for part in first])  # of the batch of each place
        self.x = x.T.contiguous()  # (F, N)
        self.mass = (one_hot(classes, n_classes) * weights[:, None]).T.contiguous()  # (K, N), not yet divided by the sizes

    def __iter__(self) -> Iterator[Block]:
        order = torch.randperm(self.n, generator=self.generator).to(self.x.device)
        mass = self.mass.index_select(1, order) / self.sizes
        parts = (self.x.index_select(1, order), mass, mass.sum(0))
        yield from zip(*(part.tensor_split(self.n_batches, -1) for part in parts))


class Descent:
    """M networks F:H:K in training: parameters, gradient and Adam's moments, each one flat vector with matrices as views."""

    @torch.inference_mode()
    def __init__(self, network: Feedforward, loss: str, weight_decay: float, learning_rate: Callable[[int], float]) -> None:
        self.transfer, self.output = TRANSFERS[network.config.activation], LOSSES[loss]
        self.weight_decay, self.learning_rate, self.steps = weight_decay, learning_rate, 0
        (w1, w2), (b1, b2) = network.weights, network.biases
        self.parameters = [w1, b1, w2, b2]  # (M, F, H), (M, 1, H), (M, H, K), (M, 1, K)
        self.flat = torch.cat([p.mT.flatten() for p in self.parameters])
        self.gradient, self.mean, self.square = (torch.zeros_like(self.flat) for _ in range(3))
        self.matrices, self.gradients = self._matrices(self.flat), self._matrices(self.gradient)

    @torch.inference_mode()
    def epoch(self, batches: Iterable[Block], epoch: int) -> float:
        """Adam once over ``batches``; the mean loss of batches and members, with the penalty at the epoch's end."""
        rate, losses = self.learning_rate(epoch), []
        for batch in batches:
            losses.append(self.backpropagate(*batch))
            self._step(rate)
        w1, _, w2, _ = self.matrices
        for parameter, now in zip(self.parameters, self.matrices):
            parameter.copy_(now.view(parameter.mT.shape).mT)
        penalty = 0.5 * self.weight_decay * (w1.square().sum() + w2.square().sum()) / len(w2)
        return float(torch.stack(losses).mean() / len(w2) + penalty)

    def backpropagate(self, x: torch.Tensor, mass: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
        """The members' losses, summed; sets ``gradients`` to those of each one's loss + weight_decay / 2 |weights|^2."""
        (w1, b1, w2, b2), (g1, c1, g2, c2) = self.matrices, self.gradients
        members, _, units = w2.shape
        # 1. Inputs to hidden units, all members at once: h = f(W1 x + b1).
        gain = self.transfer.gain
        h = self.transfer.function(torch.addmm(b1, w1, x, beta=gain, alpha=gain))  # (M H, B)
        # 2. Hidden units to outputs: z = W2 h + b2, still without the output's own function.
        by_member = h.view(members, units, -1)  # (M, H, B)
        z = torch.baddbmm(b2, w2, by_member)  # (M, K, B)
        # 3. The loss, and the error that each output has to answer for: d = dE / dz.
        loss, d = self.output(z, mass, share)  # d (M, K, B)
        # 4. The errors of the hidden units: the outputs' errors carried back over the same weights, times f'.
        e = self.transfer.carry_back(torch.bmm(w2.mT, d).view_as(h), h)  # (M H, B)
        # 5. The gradient of each weight: what came in times the error that went out, summed over objects; a bias is a
        #    weight whose input is 1. beta brings in the gradient of the penalty.
        torch.addmm(w1, e, x.T, beta=self.weight_decay, out=g1)
        torch.sum(e, 1, keepdim=True, out=c1)
        torch.baddbmm(w2, d, by_member.mT, beta=self.weight_decay, out=g2)
        torch.sum(d, 2, keepdim=True, out=c2)
        return loss

    def _step(self, rate: float) -> None:
        """One step of Adam; the bias corrections of both moments are moved into ``rate`` and epsilon."""
        self.steps += 1
        short_1, short_2 = 1 - BETA_1**self.steps, sqrt(1 - BETA_2**self.steps)
        self.mean.lerp_(self.gradient, 1 - BETA_1)
        self.square.mul_(BETA_2).addcmul_(self.gradient, self.gradient, value=1 - BETA_2)
        spread = self.square.sqrt().add_(EPSILON * short_2)
        self.flat.addcdiv_(self.mean, spread, value=-rate * short_2 / short_1)

    def _matrices(self, flat: torch.Tensor) -> list[torch.Tensor]:
        """Views of ``flat``: W1 (M H, F), b1 (M H, 1), W2 (M, K, H), b2 (M, K, 1)."""
        parts = flat.split([p.numel() for p in self.parameters])
        w1, b1, w2, b2 = (part.view(p.mT.shape) for part, p in zip(parts, self.parameters))
        return [w1.flatten(0, 1), b1.flatten(0, 1), w2, b2]
