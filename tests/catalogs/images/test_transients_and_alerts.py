"""Simulated difference images, and the stamps and cadences of real alert packets."""

import gzip
import io

import numpy as np
import pytest
from astropy.io import fits

from catalogs.errors import CatalogueError
from catalogs.images import alerts
from catalogs.simulations import transients


def test_the_same_arguments_give_the_same_images():
    a, b, c = transients.simulate(9, 1), transients.simulate(9, 1), transients.simulate(9, 2)
    assert np.array_equal(a.images, b.images, equal_nan=True) and not np.array_equal(
        a.days, c.days, equal_nan=True
    )
    assert sorted(a.labels) == sorted(transients.CLASSES * 3)
    assert (np.isfinite(a.days) == np.isfinite(a.images[:, :, 0, 0, 0])).all()


def test_a_source_has_the_signal_to_noise_that_it_was_given():
    """The best filter is the PSF over its norm: its output is the given strength, and noise of 1
    gives 1.
    """
    psf = transients._psf(1.3, 0.2, -0.4)
    assert (psf * 40 * psf).sum() == pytest.approx(40) and (psf**2).sum() == pytest.approx(1)


def test_what_each_class_does_over_time():
    """Transients only brighten against the template; variables do both; seen through the mean over
    the middle 5 x 5 pixels.
    """
    made = transients.simulate(300, 3)
    middle = made.images[:, :, 0, 8:13, 8:13].mean(axis=(2, 3))  # NaN where there is no image
    lowest = {
        kind: np.nanmin(middle[made.labels == kind], axis=1) for kind in ("transient", "variable")
    }
    assert np.mean(lowest["transient"] > -1) > 0.98 and np.mean(lowest["variable"] < -1) > 0.5


def test_a_cadence_of_your_own_is_kept():
    made = transients.simulate(6, 0, [[10.0, 11.0, 15.0, 20.0]])
    assert (made.days == [0.0, 1.0, 5.0, 10.0]).all() and made.images.shape[1] == 4


def stamp_bytes(pixels):
    file = io.BytesIO()
    fits.PrimaryHDU(pixels.astype(np.float32)).writeto(file)
    return gzip.compress(file.getvalue())


def test_a_stamp_at_the_edge_is_put_in_the_middle_and_its_top_row_is_first():
    pixels = np.arange(63 * 62, dtype=float).reshape(63, 62)
    found = alerts.stamp(stamp_bytes(pixels))
    assert found.shape == (63, 63) and np.isnan(found[:, 62]).all() and found[0, 0] == pixels[-1, 0]
    with pytest.raises(CatalogueError, match=r"a stamp of 64 x 64 pixels, at most 63 x 63"):
        alerts.stamp(stamp_bytes(np.ones((64, 64))))


def test_what_is_no_file_of_alerts_is_refused(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"no parquet")
    with pytest.raises(CatalogueError, match=r"a.parquet: not a file of alert packets"):
        alerts.read_alerts(tmp_path / "a.parquet")
    with pytest.raises(CatalogueError, match=r"unknown stamp 'Sky'; choose one of: Science"):
        alerts.read_alerts(tmp_path / "a.parquet", "Sky")


@pytest.fixture(scope="module")
def packets(mirror):
    path = mirror / "ztf_alerts" / "alerts.parquet"
    if not path.is_file():
        pytest.skip(f"needs the alert packets {path}")
    return path


def test_real_packets_become_sequences_in_the_order_of_time(packets):
    found = alerts.read_alerts(packets)
    assert found.images.shape[2:] == (1, 63, 63) and len(set(found.object_id)) == len(
        found.object_id
    )
    steps = np.diff(found.days, axis=1)
    assert (steps[np.isfinite(steps)] >= 0).all()
    seen = np.isfinite(found.images).mean((2, 3, 4))
    assert (seen[np.isfinite(found.days)] > 0.5).all() and (seen[np.isnan(found.days)] == 0).all()


def test_real_cadences_carry_simulated_sources_to_the_classifier(packets):
    from astronn import ImageSequenceClassifier

    nights = alerts.cadences(packets)
    assert len(nights) > 10 and all(np.diff(days).min() >= 1 for days in nights)
    made = transients.simulate(60, 0, nights)
    small = {
        "network_options": {"maps": 4, "blocks": [1]},
        "hidden": 8,
        "max_epochs": 1,
        "warm_up": 0,
        "random_state": 0,
    }
    model = ImageSequenceClassifier(**small).fit(made.images, made.labels, times=made.days)
    real = alerts.read_alerts(packets)
    middle = slice(31 - 10, 31 + 11)
    steps = model.predict_proba_over_time(real.images[..., middle, middle], real.days)
    assert np.isfinite(steps[np.isfinite(real.days)]).all() and steps.shape[2] == 3
