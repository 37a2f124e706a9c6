"""The systems of the lecture that need no data: numbers from closed forms and from the sources they repeat."""

import numpy as np
import pytest

from astronn.textbook import backpropagation, fits, spirals


def test_backpropagation_by_hand_is_automatic_differentiation():
    """1e-12: the issue's tolerance; a dozen additions of numbers of order 1 in float64 leave about 1e-16."""
    assert backpropagation.compute().largest_difference() < 1e-12


def test_a_step_downhill_changes_the_error_by_what_the_derivatives_say():
    """To first order dE = -rate |gradient|^2; the second order is a few per cent of it at this rate."""
    hand = backpropagation.by_hand()
    gradients = (hand.gradient_1, hand.gradient_2, hand.delta, hand.delta_hidden)
    expected = -backpropagation.RATE * sum(float(np.square(g).sum()) for g in gradients)
    assert hand.error_after - hand.error == pytest.approx(expected, rel=0.15)


def test_derivatives_are_those_of_finite_differences():
    """Central differences with h = 1e-5 are off by h^2, 1e-10, and by rounding over h, 1e-11."""
    w1, w2 = backpropagation.WEIGHTS_1, backpropagation.WEIGHTS_2

    def error(first):
        z = np.tanh(first @ backpropagation.INPUTS + backpropagation.BIASES_1)
        return 0.5 * np.square(w2 @ z + backpropagation.BIASES_2 - backpropagation.TARGETS).sum()

    gradient = backpropagation.by_hand().gradient_1
    for place in np.ndindex(w1.shape):
        step = np.zeros_like(w1)
        step[place] = 1e-5
        assert (error(w1 + step) - error(w1 - step)) / 2e-5 == pytest.approx(gradient[place], abs=1e-9)


LIMITS = {"x^2": 2e-3, "sin x": 2e-3, "|x|": 0.02, "H(x)": 2e-3}  # issue 6, item 3, after Bishop 2006, Fig. 5.3


def test_the_functions_are_bishops():
    assert set(fits.FUNCTIONS) == set(LIMITS)
    found = {name: f(np.array([-0.5, 0.5])).tolist() for name, f in fits.FUNCTIONS.items()}
    assert found["x^2"] == [0.25, 0.25] and found["|x|"] == [0.5, 0.5] and found["H(x)"] == [0, 1]
    assert found["sin x"] == pytest.approx([-0.479425538604203, 0.479425538604203], rel=1e-12)


@pytest.mark.parametrize(("name", "starts"), [("sin x", 1), ("H(x)", 1), ("x^2", 1), ("|x|", 4)])
def test_three_hidden_units_imitate_each_function(name, starts):
    """The full number of starts is in the slow test; one start suffices for all but |x|, which has poor minima."""
    found = fits.fit(name, seed=0, starts=starts, max_epochs=40)
    assert found.rmse < LIMITS[name]
    assert found.hidden.shape == (3, len(found.grid)) and np.abs(found.hidden).max() <= 1
    constant = found.curve - found.weights @ found.hidden  # what is left is the output's bias
    assert np.ptp(constant) < 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_all_four_functions_from_two_seeds(seed):
    found = fits.compute(seed)
    assert {name for name, fit in found.items() if fit.rmse < LIMITS[name]} == set(LIMITS)


@pytest.fixture(scope="module")
def untangled():
    return spirals.compute(seed=0, points=60, starts=8, max_epochs=800, depths=(1, 3))


def test_three_layers_of_two_units_untangle_the_spirals(untangled):
    assert untangled.accuracy == 1.0
    last, (w1, w2, b) = untangled.planes[-1], untangled.boundary
    assert np.array_equal(last @ [w1, w2] + b > 0, untangled.classes == 1)  # one straight line in the last plane


def test_one_layer_of_two_units_cannot(untangled):
    """A line through tanh(W x + b) of two units bounds a region with at most one bend; the spirals need more."""
    assert untangled.by_depth[1][0] == 0 < untangled.by_depth[3][0]


def test_planes_lie_in_the_square_of_tanh_and_start_at_the_inputs(untangled):
    x, classes = spirals.spirals(60)
    assert np.allclose(untangled.planes[0], x, atol=1e-6) and np.array_equal(untangled.classes, classes)
    assert len(untangled.planes) == len(untangled.lines) == 4
    assert all(np.abs(plane).max() <= 1 for plane in untangled.planes[1:])


def test_each_spiral_is_the_other_turned_by_half_a_turn():
    x, classes = spirals.spirals(40)
    assert np.allclose(x[classes == 0], -x[classes == 1])
    assert np.ptp(np.hypot(*x.T)) == pytest.approx(spirals.OUTER - spirals.INNER)
