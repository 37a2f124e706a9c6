"""How often the intervals of a table hold the truth: simulated.

Run with: python -m pytest -m slow tests/reports/measures/test_coverage.py -s
"""

import numpy as np
import pytest

from astronn.statistics import metrics
from reports.confusion import ConfusionTable
from reports.measures import reliability, table_intervals
from reports.measures.statistics import of_table

CLASSES = ("a", "b", "c", "d", "e")
KEYS = ("accuracy", "balanced_accuracy", "macro_f1", "kappa", "quadratic_kappa", "matthews")
FUNCTIONS = {
    "accuracy": metrics.accuracy,
    "balanced_accuracy": metrics.balanced_accuracy,
    "macro_f1": metrics.macro_f1,
    "kappa": metrics.cohen_kappa,
    "quadratic_kappa": lambda C: metrics.cohen_kappa(C, weights="quadratic"),
    "matthews": metrics.matthews,
}


def totals(n, three):
    """Objects of five classes of unequal size, the last of three objects or of a share of .15."""
    last = 3 if three else round(0.15 * n)
    shares = np.array([0.2, 0.2, 0.4, 0.2])
    found = np.round(shares * (n - last)).astype(int)
    found[2] += n - last - found.sum()
    return np.append(found, last)


def chances(accuracy):
    """Cells of a row by class: errors fall to a fifth with every further class."""
    apart = np.abs(np.arange(5)[:, None] - np.arange(5))
    wrong = np.where(apart > 0, 0.2 ** (apart - 1.0), 0)
    return (1 - accuracy) * wrong / wrong.sum(1, keepdims=True) + accuracy * np.eye(5)


def covered(n, accuracy, three, draws):
    """By statistic: the shares of draws in which the interval holds the truth, of those without a
    mark and of those with one (NaN where there is none), and of a percentile bootstrap."""
    rng, K = np.random.default_rng([n, int(100 * accuracy), three]), 5
    rows, P = totals(n, three), chances(accuracy)
    truth = {key: f(P * rows[:, None]) for key, f in FUNCTIONS.items()}
    marked, held, old = ({key: [] for key in KEYS} for _ in range(3))
    for i in range(draws):
        C = np.stack([rng.multinomial(rows[k], P[k]) for k in range(K)])
        table = ConfusionTable.from_counts("x", "X", "network", CLASSES, C)
        found = of_table(table, ordered=True, seed=(i,)).values
        boot = rng.multinomial(n, C.ravel() / n, 300).reshape(-1, K, K)
        for key in KEYS:
            one = found[key]
            (marked if one.few else held)[key].append(one.low <= truth[key] <= one.high)
            low, high = np.quantile(FUNCTIONS[key](boot), [0.025, 0.975])
            old[key].append(low <= truth[key] <= high)
    mean = lambda values: float(np.mean(values)) if values else float("nan")  # noqa: E731
    return {key: (mean(held[key]), mean(marked[key]), mean(old[key])) for key in KEYS}


@pytest.mark.slow
@pytest.mark.parametrize("three", [False, True])
@pytest.mark.parametrize("accuracy", [0.6, 0.85, 0.97])
@pytest.mark.parametrize("n", [60, 100, 300])
def test_an_interval_without_a_mark_covers(n, accuracy, three):
    found = covered(n, accuracy, three, 1000)
    words = "  ".join(f"{k} {a:.3f} marked {b:.3f} boot {c:.3f}" for k, (a, b, c) in found.items())
    print(f"\nn = {n}, accuracy {accuracy}, a class of three: {three}: {words}")
    for key, (plain, _, _) in found.items():
        assert np.isnan(plain) or plain >= 0.93 - 2 * np.sqrt(0.93 * 0.07 / 1000), key


def drawn_groups(n_groups, rng, lognormal, accuracy, spread=0.7):
    """The confusion tables of groups, (G, 5, 5), each with its own chance of being right and mix of
    classes."""
    n = np.full(n_groups, 30)
    if lognormal:
        n = np.maximum(2, np.round(30 * np.exp(rng.normal(0, 0.8, n_groups) - 0.32)).astype(int))
    logit = np.log(accuracy / (1 - accuracy)) + rng.normal(0, spread, n_groups)
    mix = rng.dirichlet([1.5, 1.5, 3, 2, 2], n_groups)
    return np.stack(
        [
            [rng.multinomial(c, row) for c, row in zip(rng.multinomial(n[g], mix[g]), P)]
            for g, P in enumerate(chances(1 / (1 + np.exp(-x))) for x in logit)
        ]
    )


@pytest.mark.slow
@pytest.mark.parametrize("lognormal", [False, True])
@pytest.mark.parametrize("accuracy", [0.6, 0.9])
@pytest.mark.parametrize("n_groups", [5, 10, 20, 60])
def test_an_interval_of_groups_covers(n_groups, accuracy, lognormal):
    """At least .93 for groups of one size; unequal ones that count as fewer than twenty carry a
    warning on the page and are held to .89."""
    rng = np.random.default_rng([n_groups, int(100 * accuracy), lognormal])
    population = drawn_groups(8000, rng, lognormal, accuracy).sum(0)
    keys = [key for key in KEYS if key != "accuracy"]
    hits, draws = dict.fromkeys(keys, 0), 600
    for _ in range(draws):
        tables = drawn_groups(n_groups, rng, lognormal, accuracy)
        found = table_intervals.of_groups(tables, {key: FUNCTIONS[key] for key in keys})
        for key in keys:
            low, high = found[key]
            hits[key] += low <= float(FUNCTIONS[key](population)) <= high
    words = "  ".join(f"{key} {hits[key] / draws:.3f}" for key in keys)
    print(f"\n{n_groups} groups, accuracy {accuracy}, unequal {lognormal}: {words}")
    least = 0.89 if lognormal and n_groups <= 20 else 0.93
    assert min(hits.values()) / draws >= least - 2 * np.sqrt(0.93 * 0.07 / draws)


def test_a_bootstrap_collapses_where_the_posterior_holds():
    """60 objects at an accuracy of .97."""
    found = covered(60, 0.97, False, 150)
    assert found["kappa"][0] > 0.9 > found["kappa"][2]


def test_the_error_of_a_perfect_classifier_is_what_noise_alone_gives():
    """500 objects of three classes, labels drawn from the posteriors: the mean over 60 draws, whose
    own error is a twentieth of it."""
    rng, found, noise, inside = np.random.default_rng(1), [], [], 0
    for i in range(60):
        logits = rng.normal(0, 1.5, (500, 3))
        P = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        labels = np.array(list("abc"))[(rng.random((500, 1)) > P.cumsum(1)).sum(1)]
        bins = reliability.reliability(labels, P, "abc")
        found.append(reliability.calibration_error(bins))
        noise.append(reliability.noise_alone(bins))
        inside += reliability.calibration_error_interval(bins, (i,), 200)[0] == 0.0
    assert np.mean(noise) == pytest.approx(np.mean(found), rel=0.12)
    assert inside >= 53  # of 60; 95 per cent are meant
