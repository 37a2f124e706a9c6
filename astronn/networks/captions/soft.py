"""Soft attention: the context is the expectation over places, and everything is differentiable.

Xu et al. (2015), section 4.2: the context z_t (eq. 6) is the expectation sum_i alpha_{t,i} a_i (eq.
13), times the gate beta_t = sigma(f_beta(h_{t-1})) of section 4.2.1; training may add the doubly
stochastic penalty (eq. 14)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from astronn import options
from astronn.networks.captions import _attention
from astronn.networks.captions._attention import Spoken
from astronn.networks.captions._gate import Gate

RULES = {"doubly": options.real(0, include_low=True), "gate": options.one_of([True, False])}


@dataclass(frozen=True)
class Config:
    """The options of soft attention."""

    # lambda of eq. 14; it wants every cell looked at, which few tokens over many cells cannot do
    doubly: float = 0.0
    gate: bool = True  # whether the context is multiplied by beta_t

    def attention(self, size: int, hidden: int) -> Attention:
        """An untrained one for annotation vectors of ``size`` and ``hidden`` numbers in a state."""
        return Attention(self, size, hidden)


class Attention(_attention.Attention):
    """Annotation vectors (B, L, D) and weights (B, W, L) -> context (B, W, D)."""

    name = "soft"

    def __init__(self, config: Config, size: int, hidden: int) -> None:
        super().__init__()
        self.config = config
        self.beta = Gate(hidden)

    def forward(
        self, annotations: torch.Tensor, weights: torch.Tensor, hidden: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The context, and the log probability of a drawn place, which is 0: none is drawn."""
        context = weights @ annotations
        if self.config.gate:
            context = self.beta(hidden) * context
        return context, torch.zeros_like(weights[..., 0])

    def losses(self, nll: torch.Tensor, spoken: Spoken, said: torch.Tensor) -> torch.Tensor:
        """-log p(y | x) + lambda sum_i (1 - sum_t alpha_{t,i})^2 (eq. 14) of each image, (B,);
        ``said`` (B, T) is True up to the end of its sequence.
        """
        looked = (spoken.weights * said.unsqueeze(2)).sum(1)  # (B, L)
        return nll.sum(1) + self.config.doubly * (1 - looked).square().sum(1)
