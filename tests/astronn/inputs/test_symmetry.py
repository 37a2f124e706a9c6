"""Views and the mirror symmetry that is built into a network's outputs."""

import numpy as np
import pytest
import torch

from astronn.errors import AstronnError
from astronn.inputs.symmetry import MIRROR, VIEWS, mean_logits, swap_of


def network(n_outputs):
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(144, n_outputs),
    )


def images(n=6):
    return torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("view", VIEWS[8])
def test_a_view_is_undone(view):
    assert torch.equal(view.undo(view.apply(images())), images())


def test_eight_views_are_all_different():
    assert len({tuple(view.apply(images(1)).flatten().tolist()) for view in VIEWS[8]}) == 8


@torch.no_grad()
def test_mirrored_image_gets_the_opposite_answer():
    """z[a] - z[b] = g(x) - g(mirror x) changes sign with the mirror, whatever the weights; a third
    class does not change.
    """
    swap = torch.tensor([1, 0, 2])
    z = mean_logits(network(3), images(), MIRROR, swap)
    mirrored = mean_logits(network(3), images().flip(-1), MIRROR, swap)
    torch.testing.assert_close(mirrored[:, 0] - mirrored[:, 1], z[:, 1] - z[:, 0])
    torch.testing.assert_close(mirrored[:, 2], z[:, 2])


@torch.no_grad()
def test_an_image_that_is_its_own_mirror_image_has_no_handedness():
    x = images() + images().flip(-1)
    z = mean_logits(network(2), x, MIRROR, torch.tensor([1, 0]))
    torch.testing.assert_close(z[:, 0], z[:, 1])


@torch.no_grad()
def test_turning_an_image_changes_nothing_with_four_views():
    as_it_is, turned = (
        mean_logits(network(2), x, VIEWS[4], torch.arange(2))
        for x in (images(), images().rot90(1, (2, 3)))
    )
    torch.testing.assert_close(turned, as_it_is)


def test_pairs_become_a_permutation():
    classes = np.array(["anticlockwise", "clockwise", "elliptical"])
    assert swap_of([("clockwise", "anticlockwise")], classes).tolist() == [1, 0, 2]
    assert swap_of([], classes).tolist() == [0, 1, 2]


def test_all_faults_of_pairs_are_named_at_once():
    with pytest.raises(
        AstronnError, match=r"\['a'\] is not a pair; 'x' is not among .*; 'b' stands in two pairs"
    ):
        swap_of([("a",), ("b", "x"), ("b", "c")], np.array(["a", "b", "c"]))
