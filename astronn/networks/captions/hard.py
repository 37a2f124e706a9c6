"""Hard attention: one place is drawn for every token, and trained by the reward that it earned.

Xu et al. (2015), section 4.1: s_t ~ Multinoulli(alpha_t) (eq. 8), z_t = a_{s_t} (eq. 9). The
gradient of the bound L_s on log p(y | a) (eqs. 10 and 11) is estimated from one draw (eq. 12, and
the learning rule that ends the section):

    d log p(y | s, a) / dW + lambda_r (log p(y | s, a) - b) d log p(s | a) / dW + lambda_e d H[s] /
    dW,

REINFORCE (Williams 1992, Machine Learning 8, 229) with a moving baseline b_k = 0.9 b_{k-1} + 0.1
log p(y | s_k, a). A share of the looks takes the expected context instead, which makes the estimate
less noisy; there it is drawn for a whole image, here for each look. The gate of section 4.2.1 is
there said of soft attention; the authors' own program has it in both kinds, and weights can go from
one kind to the other only if both have it. Out of training the most probable place is looked at.

From random weights this does not get off the ground: see astronn.classifiers.caption_start.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from astronn import options
from astronn.networks.captions import _attention
from astronn.networks.captions._attention import Spoken
from astronn.networks.captions._gate import Gate

MEMORY = 0.9  # of the baseline
RULES = {
    "reward": options.real(0, include_low=True),
    "entropy": options.real(0, include_low=True),
    "expected": options.real(0, 1, include_low=True),
    "gate": options.one_of([True, False]),
}


@dataclass(frozen=True)
class Config:
    """The options of hard attention."""

    reward: float = 1.0  # lambda_r
    entropy: float = 0.01  # lambda_e
    expected: float = (
        0.5  # share of the looks in training whose context is the expectation over places
    )
    gate: bool = True  # whether the context is multiplied by beta_t

    def attention(self, size: int, hidden: int) -> Attention:
        """An untrained one for annotation vectors of ``size`` and ``hidden`` numbers in a state."""
        return Attention(self, size, hidden)


class Attention(_attention.Attention):
    """Annotation vectors (B, L, D) and weights (B, W, L) -> context (B, W, D)."""

    name = "hard"
    baseline: torch.Tensor  # b
    steps: torch.Tensor  # how many values it is the mean of

    def __init__(self, config: Config, size: int, hidden: int) -> None:
        super().__init__()
        self.config = config
        self.beta = Gate(hidden)
        self.register_buffer("baseline", torch.zeros(()))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def forward(
        self, annotations: torch.Tensor, weights: torch.Tensor, hidden: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The context, and the log probability of the place that was drawn; 0 where the expectation
        was taken.
        """
        context, log_place = self._look(annotations, weights)
        return self.beta(hidden) * context if self.config.gate else context, log_place

    def _look(
        self, annotations: torch.Tensor, weights: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Before the gate."""
        if not self.training:
            return _at(annotations, weights.argmax(2)), torch.zeros_like(weights[..., 0])
        flat = weights.detach().flatten(0, 1)
        # torch.multinomial, draw by draw, without its look at the weights, for which a card waits
        places = (flat / torch.empty_like(flat).exponential_()).argmax(1).view(weights.shape[:2])
        log_place = weights.gather(2, places.unsqueeze(2)).squeeze(2).clamp_min(1e-12).log()
        drawn = torch.rand(weights.shape[:2], device=weights.device) >= self.config.expected
        context = torch.where(drawn.unsqueeze(2), _at(annotations, places), weights @ annotations)
        return context, torch.where(drawn, log_place, 0.0)

    def losses(self, nll: torch.Tensor, spoken: Spoken, said: torch.Tensor) -> torch.Tensor:
        """What has the gradient above, with the other sign, for each image: (B,); ``said`` (B, T)
        is True up to the end.
        """
        log_p = -nll.sum(1)
        reward = log_p.detach() - self.baseline
        weights = spoken.weights
        entropy = -(weights * weights.clamp_min(1e-12).log()).sum(2)  # H of each step, (B, T)
        chosen = (spoken.log_place * said).sum(1)
        self._learn_baseline(log_p.detach().mean())
        return (
            -log_p
            - self.config.reward * reward * chosen
            - self.config.entropy * (entropy * said).sum(1)
        )

    @torch.no_grad()
    def _learn_baseline(self, log_p: torch.Tensor) -> None:
        """b_k; the first is log_p itself."""
        self.baseline.copy_(
            torch.where(self.steps > 0, MEMORY * self.baseline + (1 - MEMORY) * log_p, log_p)
        )
        self.steps += 1


def _at(annotations: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """The annotation vectors at ``places`` (B, W): (B, W, D)."""
    return annotations.gather(1, places.unsqueeze(2).expand(-1, -1, annotations.shape[2]))
