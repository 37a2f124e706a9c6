"""Losses and posteriors in closed form."""

import math

import pytest
import torch

from astronn.training.losses import LOSSES


def test_cross_entropy_of_equal_outputs_is_log_k():
    loss = LOSSES["cross_entropy"].per_object(torch.zeros(2, 3, 5), torch.ones(2, 3, dtype=int))
    torch.testing.assert_close(loss, torch.full((2, 3), math.log(5)))


def test_squared_error_of_logistic_outputs_at_one_half():
    # every output is 1/2, so each of the 4 classes adds (1/2)^2 / 2
    loss = LOSSES["squared_error"].per_object(torch.zeros(1, 4), torch.tensor([2]))
    assert loss.tolist() == [0.5]


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_posteriors_sum_to_one_however_small_the_outputs(name):
    z = torch.tensor([[-200.0, -201.0, -300.0], [50.0, 0.0, -50.0]])
    p = LOSSES[name].posteriors(z)
    assert p.isfinite().all()
    torch.testing.assert_close(p.sum(-1), torch.ones(2))
    assert p.argmax(-1).tolist() == [0, 0]


def test_squared_error_posteriors_are_outputs_over_their_sum():
    z = torch.tensor([[0.0, math.log(3.0)]])  # outputs 1/2 and 3/4
    torch.testing.assert_close(LOSSES["squared_error"].outputs(z), torch.tensor([[0.5, 0.75]]))
    torch.testing.assert_close(LOSSES["squared_error"].posteriors(z), torch.tensor([[0.4, 0.6]]))
