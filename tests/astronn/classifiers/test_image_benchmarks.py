"""Accuracies on real images that a sound convolutional network reaches; minutes long."""

import gzip

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_val_score

from astronn import presets

pytestmark = pytest.mark.slow


def digits():
    images, labels = load_digits(return_X_y=True)
    return images.reshape(-1, 1, 8, 8).astype(np.uint8), labels


def lenet(**rules):
    """The preset, its windows 3 pixels wide where images have 8."""
    return presets.make("lenet", **{"random_state": 0, "device": "cpu", **rules})


def test_digits_of_other_writers():
    """scikit-learn's digits in their order: the second half was written by other people than the
    first.
    """
    X, y = digits()
    half = len(y) // 2
    model = lenet(network_options={"kernel_size": 3}).fit(X[:half], y[:half])
    assert model.score(X[half:], y[half:]) >= 0.975


def test_digits_shuffled():
    model = lenet(network_options={"kernel_size": 3})
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    assert cross_val_score(model, *digits(), cv=folds).mean() >= 0.99


def test_mnist_test_file(mirror):
    """The 10,000 official test digits, the first 8,000 to train and the last 2,000 to test."""
    files = [next((mirror / "mnist").glob(f"*{kind}*.gz"), None) for kind in ("images", "labels")]
    if None in files:
        pytest.skip(f"needs the MNIST test files in {mirror / 'mnist'}")
    X = np.frombuffer(gzip.decompress(files[0].read_bytes()), np.uint8, offset=16).reshape(
        -1, 1, 28, 28
    )
    y = np.frombuffer(gzip.decompress(files[1].read_bytes()), np.uint8, offset=8)
    model = lenet(max_epochs=12, batch_size=64).fit(X[:8000], y[:8000])
    assert model.score(X[8000:], y[8000:]) >= 0.985
