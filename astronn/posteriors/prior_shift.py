"""Posteriors where the mix of classes is not that of the training part; within a class the inputs
are assumed unchanged.

Saerens, Latinne & Decaestecker 2002, Neural Computation 14, 21. With priors pi_k in training and
pi'_k in the target, a posterior p_k becomes pi'_k / pi_k p_k, normalised (eq. 2.4); unknown pi' are
found from the target's own posteriors by expectation-maximisation, without a label (eq. 2.9).
Posteriors must be calibrated: the priors inherit their errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincc

from astronn.errors import AstronnError

TOLERANCE, MAX_STEPS = 1e-9, 100_000


@dataclass(frozen=True)
class ShiftedPriors:
    """The class mix of a target, found from N posteriors, and whether it differs from that of
    training.
    """

    priors: np.ndarray  # (K,), summing to 1
    steps: int  # of expectation-maximisation
    # of the difference to the training's priors, by the covariances of both; K - 1 degrees of
    # freedom
    chi2: float
    p_value: float  # that target and training have one mix


def shift(
    posteriors: ArrayLike, training_priors: ArrayLike, target_priors: ArrayLike
) -> np.ndarray:
    """q_k proportional to p_k pi'_k / pi_k, each row summing to 1 (eq. 2.4): (N, K) from posteriors
    (N, K), priors (K,).

    Priors are proportions or counts. A class that is absent in training (pi_k = 0) raises
    AstronnError: it has no posterior. A row whose classes are all absent in the target becomes NaN.
    """
    P = _table(posteriors)
    weighted = P * _ratio(P, training_priors, target_priors)
    with np.errstate(invalid="ignore"):
        return (weighted / weighted.sum(1, keepdims=True)).astype(P.dtype, copy=False)


def find_priors(
    posteriors: ArrayLike, training_priors: ArrayLike, n_training: int | None = None
) -> ShiftedPriors:
    """The priors of the target with the largest likelihood, by expectation-maximisation from
    posteriors (N, K) (eq. 2.9), and whether they differ from those of training.

    Each step takes for pi' the mean of the posteriors shifted to the last pi', until none moves by
    more than 1e-9. The likelihood has one maximum.

    Parameters
    ----------
    posteriors : array_like, shape (N, K)
        Calibrated posteriors of the target's objects, which count as independent.
    training_priors : array_like, shape (K,)
        Proportions or counts of training.
    n_training : int, optional
        Objects of training. Their mix is a sample, too: a test that takes it for exact rejects
        equal mixes far too often where the target is not much smaller. None: it is exact.

    Returns
    -------
    ShiftedPriors
        The priors, and Wald's test of their difference: its covariance is the inverse information
        of the target's likelihood plus that of the training multinomial.

    Raises
    ------
    AstronnError
        Without rows, or where the steps do not come to an end.
    """
    P, old = _table(posteriors).astype(float), _priors("training_priors", training_priors)
    if not len(P):
        raise AstronnError("priors cannot be found from no posteriors; give at least one object")
    density = P / _ratio(P, np.ones_like(old), old)  # p(x|k) up to a factor of x: (N, K)
    now = old
    moved, steps = np.inf, 0
    while moved > TOLERANCE:
        before, joint = now, density * now
        now = (joint / joint.sum(1, keepdims=True)).mean(0)
        moved, steps = np.abs(now - before).max(), steps + 1
        if steps > MAX_STEPS:
            raise AstronnError(
                f"priors still move by {moved:.1e} after {MAX_STEPS} steps; calibrate first"
            )
    chi2 = _wald(density, now, old, n_training)
    return ShiftedPriors(now, steps, chi2, float(gammaincc((len(old) - 1) / 2, chi2 / 2)))


def _wald(density: np.ndarray, new: np.ndarray, old: np.ndarray, n_training: int | None) -> float:
    """The squared difference of the priors in units of its covariance, the last class following
    from the others; the information is taken at the training's priors, where they are one."""
    ratio = density / (density @ old)[:, None]  # (N, K)
    score = ratio[:, :-1] - ratio[:, -1:]  # d ln p(x) / d pi_k: (N, K - 1)
    covariance = np.linalg.pinv(score.T @ score)
    if n_training is not None:
        inner = old[:-1]
        covariance = covariance + (np.diag(inner) - np.outer(inner, inner)) / n_training
    step = (new - old)[:-1]
    return float(max(0.0, step @ np.linalg.pinv(covariance) @ step))


def _ratio(P: np.ndarray, training: ArrayLike, target: ArrayLike) -> np.ndarray:
    """target / training priors (K,), both proportions."""
    old, new = _priors("training_priors", training), _priors("target_priors", target)
    if not len(old) == len(new) == P.shape[1]:
        raise AstronnError(
            f"there are {len(old)} and {len(new)} priors for {P.shape[1]} classes; give one each a"
            " class"
        )
    if not (old > 0).all():
        raise AstronnError(
            f"training_priors must be above 0, got {old.tolist()}; leave out classes without"
            " training objects"
        )
    return new / old


def _priors(name: str, priors: ArrayLike) -> np.ndarray:
    given = np.asarray(priors, float)
    if given.ndim != 1 or not (given >= 0).all() or not 0 < given.sum() < np.inf:
        raise AstronnError(
            f"{name} must be proportions or counts >= 0, one each a class, got {given.tolist()}"
        )
    return given / given.sum()


def _table(posteriors: ArrayLike) -> np.ndarray:
    P = np.asarray(posteriors)
    P = P if P.dtype.kind == "f" else P.astype(float)
    if P.ndim != 2 or not ((P >= 0) & (P <= 1 + 1e-6)).all():
        rule = "probabilities (objects, classes)"
        raise AstronnError(
            f"posteriors must be {rule}, got the shape {P.shape} or values outside 0 to 1"
        )
    return P
