"""Numbers of other packages beside ours, one golden case each: statsmodels, netcal, crepes.

They are no dependencies: a test whose package is absent is skipped. Run them all with
pip install -e '.[bench]'."""

import numpy as np
import pytest

from astronn.posteriors.conformal import ConformalSets
from astronn.statistics import metrics, significance
from reports.measures import reliability

CLASSES = ("a", "b", "c")
WHY = "a peer, no dependency: pip install -e '.[bench]'"


def posteriors(n, seed):
    """Posteriors (N, 3) that are surer than they should be, and labels drawn from milder ones."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.5, (n, 3))
    P = np.exp(1.6 * logits) / np.exp(1.6 * logits).sum(1, keepdims=True)
    mild = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = (rng.random((n, 1)) > mild.cumsum(1)).sum(1)
    return P, np.array(CLASSES)[labels]


def test_mcnemar_and_holm_are_those_of_statsmodels():
    tables = pytest.importorskip("statsmodels.stats.contingency_tables", reason=WHY)
    several = pytest.importorskip("statsmodels.stats.multitest", reason=WHY)
    for b, c in [(121, 59), (9, 4), (0, 7)]:
        found = significance.mcnemar(b, c)
        exact = found.method == "exact"
        peer = tables.mcnemar([[50, b], [c, 30]], exact=exact, correction=False)
        assert found.p_value == pytest.approx(peer.pvalue, rel=1e-12)
    p = [0.01, 0.04, 0.03, 0.2]
    assert significance.holm(p) == pytest.approx(several.multipletests(p, method="holm")[1])


def test_wilson_and_kappa_are_those_of_statsmodels():
    proportion = pytest.importorskip("statsmodels.stats.proportion", reason=WHY)
    raters = pytest.importorskip("statsmodels.stats.inter_rater", reason=WHY)
    peer = proportion.proportion_confint(2254, 3517, method="wilson")
    assert metrics.wilson_interval(2254, 3517) == pytest.approx(peer, rel=1e-12)
    C = np.array([[203, 77, 25], [109, 229, 240], [12, 85, 1281]])
    assert metrics.cohen_kappa(C) == pytest.approx(raters.cohens_kappa(C).kappa, rel=1e-12)


def test_the_calibration_error_is_that_of_netcal():
    peers = pytest.importorskip("netcal.metrics", reason=WHY)
    P, labels = posteriors(3000, 0)
    codes = np.searchsorted(CLASSES, labels)
    ours = reliability.calibration_error(reliability.reliability(labels, P, CLASSES, bins=10))
    assert ours == pytest.approx(peers.ECE(10).measure(P, codes), rel=1e-9)


def test_conformal_sets_are_those_of_crepes():
    """Not smoothed: a class is in the set when its p value exceeds alpha; scores do not tie."""
    crepes = pytest.importorskip("crepes", reason=WHY)
    extras = pytest.importorskip("crepes.extras", reason=WHY)
    (P, y), (Q, _) = posteriors(400, 1), posteriors(1000, 2)
    peer = crepes.ConformalClassifier().fit(extras.hinge(P, np.array(CLASSES), y))
    sets = peer.predict_set(extras.hinge(Q), confidence=0.9, smoothing=False)
    ours = ConformalSets(CLASSES, score="lac", alpha=0.1).fit(P, y).predict(Q)
    assert np.array_equal(ours, np.asarray(sets, bool)) and 1 < ours.sum(1).mean() < 3
