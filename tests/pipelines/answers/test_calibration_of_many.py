"""Where a fold has enough objects to calibrate by, it is the only one that is left out."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from catalogs.catalogue import Catalogue
from catalogs.schemes import ClassScheme
from pipelines.answers import calibration, classifying


def objects(n: int) -> Catalogue:
    rng = np.random.default_rng(0)
    ids, labels = np.arange(n).astype(str), np.array(["a", "b"])[rng.integers(0, 2, n)]
    scheme = ClassScheme.from_mapping("own", {"classes": ["a", "b"], "ordered": False})
    frame, nowhere = pd.DataFrame(index=range(n)), np.full(n, np.nan)
    return Catalogue("made", ids, frame, (), labels, scheme, ids, nowhere, nowhere)


def test_one_fold_of_many_calibrates(monkeypatch):
    part, X = objects(200), np.random.default_rng(1).normal(size=(200, 2))
    every = calibration.out_of_fold(LogisticRegression(), X, part, seed=0)
    assert every is not None and np.isfinite(every).all()
    monkeypatch.setattr(calibration, "MANY", 40)
    one = calibration.out_of_fold(LogisticRegression(), X, part, seed=0)
    assert one is not None
    known = np.isfinite(one).all(axis=1)
    assert known.sum() == 40
    np.testing.assert_allclose(one[known], every[known], atol=1e-6)
    found = classifying._calibrator(
        SimpleNamespace(calibrate=True, seed=0), part, np.full(200, "train"), every,
        (one, part.labels),
    )  # fmt: skip
    assert found is not None and found.n == 40


def test_a_fold_that_is_too_small_is_one_of_five(monkeypatch):
    monkeypatch.setattr(calibration, "MANY", 41)
    part, X = objects(200), np.zeros((200, 1))
    found = calibration.out_of_fold(LogisticRegression(), X, part, seed=0)
    assert found is not None and np.isfinite(found).all()
