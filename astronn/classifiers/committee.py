"""A committee: many small networks trained at once as one batched computation, what they say
together and where they differ.

Members see the same batches and differ in their starting weights (an ensemble in the sense of
Lakshminarayanan, Pritzel & Blundell 2017, NIPS, arXiv:1612.01474). Their disagreement is the part
of the uncertainty that more training objects would remove, beside the overlap of the classes, which
they would not: Houlsby et al. 2011, arXiv:1112.5745, eq. 2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from astronn import options
from astronn.classifiers.feedforward import RULES, FeedforwardClassifier
from astronn.training.losses import LOSSES


@dataclass(frozen=True)
class Opinion:
    """What M networks say of N objects; rows in the order of the objects, columns in that of the
    classes, float32.
    """

    posteriors: np.ndarray  # (N, K), mean over members
    spread: np.ndarray  # (N, K), standard deviation over members (divided by M); 0 where all agree
    entropy: np.ndarray  # (N,), nats, of the mean posterior: from 0 to ln K
    disagreement: (
        np.ndarray
    )  # (N,), nats, entropy of the mean minus mean entropy of the members; 0 where all agree
    dissent: (
        np.ndarray
    )  # (N,), fraction of members whose most probable class is not the committee's

    def __len__(self) -> int:
        return len(self.posteriors)


def opinion(member_posteriors: np.ndarray | torch.Tensor) -> Opinion:
    """The Opinion of members' posteriors (M, N, K), each row summing to 1; one member agrees with
    itself.
    """
    return _unpacked(_packed(torch.as_tensor(member_posteriors)).cpu().numpy())


class CommitteeClassifier(FeedforwardClassifier):
    """``n_networks`` feedforward networks at once: posterior = mean over members; ``opinion(X)``
    says how far they differ.

    Options are those of FeedforwardClassifier, with other defaults, chosen by cross-validation
    inside training parts of OpenNGC. Threads share the members out where they are small enough for
    astronn.training.compiled.descent."""

    rules = RULES | {"n_networks": options.whole(2)}

    def __init__(
        self,
        hidden_layers: tuple[int, ...] = (13,),
        *,
        n_networks: int = 100,
        activation: str = "relu",
        loss: str = "cross_entropy",
        weight_decay: float | None = 0.003,
        optimizer: str = "adam",
        learning_rate: float = 0.02,
        batch_size: int = 200,
        max_epochs: int = 200,
        early_stopping: bool = False,
        validation_fraction: float = 0.15,
        patience: int = 20,
        class_weight: Mapping | str | None = None,
        device: str | torch.device = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            hidden_layers,
            activation=activation,
            loss=loss,
            weight_decay=weight_decay,
            optimizer=optimizer,
            learning_rate=learning_rate,
            batch_size=batch_size,
            max_epochs=max_epochs,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            patience=patience,
            class_weight=class_weight,
            n_networks=n_networks,
            device=device,
            random_state=random_state,
            verbose=verbose,
        )

    def member_posteriors(self, X: Any) -> np.ndarray:
        """The posteriors of each member, (M, N, K) float32; ``opinion`` needs M times less
        memory.
        """
        posteriors = LOSSES[self.loss].posteriors
        return self._classify(X, lambda z: posteriors(z).transpose(0, 1)).swapaxes(0, 1)

    def opinion(self, X: Any) -> Opinion:
        """Mean, spread and disagreement of the members on X (N, F), in one pass and in blocks of
        rows.
        """
        posteriors = LOSSES[self.loss].posteriors
        return _unpacked(self._classify(X, lambda z: _packed(posteriors(z))))


def _packed(P: torch.Tensor) -> torch.Tensor:
    """(M, n, K) -> (n, 2 K + 3): mean, spread, entropy, disagreement, dissent side by side."""
    mean, spread = P.mean(0), P.std(0, correction=0)  # (n, K)
    entropy = torch.special.entr(mean).sum(-1)
    disagreement = (entropy - torch.special.entr(P).sum(-1).mean(0)).clamp_min(
        0
    )  # below 0 by rounding alone
    dissent = (P.argmax(-1) != mean.argmax(-1)).to(P.dtype).mean(0)
    return torch.cat([mean, spread, torch.stack([entropy, disagreement, dissent], 1)], 1)


def _unpacked(table: np.ndarray) -> Opinion:
    n_classes = (table.shape[1] - 3) // 2
    mean, spread, numbers = np.split(table, [n_classes, 2 * n_classes], axis=1)
    return Opinion(mean, spread, *numbers.T)
