"""What training minimises, and how a network's last layer z (..., K) becomes outputs and
posteriors.

``cross_entropy``: outputs z, posteriors softmax(z), loss -log p[class]; Bridle (1990,
Neurocomputing, 227). ``squared_error``: logistic outputs o = 1 / (1 + exp(-z)), one for each class,
loss sum_k (o_k - t_k)^2 / 2 with t = 1 for the class of the object and 0 for the others. Its
minimum over all functions is the posterior (Richard & Lippmann 1991, Neural Computation 3, 461), so
the outputs of a good fit sum to about 1; posteriors are o / sum(o). With votes in place of a class,
t are their shares. ``dirichlet_multinomial``: concentrations a = exp(z), so that the expected
shares a / sum(a) are softmax(z); loss -ln p(votes) of people who draw from a Dirichlet distribution
(Walmsley et al. 2020, MNRAS 491, 1554, section 3; 2022, MNRAS 509, 3966, eq. 1). One vote gives
the cross-entropy."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch.nn import functional


class Loss(NamedTuple):
    """One training criterion; z is (..., K), classes are (...) int64, or votes (..., K) float32
    with at least one vote each; results have z's leading shape.
    """

    per_object: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # (z, classes) -> (...)
    outputs: Callable[[torch.Tensor], torch.Tensor]  # z -> (..., K), not normalised
    posteriors: Callable[[torch.Tensor], torch.Tensor]  # z -> (..., K), summing to 1


def _cross_entropy(z: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    if classes.is_floating_point():
        return -(_shares(classes) * torch.log_softmax(z, -1)).sum(-1)
    flat = functional.cross_entropy(z.flatten(0, -2), classes.flatten(), reduction="none")
    return flat.view(classes.shape)


def _squared_error(z: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    votes = classes.is_floating_point()
    targets = _shares(classes) if votes else functional.one_hot(classes, z.shape[-1])
    return 0.5 * (torch.sigmoid(z) - targets).square().sum(-1)


def _shares(votes: torch.Tensor) -> torch.Tensor:
    return votes / votes.sum(-1, keepdim=True)


def _dirichlet_multinomial(z: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """-ln p = -[lnG(A) + lnG(N + 1) - lnG(N + A) + sum lnG(k + a) - lnG(a) - lnG(k + 1)]."""
    if not classes.is_floating_point():
        return _cross_entropy(z, classes)  # of one vote
    # differences of large logarithms: in float64 where the device has it
    wide = torch.float32 if z.device.type == "mps" else torch.float64
    a, k = z.to(wide).exp(), classes.to(wide)
    total, n = a.sum(-1), k.sum(-1)
    of_all = torch.lgamma(total) + torch.lgamma(n + 1) - torch.lgamma(n + total)
    each = torch.lgamma(k + a) - torch.lgamma(a) - torch.lgamma(k + 1)
    return -(of_all + each.sum(-1)).to(z.dtype)


LOSSES = {
    "cross_entropy": Loss(_cross_entropy, lambda z: z, lambda z: torch.softmax(z, -1)),
    # o / sum(o) through logarithms: it stays finite where every output underflows to 0.
    "squared_error": Loss(
        _squared_error, torch.sigmoid, lambda z: torch.softmax(functional.logsigmoid(z), -1)
    ),
    "dirichlet_multinomial": Loss(
        _dirichlet_multinomial, torch.exp, lambda z: torch.softmax(z, -1)
    ),
}
