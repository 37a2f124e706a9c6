"""What the kinds of attention share: what is handed to them, and what they give."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import torch
from torch import nn


class Spoken(NamedTuple):
    """What each of T steps gave."""

    logits: torch.Tensor  # (B, T, V + 1), of the tokens and of the end
    weights: torch.Tensor  # (B, T, L), alpha
    log_place: torch.Tensor  # (B, T), log probability of the place that was drawn, 0 where none was


class Attention(nn.Module):
    """Annotation vectors (B, L, D), weights (B, W, L) and hidden states (B, W, H) -> context (B, W,
    D), and the log probability (B, W) of the place that was drawn.
    """

    name: str  # that of the module, by which a saved network finds it
    config: Any  # the module's Config, a dataclass

    def losses(self, nll: torch.Tensor, spoken: Spoken, said: torch.Tensor) -> torch.Tensor:
        """What training minimises for each image, (B,).

        ``nll`` (B, T) is the negative log likelihood of each token, ``said`` (B, T) is True up to
        the end of a sequence."""
        raise NotImplementedError


class AttentionConfig(Protocol):
    """The options of one kind of attention, which make it."""

    def attention(self, size: int, hidden: int) -> Attention:
        """An untrained one for annotation vectors of ``size`` and ``hidden`` numbers in a state."""
