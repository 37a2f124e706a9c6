"""What columns tell of a label: information of one column in bins, and of several by a linear
discriminant, both cross-validated.

Theil's U = mean ln(p(class | columns) / p(class)) over the entropy of the labels: 0 for chance (a
little below, as it is cross-validated), 1 for a copy."""

from __future__ import annotations

import numpy as np

MIN_ROWS = 60
BINS, FEW, FOLDS = 30, 64, 5
# from its least to its largest value: the logarithm of such a column may matter, besides itself
SPAN = 10.0


def information(values: np.ndarray, label: np.ndarray) -> float:
    """U of one column, the larger one of all objects (a missing value is a bin of its own) and of
    those that know it.

    values: (N,) float64 with NaN, or text; label: (N,) int64 class numbers. -inf with fewer than
    MIN_ROWS objects."""
    known = np.isfinite(values) if values.dtype.kind == "f" else values != ""
    found = _uncertainty(_bins(values[known]), label[known])
    if known.all() or known.sum() == 0:
        return found
    with_missing = np.zeros(len(values), dtype=np.int64)
    with_missing[known] = _bins(values[known]) + 1
    return max(found, _uncertainty(with_missing, label))


def _bins(values: np.ndarray) -> np.ndarray:
    """The bin of each value, (N,) int64: its own for text and columns of few values, else one of
    BINS equally filled ones.
    """
    distinct, code = np.unique(values, return_inverse=True)
    if values.dtype.kind != "f" or len(distinct) <= FEW:
        return code
    count = max(2, min(BINS, len(values) // 20))
    edges = np.quantile(values, np.linspace(0.0, 1.0, count + 1)[1:-1])
    return np.searchsorted(edges, values, side="right")


def _uncertainty(code: np.ndarray, label: np.ndarray) -> float:
    """U of bins (N,): cross-validated over FOLDS, each bin's frequencies drawn to the whole's with
    the weight of K objects.
    """
    if len(code) < MIN_ROWS or len(np.unique(label)) < 2:
        return -np.inf
    n_bins, k = int(code.max()) + 1, int(label.max()) + 1
    fold = np.random.default_rng(len(code)).permutation(len(code)) % FOLDS
    counts = np.bincount((fold * n_bins + code) * k + label, minlength=FOLDS * n_bins * k).reshape(
        FOLDS, n_bins, k
    )
    whole = counts.sum(axis=0)
    log_ratio = np.empty(len(code))
    for i in range(FOLDS):
        train, test = whole - counts[i], fold == i
        prior = (train.sum(axis=0) + 0.5) / (train.sum() + 0.5 * k)  # (K,)
        posterior = (train + k * prior) / (train.sum(axis=1, keepdims=True) + k)  # (bins, K)
        log_ratio[test] = np.log(posterior[code[test], label[test]] / prior[label[test]])
    return float(log_ratio.mean() / _entropy(label))


def _entropy(label: np.ndarray) -> float:
    share = np.bincount(label) / len(label)
    share = share[share > 0]
    return float(-(share * np.log(share)).sum())


def with_logarithms(columns: list[np.ndarray]) -> tuple[np.ndarray, list[int]]:
    """The columns, and the logarithms of those that are positive and span more than a factor of
    SPAN (magnitudes go with the logarithm of an axis or a flux), standardised, (n, terms); and the
    number of the column that each term is made of.
    """
    terms = list(enumerate(columns))
    terms += [
        (i, np.log10(values))
        for i, values in terms
        if values.min() > 0.0 and values.max() > SPAN * values.min()
    ]
    return standardised(np.stack([values for _, values in terms], axis=1)), [i for i, _ in terms]


def standardised(matrix: np.ndarray) -> np.ndarray:
    """Columns less their mean over their standard deviation, (n, F); 0 for a constant one."""
    centred = matrix - matrix.mean(axis=0)
    scale = centred.std(axis=0)
    return centred / np.where(scale > 0.0, scale, 1.0)


def discriminant(matrix: np.ndarray, label: np.ndarray) -> float:
    """U of Fisher's linear discriminant with one covariance for all classes, cross-validated;
    matrix (n, F) standardised.
    """
    k = int(label.max()) + 1
    fold = np.random.default_rng(len(label)).permutation(len(label)) % FOLDS
    log_ratio = np.empty(len(label))
    for i in range(FOLDS):
        train, test = fold != i, fold == i
        x, y = matrix[train], label[train]
        counts = np.bincount(y, minlength=k)
        means = np.stack(
            [x[y == c].mean(axis=0) if counts[c] else np.zeros(x.shape[1]) for c in range(k)]
        )  # (K, F)
        within = x - means[y]
        covariance = within.T @ within / len(x) + 1e-6 * np.eye(
            x.shape[1]
        )  # a little ridge: formulas of others are allowed
        directions = np.linalg.solve(covariance, means.T)  # (F, K)
        prior = (counts + 0.5) / (len(x) + 0.5 * k)
        score = matrix[test] @ directions - 0.5 * (means.T * directions).sum(axis=0) + np.log(prior)
        score -= score.max(axis=1, keepdims=True)
        log_posterior = score - np.log(np.exp(score).sum(axis=1, keepdims=True))
        own = label[test]
        log_ratio[test] = log_posterior[np.arange(len(own)), own] - np.log(prior[own])
    return float(log_ratio.mean() / _entropy(label))
