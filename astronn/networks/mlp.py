"""The feedforward network: z(l) = f(z(l-1)) W(l) + b(l), with f applied between layers and not
after the last.

Rumelhart, Hinton & Williams (1986, Nature 323, 533) for the architecture and its training by
backpropagation; Glorot & Bengio (2010, AISTATS, eq. 16) for the starting weights. Several networks
("members") of one shape are one module whose weights carry a leading axis, so that M networks cost
one batched matrix product and not M separate ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn

from astronn.errors import unknown


class Activation(NamedTuple):
    """A hidden unit's transfer function and the factor on Glorot's starting weights that keeps its
    variance.
    """

    function: Callable[[torch.Tensor], torch.Tensor]
    gain: float


ACTIVATIONS = {
    "tanh": Activation(torch.tanh, 1.0),
    "logistic": Activation(torch.sigmoid, 4.0),  # its slope at 0 is 1/4
    "relu": Activation(torch.relu, 2.0**0.5),
    "gelu": Activation(nn.functional.gelu, 2.0**0.5),
    "silu": Activation(nn.functional.silu, 2.0**0.5),
    "identity": Activation(nn.Identity(), 1.0),
}


@dataclass(frozen=True)
class FeedforwardConfig:
    """The shape of a feedforward network, for example 13:13:5 as ``FeedforwardConfig(13, (13,),
    5)``.
    """

    n_inputs: int
    hidden_layers: tuple[int, ...]  # () is a linear classifier
    n_outputs: int
    activation: str = (
        "tanh"  # smooth and bounded: an outlying object cannot dominate a small network
    )
    members: int = 1  # networks of this shape, side by side

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units in each layer, the inputs first."""
        return (self.n_inputs, *self.hidden_layers, self.n_outputs)


class Feedforward(nn.Module):
    """``members`` networks of one shape: inputs (B, F) or (M, B, F) -> outputs (M, B, K) before any
    loss's non-linearity.
    """

    def __init__(self, config: FeedforwardConfig) -> None:
        super().__init__()
        if config.activation not in ACTIVATIONS:
            raise unknown("activation", config.activation, ACTIVATIONS)
        self.config = config
        layers = list(zip(config.sizes[:-1], config.sizes[1:]))
        self.weights = nn.ParameterList(torch.zeros(config.members, a, b) for a, b in layers)
        self.biases = nn.ParameterList(torch.zeros(config.members, 1, b) for _, b in layers)

    @torch.no_grad()
    def start(self, generators: Sequence[torch.Generator]) -> None:
        """Draw the starting weights, member m's from generators[m]: uniform in +-gain sqrt(6 / (fan
        in + fan out)).
        """
        for layer, weight in enumerate(self.weights):
            gain = (
                ACTIVATIONS[self.config.activation].gain if layer < len(self.weights) - 1 else 1.0
            )
            bound = gain * (6.0 / (weight.shape[1] + weight.shape[2])) ** 0.5
            for member, generator in zip(weight, generators, strict=True):
                member.copy_(torch.empty(member.shape).uniform_(-bound, bound, generator=generator))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        function = ACTIVATIONS[self.config.activation].function
        z = x.expand(self.config.members, -1, -1) if x.ndim == 2 else x  # (M, B, F)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            z = torch.baddbmm(
                bias, function(z) if layer else z, weight
            )  # (M, B, units of this layer)
        return z

    def penalty(self) -> torch.Tensor:
        """Half the sum of squared weights of each member, biases left out: (M,)."""
        return 0.5 * sum(weight.square().sum(dim=(1, 2)) for weight in self.weights)
