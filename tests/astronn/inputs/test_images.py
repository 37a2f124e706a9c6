"""Image stacks: what comes in, what a network sees."""

import numpy as np
import pytest
import torch

from astronn.errors import AstronnError
from astronn.inputs.images import Preparation, check_stack, detail, gather


def prepared(stack, **rules):
    rules = {"crop": None, "scaling": "image", "detail": 0} | rules
    return Preparation.learn(stack, torch.arange(len(stack)), **rules)


def test_a_stack_is_not_copied(tmp_path):
    x = np.zeros((3, 1, 4, 4), dtype=np.uint8)
    assert check_stack(x).data_ptr() == x.ctypes.data
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert check_stack(mapped).data_ptr() == mapped.ctypes.data


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (
            np.zeros((3, 8, 8)),
            (
                r"X must be \(n, channels, height, width\), not \(3, 8, 8\); X\[:, None\] adds the"
                r" channel"
            ),
        ),
        (np.zeros((3, 64)), r"X must be \(n, channels, height, width\), not \(3, 64\)"),
        (np.zeros((1, 1, 4, 4), dtype=int), r"X must be uint8 or float, not torch.int64"),
        (np.full((1, 1, 4, 4), "a"), r"X must be an array of numbers"),
        (np.zeros((0, 1, 4, 4)), r"X holds no pixels"),
        (np.full((1, 1, 4, 4), np.inf), r"X has infinite pixels, first among images 0 to 255"),
    ],
)
def test_what_is_no_stack_is_refused(X, message):
    with pytest.raises(AstronnError, match=message):
        check_stack(X)


def test_big_endian_pixels_are_read():
    x = np.arange(16, dtype=">f4").reshape(1, 1, 4, 4)
    assert check_stack(x).flatten().tolist() == list(range(16))


def test_nan_is_the_mean_of_what_was_measured():
    x = torch.ones(2, 2, 2, 2)
    x[0, 0] = torch.tensor([[1.0, 3.0], [torch.nan, torch.nan]])
    x[1, 1] = torch.nan
    found = gather(x, torch.tensor([0, 1]))
    assert found[0, 0].flatten().tolist() == [1, 3, 2, 2] and found[1, 1].abs().max() == 0


def test_image_scaling_gives_mean_0_and_variance_1_to_each_image():
    x = check_stack(np.random.default_rng(0).integers(0, 256, (6, 3, 8, 8), dtype=np.uint8))
    found = prepared(x).central(x, torch.arange(6))
    torch.testing.assert_close(found.mean((1, 2, 3)), torch.zeros(6), atol=1e-5, rtol=0)
    torch.testing.assert_close(found.std((1, 2, 3), correction=0), torch.ones(6), atol=1e-3, rtol=0)


def test_survey_scaling_is_that_of_the_training_images():
    x = check_stack(np.random.default_rng(0).normal([[[5.0]], [[-2.0]]], 3, (300, 2, 9, 9)))
    how = prepared(x, scaling="survey")
    assert how.mean == pytest.approx(x.mean((0, 2, 3)).numpy())
    assert how.scale == pytest.approx(x.std((0, 2, 3), correction=0).numpy())
    assert how.central(x, torch.arange(300)).std() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("scaling", ["image", "survey"])
def test_an_image_of_one_value_is_0(scaling):
    x = torch.full((3, 1, 6, 6), 200.0)
    assert prepared(x, scaling=scaling, detail=2).central(x, torch.arange(3)).abs().max() == 0


def test_detail_knows_neither_offset_nor_factor():
    x = torch.rand(4, 3, 20, 20, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(detail(50 * x - 7, 3), detail(x, 3), atol=1e-4, rtol=1e-3)


def test_detail_shows_a_faint_ring_as_well_as_a_bright_one():
    """Two narrow rings of 10% contrast on a bright and on a faint plateau stand out within a factor
    of 2 of each other.
    """
    y, x = np.mgrid[-40:41, -40:41]
    r = np.hypot(x, y)
    light = 10 + 90 / (1 + (r / 12) ** 2)
    ringed = light * (1 + 0.1 * (abs(r - 10) < 1) + 0.1 * (abs(r - 25) < 1))
    found = detail(torch.tensor(np.stack([ringed, light]), dtype=torch.float32).unsqueeze(1), 4)
    seen = (found[0, 0] - found[1, 0]).numpy()
    bright, faint = seen[abs(r - 10) < 1].mean(), seen[abs(r - 25) < 1].mean()
    assert bright > 0.1 and 0.5 < faint / bright < 2


def test_crop_is_the_centre():
    x = torch.rand(2, 1, 10, 12)
    how = prepared(x, crop=8)
    assert how.shape == (1, 8, 8) and how.central(x, torch.arange(2)).shape == (2, 1, 8, 8)
