"""Backpropagation through one hidden layer, written out: the loss of a Feedforward network and its gradient in five steps.

Rumelhart, Hinton & Williams (1986, Nature 323, 533, eqs. 4-7). Automatic differentiation gives the same gradient (a test
holds the two together) but costs more than the network itself where that is as small as 13:13:5. Hidden units and outputs
are kept feature-major, (M, units, B): objects lie side by side in memory, so that the transfer functions and the softmax
run at the processor's vector width. M networks ("members") are one batched matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch.nn import functional

from astronn.networks.mlp import Feedforward


class Transfer(NamedTuple):
    """A transfer function h = f(a), and its slope f'(a) written in terms of h; ``function`` may overwrite a."""

    function: Callable[[torch.Tensor], torch.Tensor]
    slope: Callable[[torch.Tensor], torch.Tensor]


def _tanh(a: torch.Tensor) -> torch.Tensor:
    """tanh(a) = 2 logistic(2 a) - 1, in place: torch's logistic is vectorised where its tanh is several times slower."""
    return a.mul_(2).sigmoid_().mul_(2).sub_(1)


TRANSFERS = {
    "tanh": Transfer(_tanh, lambda h: 1 - h * h),
    "logistic": Transfer(torch.Tensor.sigmoid_, lambda h: h * (1 - h)),
    "relu": Transfer(torch.Tensor.relu_, lambda h: (h > 0).to(h.dtype)),
    "identity": Transfer(lambda a: a, torch.ones_like),
}


def _cross_entropy(z: torch.Tensor, classes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss -log softmax(z)[class], (M, B), and its derivative p - t with respect to z, (M, K, B)."""
    log_p, own = torch.log_softmax(z, 1), classes.unsqueeze(1)
    return -log_p.gather(1, own).squeeze(1), log_p.exp().scatter_add_(1, own, z.new_full((), -1.0).expand(own.shape))


def _squared_error(z: torch.Tensor, classes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Loss sum_k (o_k - t_k)^2 / 2 of o = logistic(z), (M, B), and its derivative (o - t) o (1 - o), (M, K, B)."""
    o = torch.sigmoid(z)
    error = o - functional.one_hot(classes, z.shape[1]).transpose(1, 2)
    return 0.5 * error.square().sum(1), error * o * (1 - o)


LOSSES = {"cross_entropy": _cross_entropy, "squared_error": _squared_error}


def written_out(network: Feedforward, loss: str) -> bool:
    """Whether this file knows the network: one hidden layer, a transfer function and a loss that are listed here."""
    return len(network.weights) == 2 and network.config.activation in TRANSFERS and loss in LOSSES


def mean_loss(
    network: Feedforward, loss: str, x: torch.Tensor, classes: torch.Tensor, object_weights: torch.Tensor
) -> torch.Tensor:
    """The weighted mean loss of each member over its batch, (M,), differentiable with respect to the network's parameters.

    x (M, B, F), classes (M, B) int64, object_weights (M, B). Derivatives with respect to x are not given.
    """
    parameters = (network.weights[0], network.biases[0], network.weights[1], network.biases[1])
    return _MeanLoss.apply(*parameters, x, classes, object_weights, TRANSFERS[network.config.activation], LOSSES[loss])


class _MeanLoss(torch.autograd.Function):
    """Steps 1-3 run forward; steps 4 and 5 run backward from what the first three left behind."""

    @staticmethod
    def forward(ctx, w1, b1, w2, b2, x, classes, object_weights, transfer: Transfer, output: Callable) -> torch.Tensor:
        # 1. Input to hidden: h = f(W1 x + b1).
        h = transfer.function(torch.baddbmm(b1.mT, w1.mT, x.mT))  # (M, H, B)
        # 2. Hidden to output: z = W2 h + b2.
        z = torch.baddbmm(b2.mT, w2.mT, h)  # (M, K, B)
        # 3. The loss, and the error that each output must answer for: d = dE / dz.
        loss, d = output(z, classes)
        share = object_weights / x.shape[1]  # (M, B)
        ctx.save_for_backward(w2, x, h, d.mul_(share.unsqueeze(1)))
        ctx.slope = transfer.slope
        return (loss * share).sum(1)

    @staticmethod
    def backward(ctx, scale: torch.Tensor):
        w2, x, h, d = ctx.saved_tensors
        d = d * scale.view(-1, 1, 1)  # (M, K, B); scale is 1 where losses are only summed
        # 4. The errors of the hidden units: those of the outputs, carried back over the same weights, times the slope.
        e = torch.bmm(w2, d) * ctx.slope(h)  # (M, H, B)
        # 5. Every weight's gradient: what came in times the error that went out, summed over objects; a bias's input is 1.
        gradients = torch.bmm(x.mT, e.mT), e.sum(2).unsqueeze(1), torch.bmm(h, d.mT), d.sum(2).unsqueeze(1)
        return *gradients, None, None, None, None, None
