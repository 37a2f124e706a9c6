"""A picture for the tests of this folder."""

import numpy as np
import pytest
from image_samples import blob


@pytest.fixture
def colour_picture():
    """An RGB picture of 60 x 60 pixels with a blob off the centre and a little noise."""
    noise = np.random.default_rng(1).normal(8, 3, (60, 60, 3))
    return (noise + blob(60, 5, (4, -7))[..., None] * [1.0, 0.8, 0.5]).clip(0, 255).astype(np.uint8)
