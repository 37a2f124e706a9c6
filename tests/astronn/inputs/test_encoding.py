"""Piecewise-linear encoding: closed forms, and what is missing."""

import numpy as np
import pytest

from astronn.errors import AstronnError
from astronn.inputs.encoding import PiecewiseLinear


def test_two_pieces_of_a_known_column():
    """0, 1, 9: pieces 0 to 1 and 1 to 9. 5 fills the first and half the second; 25 lies two widths
    beyond, 1 are let.
    """
    encoding = PiecewiseLinear.learn(np.array([[0.0], [1], [9]]), 2)
    assert encoding.transform([[0], [0.25], [5], [25], [-7]]) == pytest.approx(
        np.array([[0, 0], [0.25, 0], [1, 0.5], [1, 2], [-1, 0]]) - 0.5
    )


def test_missing_numbers_are_zero_everywhere_and_nothing_else_is():
    table = np.array([[0.0, 3], [1, np.nan], [2, 5], [3, 4]])
    encoded = PiecewiseLinear.learn(table, 3).transform(table)
    assert (
        not encoded[1, 3:].any()
        and encoded[[0, 2, 3], 3:].any(1).all()
        and np.isfinite(encoded).all()
    )


def test_constant_and_empty_columns_give_nothing():
    table = np.column_stack([np.full(5, 0.1), np.full(5, np.nan), np.arange(5.0)])
    encoding = PiecewiseLinear.learn(table, 4)
    assert encoding.column.tolist() == [2] * 4 and encoding.n_outputs == 4
    assert PiecewiseLinear.learn(table[:, :2], 4).transform(table[:, :2]).shape == (5, 0)


def test_heavy_tails_keep_their_order():
    values = np.random.default_rng(0).standard_cauchy(1000)[:, None]
    encoded = PiecewiseLinear.learn(values, 8).transform(values)
    order = encoded.sum(1)[np.argsort(values[:, 0])]
    assert (np.diff(order) >= -1e-6).all() and abs(encoded).max() <= 1.5


def test_another_width_is_refused_and_arrays_restore():
    encoding = PiecewiseLinear.learn(np.random.default_rng(0).random((9, 3)), 4)
    with pytest.raises(
        AstronnError, match=r"table has shape \(1, 2\), but the encoding was learned on 3 columns"
    ):
        encoding.transform([[0.0, 1.0]])
    again, table = (
        PiecewiseLinear.restored(encoding.arrays()),
        np.random.default_rng(1).random((4, 3)),
    )
    assert (again.transform(table) == encoding.transform(table)).all()
