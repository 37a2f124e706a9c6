"""What a network sees of a light curve: closed forms for steps, phases and standardisation; batches
of similar length.
"""

import numpy as np
import pytest
import torch
from curve_toys import pulses

from astronn.inputs.folding import CurvePreparation, Part
from astronn.inputs.light_curves import Curves
from astronn.training.light_curves import POINTS, blocks, buckets

PLAIN = {
    "folded": False,
    "cycles": 1,
    "harmonics": 1,
    "causal": False,
    "shift": True,
    "noise": 0.0,
} | {
    "scalar_features": True,
    "bins": 1,
}


def inputs(curves, lengths=None, draws=None, view=0.5, **how):
    """x, lengths, scalar features of all curves, prepared by their own numbers."""
    prepare = CurvePreparation.learn(curves, **PLAIN | how)
    store = prepare.store(curves, torch.device("cpu"))
    lengths = store.n_epochs if lengths is None else torch.tensor(lengths)
    return prepare, *prepare(store, Part(torch.arange(len(curves)), lengths, draws, view))


def test_days_magnitudes_and_errors_in_order_of_time():
    """Steps of 1 and 100 days: logs 0 and 2, mean 1, deviation 1. Magnitudes 10, 10, 13: mean 11,
    scale sqrt(2).
    """
    curves = Curves.of([np.array([[0, 10, 0.1], [1, 10, 0.1], [101, 13, 0.1]])])
    _, x, lengths, scalars = inputs(curves)
    assert x[0, :, 0] == pytest.approx([0, -1, 1], abs=1e-3)
    assert x[0, :, 1] == pytest.approx(np.array([-1, -1, 2]) / np.sqrt(2), rel=1e-5)
    assert x[0, :, 2] == pytest.approx([0, 0, 0], abs=1e-5)
    assert lengths.tolist() == [3] and scalars.shape == (
        1,
        0,
    )  # one curve: its numbers are constant


def test_a_fold_puts_epochs_in_order_of_phase():
    """A period of 2 days over times 0, 0.5, 2.25, 3: phases 0, 0.25, 0.125, 0.5, hence the order 0,
    2, 1, 3.
    """
    curves = Curves.of(
        [np.array([[0, 1, 1], [0.5, 3, 1], [2.25, 2, 1], [3, 4, 1.0]])], period_days=[2.0]
    )
    prepare, x, _, _ = inputs(curves, folded=True)
    assert x[0, :, 3].argsort().tolist() == [0, 1, 2, 3] and x.shape[2] == prepare.n_inputs == 5
    assert x[0, :, 0] == pytest.approx(
        4 * np.array([0, 0.125, 0.125, 0.25])
    )  # in mean steps: four to a turn
    assert x[0, :, 1] == pytest.approx(
        np.cos(2 * np.pi * np.array([0, 0.125, 0.25, 0.5])), abs=1e-6
    )
    assert x[0, :, 2] == pytest.approx(
        np.sin(2 * np.pi * np.array([0, 0.125, 0.25, 0.5])), abs=1e-6
    )


def test_a_shifted_fold_is_the_same_curve_begun_elsewhere():
    curves = Curves.of(
        [np.array([[0.1, 1, 1], [0.4, 2, 1], [0.6, 3, 1], [0.9, 4, 1.0]])], period_days=[1.0]
    )
    x = inputs(curves, folded=True, view=0.75)[
        1
    ]  # phases 0, 0.3, 0.5, 0.8 moved by 0.25: the last becomes the first
    assert x[0, :, 3].argsort().tolist() == [1, 2, 3, 0] and x[0, 0, 3] > x[0, 3, 3]
    assert torch.atan2(x[0, :, 2], x[0, :, 1]) % (2 * np.pi) / (2 * np.pi) == pytest.approx(
        [0.05, 0.25, 0.55, 0.75], abs=1e-6
    )


def test_a_curve_without_period_is_laid_out_once():
    curves = Curves.of(
        [np.column_stack([np.arange(5.0), np.arange(5.0), np.ones(5)])], period_days=[np.nan]
    )
    assert inputs(curves, folded=True)[1][0, :, 3].argsort().tolist() == [0, 1, 2, 3, 4]


def test_running_standardisation_knows_only_the_past():
    curves, _ = pulses(4)
    whole = inputs(curves, causal=True, scalar_features=False)[1]
    prepare = CurvePreparation.learn(curves, **PLAIN | {"causal": True, "scalar_features": False})
    cut = Curves.of(
        [
            np.column_stack([curves[i].time_days, curves[i].magnitude, curves[i].error])[:5]
            for i in range(4)
        ]
    )
    early = prepare(
        prepare.store(cut, torch.device("cpu")), Part(torch.arange(4), torch.full((4,), 5))
    )[0]
    assert torch.equal(whole[:, :5], early)


def test_running_mean_and_scale_in_closed_form():
    """After 10, 12: mean 11, scale 1, so the second epoch is one scale above the mean."""
    curves = Curves.of([np.array([[0, 10, 0.1], [1, 12, 0.1], [2, 17, 0.1]])])
    _, x, _, _ = inputs(curves, causal=True, scalar_features=False)
    assert x[0, :, 1] == pytest.approx(
        [0, 1, 4 / np.sqrt(26 / 3)], abs=1e-4
    )  # 17 - 13, variance of 10, 12, 17 = 26/3


def test_bands_are_standardised_apart_and_told_by_flags():
    curves = Curves.of([np.array([[0, 10, 1, 0], [1, 12, 1, 0], [2, 20, 1, 1], [3, 22, 1, 1.0]])])
    prepare, x, _, _ = inputs(curves)
    assert (
        x[0, :, 1] == pytest.approx([-1, 1, -1, 1], abs=1e-6)
        and x[0, :, 3:].tolist() == [[1, 0]] * 2 + [[0, 1]] * 2
    )
    assert (
        prepare.n_inputs == 5 and prepare.encoding.n_features == 3
    )  # a mean for each band, the scale


def test_fewer_points_are_spread_evenly_and_drawn_ones_stay_in_order():
    curves = Curves.of([np.column_stack([np.arange(100.0), np.arange(100.0), np.ones(100)])])
    level = curves.magnitude.std()
    taken = inputs(curves, lengths=[10])[1][0, :, 1] * level + 49.5
    assert taken == pytest.approx(np.arange(10) * 10 + 5, abs=1e-3)
    drawn = (
        inputs(curves, lengths=[30], draws=torch.Generator().manual_seed(0))[1][0, :, 1] * level
        + 49.5
    )
    assert (drawn.diff() > 0.5).all() and abs(drawn.diff() - 100 / 30).max() > 1


def test_a_growing_curve_is_taken_whole_epoch_by_epoch():
    curves = Curves.of([np.column_stack([np.arange(50.0) ** 2, np.arange(50.0), np.ones(50)])])
    more = {"causal": True, "scalar_features": False, "lengths": [8]}
    first = inputs(curves, **more)[1][0, :, 3]
    drawn = inputs(curves, draws=torch.Generator().manual_seed(0), **more)[1][0, :, 3]
    assert first.diff() == pytest.approx(
        np.full(7, 0.5 / curves.magnitude.std()), rel=1e-4
    )  # the running mean of 0, 1, 2, ...
    assert drawn.diff() == pytest.approx(first.diff().numpy(), rel=1e-3) and drawn[0] > first[0]


def test_noise_is_in_units_of_the_errors():
    curves = Curves.of(
        [np.column_stack([np.arange(4000.0), np.zeros(4000), np.full(4000, 1e-4)])]
    )  # the scale is 1e-3
    noisy = inputs(curves, draws=torch.Generator().manual_seed(0), noise=2.0)[1][0, :, 1]
    assert noisy.std() == pytest.approx(0.2, rel=0.05)  # 4,000 draws: the deviation is known to 1 %


def test_buckets_hold_every_curve_once_and_little_padding():
    lengths = torch.from_numpy(np.random.default_rng(0).integers(1, 500, 1000))
    parts = buckets(lengths, 20, torch.Generator().manual_seed(0))
    assert sorted(torch.cat(parts).tolist()) == list(range(1000)) and len(parts) == 20
    padded = sum(len(part) * int(lengths[part].max()) for part in parts)
    assert padded < 1.25 * lengths.sum()  # in random order it is about 2 times
    assert parts[0].tolist() != buckets(lengths, 20, torch.Generator().manual_seed(1))[0].tolist()


def test_blocks_stay_within_memory():
    lengths = torch.tensor([0, 5, 3 * POINTS, 7, 7])
    parts = [part.tolist() for part in blocks(lengths)]
    assert parts == [[0, 1, 3, 4], [2]]
