"""Posteriors against time: the table by hand, and a drawing that exists."""

import numpy as np

from reports.drawings import over_time

POSTERIORS = [
    np.array([[0.6, 0.4], [0.2, 0.8], [0.1, 0.9]]),
    np.array([[0.7, 0.3]]),
    np.empty((0, 2)),
]


def test_growth_counts_the_objects_that_have_so_many_epochs():
    """True classes 1, 0, 0. After one epoch: the first wrong (.4), the second right (.7). After
    two: only the first (.8).
    """
    one, two = over_time.growth(POSTERIORS, np.array([1, 0, 0]))
    assert one == (1, 2, 1, np.mean([0.4, 0.7])) and two == (2, 1, 1, 0.8)
    assert over_time.text([one, two], "stars").splitlines()[1].split() == [
        "1",
        "2",
        "0.500",
        "0.550",
    ]


def test_the_drawing_is_the_same_bytes_each_time(tmp_path):
    rows = over_time.growth(POSTERIORS, np.array([1, 0, 0]))
    example = over_time.Example(
        "star", "b", np.array([5.0, 6, 9]), np.array([12.0, 11, 12]), POSTERIORS[0]
    )
    for name in ("a.png", "b.png"):
        over_time.draw(
            tmp_path / name,
            examples=[example] * 4,
            classes=["a", "b"],
            rows=rows,
            title="simulated",
        )
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").stat().st_size > 10_000
