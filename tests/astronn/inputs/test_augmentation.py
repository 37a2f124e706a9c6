"""Whole-batch views: what each change does to pixels, and what a mirror does to classes."""

import numpy as np
import pytest
import torch

from astronn.inputs.augmentation import Augmentation, centre, swapped


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(n=5, side=9, channels=2):
    return torch.rand(n, channels, side, side, generator=generator(3))


def test_no_change_is_the_central_cut():
    x = images(side=11)
    views, mirrored = Augmentation().views(x, (7, 5), generator())
    assert torch.equal(views, x[:, :, 2:9, 3:8]) and not mirrored.any()


def test_a_mirrored_view_is_the_flipped_image():
    x = images(n=40)
    views, mirrored = Augmentation(mirror=True).views(x, (9, 9), generator())
    expected = torch.where(mirrored.view(-1, 1, 1, 1), x.flip(-1), x)
    torch.testing.assert_close(views, expected, atol=1e-5, rtol=0)
    assert 8 < mirrored.sum() < 32  # 20 +- 3.8 standard deviations


def test_a_quarter_turn_is_rot90(monkeypatch):
    """With every angle drawn as +90 degrees the interpolation falls on pixels."""
    monkeypatch.setattr(torch, "rand", lambda *shape, generator: torch.ones(shape))
    x = images()
    views, _ = Augmentation(rotation=90).views(x, (9, 9), None)
    torch.testing.assert_close(views, torch.rot90(x, 1, (2, 3)), atol=1e-5, rtol=0)


def test_views_of_oblong_images_keep_circles_round(monkeypatch):
    """A disc seen in a 20 x 30 window, turned by 45 degrees, stays the same disc."""
    monkeypatch.setattr(torch, "rand", lambda *shape, generator: torch.full(shape, 0.75))
    y, x = np.mgrid[-14.5:15, -19.5:20]
    disc = torch.tensor(np.exp(-(x**2 + y**2) / 30), dtype=torch.float32).view(1, 1, 30, 40)
    views, _ = Augmentation(rotation=90).views(disc, (20, 30), None)
    # Linear interpolation misses at most curvature / 8 along each axis: 2 * (2 / 30) / 8.
    torch.testing.assert_close(views, centre(disc, (20, 30)), atol=0.017, rtol=0)


def test_the_largest_zoom_and_shift_are_the_stated_ones():
    matrices = (
        Augmentation(zoom=0.2, shift=0.1).draw((4000, 1, 40, 40), (20, 20), generator()).matrices
    )
    scale = torch.linalg.det(matrices[:, :, :2]).sqrt() * 2  # the view is half as wide as the image
    assert scale.log().abs().max() == pytest.approx(0.2, abs=0.001)
    assert (matrices[:, :, 2] * 20).abs().max() == pytest.approx(
        1.0, abs=0.001
    )  # pixels: 0.1 of half of 20


def test_colour_multiplies_whole_channels():
    x = images()
    views, _ = Augmentation(colour=0.3).views(x, (9, 9), generator())
    ratio = views / x
    torch.testing.assert_close(ratio, ratio[:, :, :1, :1].expand_as(ratio))
    assert ratio[:, :, 0, 0].unique().numel() == 10


def test_only_mirrored_views_change_class():
    classes, swap = torch.tensor([0, 1, 2, 0]), torch.tensor([1, 0, 2])
    mirrored = torch.tensor([True, True, True, False])
    assert swapped(classes, mirrored, swap).tolist() == [1, 0, 2, 0]
