"""Light curves as they come in: every accepted form, what is left out, and what is refused."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from astronn.errors import AstronnError
from astronn.inputs.light_curves import Curves, check_curves

A = np.array([[3.0, 10.0, 0.1], [1.0, 11.0, 0.2]])
B = np.array([[5.0, 12.0, 0.3]])


def flat(**changes):
    fields = {
        "offsets": np.array([0, 2, 2, 3]),
        "time_days": np.array([1.0, 3.0, 5.0]),
        "magnitude": np.array([11.0, 10.0, 12.0], np.float32),
        "error": np.array([0.2, 0.1, 0.3], np.float32),
        "band": np.zeros(3, np.int8),
    }
    return SimpleNamespace(**fields | changes)


@pytest.mark.parametrize(
    "X",
    [
        [A, np.empty((0, 3)), B],
        [torch.from_numpy(A), torch.empty(0, 3), torch.from_numpy(B)],
        flat(),
    ],
)
def test_every_form_is_the_same_curves(X):
    curves = check_curves(X)
    assert curves.offsets.tolist() == [0, 2, 2, 3] and curves.counts.tolist() == [2, 0, 1]
    assert curves.time_days.tolist() == [1, 3, 5] and curves.magnitude.tolist() == [11, 10, 12]
    assert curves.error == pytest.approx([0.2, 0.1, 0.3]) and curves.band.tolist() == [0, 0, 0]


def test_epochs_without_time_or_magnitude_are_left_out_and_a_bad_error_is_not_known():
    curves = check_curves(
        flat(
            magnitude=np.array([np.nan, 10, 12]),
            time_days=np.array([1, np.inf, 5.0]),
            error=np.array([0.1, 0.1, -1]),
        )
    )
    assert curves.counts.tolist() == [0, 0, 1] and np.isnan(curves.error).all()


def test_two_columns_have_no_errors_and_four_have_bands():
    assert np.isnan(check_curves([A[:, :2]]).error).all()
    assert check_curves([np.column_stack([A, [1, 0]])]).band.tolist() == [0, 1]  # in order of time


def test_rows_of_curves_carry_their_periods_and_tables():
    curves = Curves.of(flat(), period_days=[1, np.nan, 3], scalar_features=[[1], [2], [3]])
    chosen = curves[[2, 0]]
    assert chosen.time_days.tolist() == [5, 1, 3]
    assert chosen.period_days.tolist() == [3, 1] and chosen.scalar_features.tolist() == [[3], [1]]
    assert len(curves[1]) == 1 and curves[np.array([False, False, True])].counts.tolist() == [1]


def test_curves_of_one_join_to_what_they_were():
    curves = Curves.of(flat(), period_days=[1, np.nan, 3])
    joined = check_curves([curves[i] for i in range(3)])
    assert (
        joined.offsets.tolist() == curves.offsets.tolist()
        and joined.time_days.tolist() == curves.time_days.tolist()
    )
    assert (
        joined.period_days == pytest.approx(curves.period_days, nan_ok=True)
        and joined.scalar_features is None
    )


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((3, 4)), r"X must be a list of arrays .*, not ndarray"),
        ([], r"X holds no light curve"),
        ([A, A[:, 0]], r"X\[1\] must be \(n_epochs, 2 to 4\), .* not \(2,\)"),
        ([A, A[:, :2]], r"X\[1\] must be .*, as many as X\[0\] has, not \(2, 2\)"),
        ([np.column_stack([A, [0, 0.5]])], r"the fourth column is the band, an integer from 0"),
        (
            [Curves.of([A]), Curves.of([A], period_days=[1.0])],
            r"some light curves have a period_days and others none",
        ),
        (flat(offsets=np.array([0, 2])), r"X: offsets must rise from 0 to the number of epochs, 3"),
        (
            flat(error=np.ones(2), band=np.array([0, -1, 0])),
            r"error must have one entry .*; band must be .*, not -1",
        ),
        (
            flat(period_days=np.zeros(3)),
            r"period_days must hold one finite number > 0 or NaN per light curve, \(3,\)",
        ),
        (
            flat(scalar_features=np.zeros((2, 1))),
            r"scalar_features must hold finite .*, \(3, F\), not \(2, 1\)",
        ),
    ],
)
def test_faults_are_named(X, message):
    with pytest.raises(AstronnError, match=message):
        check_curves(X)
