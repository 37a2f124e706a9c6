"""How often a network sees its training objects where nobody says it."""

import numpy as np
import pytest

from astronn import FeedforwardClassifier
from astronn.classifiers import feedforward


@pytest.mark.parametrize(
    "n, epochs", [(1, 100), (30_000, 100), (60_000, 50), (300_000, 10), (500_000, 6), (10**7, 6)]
)
def test_usual_epochs(n, epochs):
    assert feedforward.usual_epochs(n) == epochs


def test_the_usual_epochs_are_trained_and_the_rate_falls_within_them(monkeypatch):
    """The same bytes as where so many are asked for."""
    monkeypatch.setattr(feedforward, "LOOKS", 1200)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 3)), rng.integers(0, 2, 100)
    usual = FeedforwardClassifier((4,), ensemble_size=1, random_state=0, device="cpu").fit(X, y)
    asked = FeedforwardClassifier(
        (4,), ensemble_size=1, max_epochs=12, random_state=0, device="cpu"
    ).fit(X, y)
    assert len(usual.history_.loss) == 12 and usual.max_epochs is None
    assert np.array_equal(usual.predict_proba(X), asked.predict_proba(X))
