"""Imputation, flags, scaling, and the validation part."""

import numpy as np
import pytest

from astronn.errors import AstronnError
from astronn.inputs.normaliser import Normaliser, stratified_parts


def test_standard_columns_get_zero_mean_and_unit_variance():
    table = np.random.default_rng(0).normal(5, 3, (1000, 4))
    out = Normaliser.learn(table, "standard").transform(table)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(out.std(0), 1, rtol=1e-6)


def test_robust_columns_are_counted_from_the_median_in_quartiles_and_clipped():
    """Of 0, 1, ... 8 the median is 4 and the quartiles are 2 and 6."""
    table = np.arange(9.0)[:, None]
    z = (table - 4) * 1.349 / 4
    out = Normaliser.learn(table).transform(table)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, z / np.sqrt(1 + (z / 4) ** 2), rtol=1e-6)


@pytest.mark.parametrize("wild", [-999.0, 1e30, -1e300])
def test_no_wild_value_moves_a_robust_column_or_goes_beyond_the_clip(wild):
    table = np.random.default_rng(0).normal(5, 3, (1000, 1))
    other = table.copy()
    other[0] = wild
    out = Normaliser.learn(other).transform(other)
    assert out[0] == pytest.approx(np.sign(wild) * 4, abs=2e-3)
    assert np.abs(out - Normaliser.learn(table).transform(table))[1:].max() < 0.01


def test_where_quartiles_are_one_half_the_range_is_the_scale_and_missing_values_do_not_count():
    table = np.array([[0.0]] * 8 + [[1.0], [np.nan]])
    normaliser = Normaliser.learn(table)
    assert (normaliser.mean, normaliser.scale) == (0, 0.5)
    few = Normaliser.learn(np.array([[np.nan]] * 50 + [[k] for k in range(9)]))
    assert (few.mean, few.scale) == (4, pytest.approx(4 / 1.349))
    assert few.transform([[np.nan]]).tolist() == [[0.0, 1.0]]


def test_arrays_of_version_0_1_0_have_no_clip_and_are_the_standard_kind():
    table = np.random.default_rng(0).normal(5, 3, (50, 2))
    arrays = Normaliser.learn(table, "standard").arrays()
    assert not np.isfinite(arrays.pop("clip"))
    old = Normaliser(**arrays)
    np.testing.assert_allclose(old.transform(table), (table - table.mean(0)) / table.std(0), 1e-5)


def test_missing_values_become_the_training_median_and_raise_a_flag():
    normaliser = Normaliser.learn(np.array([[0.0, 1.0], [2.0, np.nan], [4.0, 3.0], [6.0, 8.0]]))
    assert normaliser.flagged.tolist() == [1]
    out = normaliser.transform(np.array([[3.0, np.nan], [3.0, 3.0]]))  # the median of 1, 3, 8 is 3
    np.testing.assert_array_equal(out[0, :2], out[1, :2])
    assert out[:, 2].tolist() == [1.0, 0.0]


def test_a_value_missing_only_later_is_imputed_without_a_flag():
    normaliser = Normaliser.learn(np.array([[1.0], [2.0], [6.0]]))
    assert normaliser.n_outputs == 1
    np.testing.assert_allclose(normaliser.transform([[np.nan]]), normaliser.transform([[2.0]]))


def test_a_column_that_is_never_measured_carries_nothing():
    normaliser = Normaliser.learn(np.array([[np.nan, 1.0], [np.nan, 2.0]]))
    assert normaliser.flagged.size == 0
    assert normaliser.transform([[np.nan, 1.5], [7.0, 1.5]])[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 + 0.1, 1e-300])
def test_a_constant_column_becomes_zero(value):
    out = Normaliser.learn(np.full((7, 1), value)).transform(np.full((3, 1), value))
    np.testing.assert_allclose(out, 0, atol=1e-6)


def test_another_number_of_columns():
    with pytest.raises(
        AstronnError, match=r"table has shape \(1, 2\), but the normaliser was learned on 3 columns"
    ):
        Normaliser.learn(np.eye(3)).transform([[1.0, 2.0]])


def test_the_validation_part_is_stratified_and_disjoint():
    codes = np.repeat([0, 1, 2], [100, 50, 3])
    kept, aside = stratified_parts(codes, np.random.default_rng(0).permutation(153), 0.2)
    assert np.bincount(codes[aside]).tolist() == [20, 10, 1]
    assert sorted([*kept, *aside]) == list(range(153))


def test_no_class_is_set_aside_whole():
    kept, aside = stratified_parts(np.array([0, 0, 1]), np.arange(3), 0.99)
    assert (kept.tolist(), aside.tolist()) == ([0, 2], [1])


def test_an_empty_validation_part():
    with pytest.raises(
        AstronnError, match=r"validation_fraction 0.1 of 4 objects sets none aside; raise it or"
    ):
        stratified_parts(np.array([0, 0, 1, 1]), np.arange(4), 0.1)
