"""An ensemble: many small networks trained at once as one batched computation, what they say
together and where they differ.

The networks see the same batches and differ in their starting weights (Lakshminarayanan, Pritzel &
Blundell 2017, NIPS, arXiv:1612.01474). The mutual information of class and network is the part of
the uncertainty that more training objects would remove, beside the overlap of the classes, which
they would not: Houlsby et al. 2011, arXiv:1112.5745, eq. 2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

import numpy as np
import torch

from astronn import options
from astronn.classifiers.feedforward import FeedforwardClassifier
from astronn.training.losses import LOSSES


@dataclass(frozen=True)
class EnsemblePrediction:
    """What M networks say of N objects, float32; per object in the order of the objects, per class
    in that of the classes.

    Attributes
    ----------
    posteriors : (N, K), mean over networks.
    spread : (N, K), standard deviation over networks (divided by M); 0 where all agree.
    entropy : (N,), nats, of the mean posterior: from 0 to ln K.
    mutual_information : (N,), nats, entropy of the mean minus mean entropy of the networks; 0 where
        all agree.
    dissent : (N,), fraction of networks whose most probable class is not the ensemble's.
    """

    posteriors: np.ndarray
    spread: np.ndarray
    entropy: np.ndarray
    mutual_information: np.ndarray
    dissent: np.ndarray

    def __len__(self) -> int:
        return len(self.posteriors)


def ensemble_prediction(member_posteriors: np.ndarray | torch.Tensor) -> EnsemblePrediction:
    """What networks with these posteriors say together.

    Parameters
    ----------
    member_posteriors : (M, N, K), each row summing to 1; one network agrees with itself.

    Returns
    -------
    An EnsemblePrediction of N objects.
    """
    return _unpacked(_packed(torch.as_tensor(member_posteriors)).cpu().numpy())


@options.declared
class EnsembleClassifier(FeedforwardClassifier):
    """``ensemble_size`` feedforward networks at once: posterior = mean over networks;
    ``predict_ensemble(X)`` says how far they differ.

    It is FeedforwardClassifier with other defaults, chosen by cross-validation inside training
    parts of OpenNGC. Threads share the networks out where they are small enough for
    astronn.training.compiled.descent.

    Attributes
    ----------
    As of FeedforwardClassifier.
    """

    old_methods: ClassVar[Mapping[str, str]] = {"opinion": "predict_ensemble"}

    hidden_layers: tuple[int, ...] = field(default=(13,), kw_only=False)
    ensemble_size: Annotated[int, options.whole(2)] = 100
    weight_decay: float | None = 0.003
    learning_rate: float = 0.02
    batch_size: int = 200
    max_epochs: int = 200

    def member_posteriors(self, X: Any) -> np.ndarray:
        """The posteriors of each network; ``predict_ensemble`` needs M times less memory.

        Parameters
        ----------
        X : (N, F), as for ``predict_proba``.

        Returns
        -------
        (M, N, K) float32.
        """
        posteriors = LOSSES[self.loss].posteriors
        return self._classify(X, lambda z: posteriors(z).transpose(0, 1)).swapaxes(0, 1)

    def predict_ensemble(self, X: Any) -> EnsemblePrediction:
        """What the networks say together and how far they differ, in one pass and in blocks.

        Parameters
        ----------
        X : (N, F), as for ``predict_proba``.

        Returns
        -------
        An EnsemblePrediction of N objects.

        Raises
        ------
        NotFittedError : before fit. ValueError : other features, or infinite values.
        """
        posteriors = LOSSES[self.loss].posteriors
        return _unpacked(self._classify(X, lambda z: _packed(posteriors(z))))


def _packed(P: torch.Tensor) -> torch.Tensor:
    """(M, n, K) -> (n, 2 K + 3): mean, spread, entropy, mutual information, dissent side by
    side.
    """
    mean, spread = P.mean(0), P.std(0, correction=0)  # (n, K)
    entropy = torch.special.entr(mean).sum(-1)
    # below 0 by rounding alone
    information = (entropy - torch.special.entr(P).sum(-1).mean(0)).clamp_min(0)
    dissent = (P.argmax(-1) != mean.argmax(-1)).to(P.dtype).mean(0)
    return torch.cat([mean, spread, torch.stack([entropy, information, dissent], 1)], 1)


def _unpacked(table: np.ndarray) -> EnsemblePrediction:
    n_classes = (table.shape[1] - 3) // 2
    mean, spread, numbers = np.split(table, [n_classes, 2 * n_classes], axis=1)
    return EnsemblePrediction(mean, spread, *numbers.T)
