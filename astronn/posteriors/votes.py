"""What a network says of votes that people have not cast yet, and how right it was.

M networks with concentrations a (N, M, K) say that the votes of object i are drawn from the mean of
M Dirichlet-multinomial distributions (Walmsley et al. 2020, MNRAS 491, 1554, section 3). The votes
for one class among n are then beta-binomial."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln, logsumexp, xlogy

from astronn.errors import AstronnError


def log_probability(votes: ArrayLike, concentrations: ArrayLike) -> np.ndarray:
    """ln p of the votes of each object under the mean of M Dirichlet-multinomial distributions.

    Parameters
    ----------
    votes : (N, K) counts >= 0.
    concentrations : (N, M, K), or (N, K) of one network, > 0.

    Returns
    -------
    (N,) float64, 0 for an object without votes.

    Raises
    ------
    AstronnError : shapes that do not belong together.
    """
    k, a = _checked(votes, concentrations)
    total, n = a.sum(-1), k.sum(-1)
    of_all = gammaln(total) + gammaln(n + 1) - gammaln(n + total)
    each = gammaln(k + a) - gammaln(a) - gammaln(k + 1)
    return logsumexp(of_all + each.sum(-1), axis=1) - np.log(a.shape[1])


def multinomial_log_probability(votes: ArrayLike, posteriors: ArrayLike) -> np.ndarray:
    """ln p of the votes of each object where each is drawn from its posteriors alone.

    Parameters
    ----------
    votes : (N, K) counts >= 0.
    posteriors : (N, K), rows summing to 1.

    Returns
    -------
    (N,) float64; -inf where a class with votes has posterior 0.
    """
    k, p = np.asarray(votes, dtype=float), np.asarray(posteriors, dtype=float)
    return gammaln(k.sum(-1) + 1) + (xlogy(k, p) - gammaln(k + 1)).sum(-1)


def count_distribution(concentrations: ArrayLike, n_votes: int) -> np.ndarray:
    """p[i, k, c], the probability that c of ``n_votes`` people see class k in object i.

    Parameters
    ----------
    concentrations : (N, M, K), or (N, K) of one network, > 0.
    n_votes : how many people are asked.

    Returns
    -------
    (N, K, n_votes + 1) float64, summing to 1 over the last axis.
    """
    a = _stacked(concentrations)[..., None]  # (N, M, K, 1)
    others, c = a.sum(-2, keepdims=True) - a, np.arange(n_votes + 1)
    ways = gammaln(n_votes + 1) - gammaln(c + 1) - gammaln(n_votes - c + 1)
    return np.exp(ways + betaln(c + a, n_votes - c + others) - betaln(a, others)).mean(1)


def count_intervals(
    concentrations: ArrayLike, n_votes: int, level: float = 0.9
) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest count of each class that the central interval holds.

    Counts are whole, so that an interval holds at least ``level``, of few votes clearly more.

    Parameters
    ----------
    concentrations : (N, M, K), or (N, K) of one network, > 0.
    n_votes : how many people are asked.
    level : probability that an interval should hold at least, in (0, 1).

    Returns
    -------
    low, high : (N, K) int64 each.
    """
    below, tail = count_distribution(concentrations, n_votes).cumsum(-1), (1 - level) / 2
    return (below > tail).argmax(-1), (below >= 1 - tail - 1e-9).argmax(-1)


def _stacked(concentrations: ArrayLike) -> np.ndarray:
    a = np.asarray(concentrations, dtype=float)
    return a[:, None] if a.ndim == 2 else a


def _checked(votes: ArrayLike, concentrations: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Votes (N, 1, K) and concentrations (N, M, K)."""
    k, a = np.asarray(votes, dtype=float), _stacked(concentrations)
    if k.ndim != 2 or a.ndim != 3 or (len(k), k.shape[1]) != (len(a), a.shape[2]):
        raise AstronnError(
            f"votes have the shape {k.shape}, concentrations {a.shape}; give (N, K) and (N, M, K)"
        )
    return k[:, None], a
