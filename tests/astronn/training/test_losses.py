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


def test_one_vote_has_the_loss_of_its_class():
    z, classes = torch.randn(2, 7, 3), torch.randint(3, (2, 7))
    votes = torch.nn.functional.one_hot(classes, 3).float()
    for loss in LOSSES.values():
        torch.testing.assert_close(loss.per_object(z, 1.0 * votes), loss.per_object(z, classes))


def test_dirichlet_multinomial_in_closed_form():
    """With a = (1, 1, 1) each of the (N + 2 choose 2) outcomes of N votes is as likely."""
    votes = torch.tensor([[4.0, 0, 0], [1, 2, 1], [0, 0, 1]])
    loss = LOSSES["dirichlet_multinomial"].per_object(torch.zeros(3, 3), votes)
    torch.testing.assert_close(loss, torch.tensor([15.0, 15.0, 3.0]).log())


def test_dirichlet_multinomial_of_large_concentrations_is_the_multinomial():
    """Their logarithms are near 1e7, which float32 holds to 1 only."""
    z = torch.tensor([[0.2, 0.3, 0.5]]).log() + 14
    loss = LOSSES["dirichlet_multinomial"].per_object(z, torch.tensor([[2.0, 1.0, 3.0]]))
    assert loss.item() == pytest.approx(-math.log(60 * 0.2**2 * 0.3 * 0.5**3), rel=1e-4)
