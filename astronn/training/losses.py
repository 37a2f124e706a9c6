"""What training minimises, and how a network's last layer z (..., K) becomes outputs and
posteriors.

``cross_entropy``: outputs z, posteriors softmax(z), loss -log p[class]; Bridle (1990,
Neurocomputing, 227). ``squared_error``: logistic outputs o = 1 / (1 + exp(-z)), one for each class,
loss sum_k (o_k - t_k)^2 / 2 with t = 1 for the class of the object and 0 for the others. Its
minimum over all functions is the posterior (Richard & Lippmann 1991, Neural Computation 3, 461), so
the outputs of a good fit sum to about 1; posteriors are o / sum(o)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch.nn import functional


class Loss(NamedTuple):
    """One training criterion; z is (..., K), classes are (...) int64, results have z's leading
    shape.
    """

    per_object: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]  # (z, classes) -> (...)
    outputs: Callable[[torch.Tensor], torch.Tensor]  # z -> (..., K), not normalised
    posteriors: Callable[[torch.Tensor], torch.Tensor]  # z -> (..., K), summing to 1


def _cross_entropy(z: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    flat = functional.cross_entropy(z.flatten(0, -2), classes.flatten(), reduction="none")
    return flat.view(classes.shape)


def _squared_error(z: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    targets = functional.one_hot(classes, z.shape[-1])
    return 0.5 * (torch.sigmoid(z) - targets).square().sum(-1)


LOSSES = {
    "cross_entropy": Loss(_cross_entropy, lambda z: z, lambda z: torch.softmax(z, -1)),
    # o / sum(o) through logarithms: it stays finite where every output underflows to 0.
    "squared_error": Loss(
        _squared_error, torch.sigmoid, lambda z: torch.softmax(functional.logsigmoid(z), -1)
    ),
}
