"""Maps of where a class is found: they turn with the image and lie on what tells the classes
apart.
"""

import numpy as np
import pytest
import torch

from astronn import ConvolutionalClassifier
from astronn.classifiers.explain import class_maps, contributions, gradient_maps, sky_of
from astronn.errors import AstronnError

SIDE = 16


def corners(n=120, seed=0):
    """Simulated images of noise with a 5x5 pattern at a random place, a ring or a full square, and
    where it is, (n, 2).
    """
    rng = np.random.default_rng(seed)
    images, labels = (
        rng.normal(0, 0.3, (n, 1, SIDE, SIDE)).astype(np.float32),
        rng.integers(0, 2, n),
    )
    places = rng.integers(1, SIDE - 6, (n, 2))
    for image, label, (row, column) in zip(images, labels, places):
        image[0, row : row + 5, column : column + 5] += 2
        if label:
            image[0, row + 1 : row + 4, column + 1 : column + 4] -= 2
    return images, np.array(["full", "ring"])[labels], places


@pytest.fixture(scope="module")
def model():
    X, y, _ = corners()
    options = {"maps": 8, "blocks": (1, 1), "dropout": 0.0}
    return ConvolutionalClassifier(
        "residual",
        network_options=options,
        rotation=180,
        mirror=True,
        test_views=8,
        max_epochs=20,
        learning_rate=0.01,
        random_state=0,
        device="cpu",
    ).fit(X, y)


@pytest.mark.parametrize("maps", [class_maps, gradient_maps])
def test_maps_turn_and_mirror_with_the_image(model, maps):
    X = corners(6, seed=1)[0]
    found = maps(model, X)
    assert found.shape == (6, SIDE, SIDE) and found.dtype == np.float32
    assert maps(model, np.rot90(X, 1, (2, 3)).copy()) == pytest.approx(
        np.rot90(found, 1, (1, 2)), abs=1e-3
    )
    assert maps(model, X[..., ::-1].copy()) == pytest.approx(found[..., ::-1], abs=1e-3)


@pytest.mark.parametrize("maps", [class_maps, gradient_maps])
def test_most_of_a_map_lies_on_the_pattern(model, maps):
    """The 9x9 pixels about the pattern are a third of the image, and get a third of the mass of a
    map that knows nothing.
    """
    X, y, places = corners(60, seed=2)
    assert model.score(X, y) > 0.9
    found = maps(model, X, y)
    share = []
    for one, (row, column) in zip(found, places):
        near = np.zeros_like(one)
        near[max(0, row - 2) : row + 7, max(0, column - 2) : column + 7] = 1
        share.append((one * near).sum() / one.sum())
    assert np.mean(share) > 0.6


def toy_network():
    """Maps that are the image and its negative, and a head of their means and largest values: class
    1 is 'dark in the mean'.
    """
    network = torch.nn.Module()
    network.features = lambda x: torch.cat([x, -x], 1)
    weights = torch.tensor([[0.0, 0.0, 1.0, 0.0], [0.0, 3.0, 0.0, 0.0]])
    network.head = lambda maps: torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1) @ weights.T
    return network


def test_empty_sky_speaks_for_no_class():
    """The mean of the negative is lit by every pixel of sky, the largest value by one: what the
    object adds is left.
    """
    x = torch.full((1, 1, 8, 8), -0.5)
    x[0, 0, 3, 4] = 2.0
    for label in (0, 1):
        found = contributions(toy_network(), x, torch.tensor([label]))[0]
        at_object = found[3, 4].item()
        assert at_object == pytest.approx(
            (1 if label == 0 else -1) * (2.5 + 3 * 2.5 / 64), rel=1e-5
        )
        found[3, 4] = 0
        assert found.abs().max() == 0


def test_sky_is_the_median_of_the_edge():
    x = torch.zeros(1, 2, 5, 5)
    x[0, 0], x[0, 1, 1:4, 1:4] = 7, 9
    x[0, 1, 0, 0] = 100  # a star at the edge
    assert (sky_of(x)[0, 0] == 7).all() and (sky_of(x)[0, 1] == 0).all()


def test_outside_the_crop_a_map_is_0():
    X, y, _ = corners(20)
    model = ConvolutionalClassifier(
        "lenet", crop=10, max_epochs=1, warm_up=0, random_state=0, device="cpu"
    ).fit(X, y)
    found = gradient_maps(model, X)
    assert found[:, 3:13, 3:13].max() == pytest.approx(1)
    found[:, 3:13, 3:13] = 0
    assert found.max() == 0


def test_faults_are_named(model):
    X = corners(2)[0]
    with pytest.raises(AstronnError, match="classes has 1 entries for 2 images"):
        class_maps(model, X, ["ring"])
    with pytest.raises(AstronnError, match="unknown class 'star'; choose one of: full, ring"):
        class_maps(model, X, ["ring", "star"])
