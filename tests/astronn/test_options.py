"""Option rules: what holds, what is reported."""

import pytest

from astronn import FeedforwardClassifier, options
from astronn.errors import AstronnError


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (options.whole(1), [1, 7], [0, 1.0, True, "1", None]),
        (options.real(0), [1e-9, 3], [0, -1.0, float("inf"), float("nan"), "x", True]),
        (options.real(0, 1), [0.5], [0, 1]),
        (options.real(0, include_low=True), [0, 0.1], [-1e-9]),
        (options.one_of(["a", "b"]), ["a"], ["c", None, 1]),
        (options.one_of([True, False]), [True, False], [1, 0, "yes"]),
        (options.sequence_of(options.whole(1)), [(), [3], (3, 4)], [3, (0,), "13", (1.5,)]),
    ],
)
def test_rules(rule, good, bad):
    assert all(rule.holds(value) for value in good)
    assert not any(rule.holds(value) for value in bad)


def test_all_faults_are_reported_at_once():
    model = FeedforwardClassifier(hidden_layers=13, activation="sine", weight_decay=-1)
    message = (
        r"hidden_layers must be a list.*not 13; activation.*'sine'; weight_decay.*>= 0, not -1"
    )
    with pytest.raises(AstronnError, match=message):
        model.fit([[0.0], [1.0]], [0, 1])
