"""The batched measurements beside statmorph (Rodriguez-Gomez et al. 2019), one galaxy at a time, on
the same pixels.
"""

import warnings

import numpy as np
import pytest
import torch

from catalogs import surveys
from catalogs.images.morphology import measure, segments
from catalogs.images.scaling import LuptonScaling
from catalogs.images.stack import ImageStack
from catalogs.simulations import galaxies as simulate

NAMES = ("concentration", "asymmetry", "smoothness", "gini", "m20")


def by_statmorph(pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Its five numbers, its flag and its Petrosian radius, (N,) each, with our sky level and
    segments.
    """
    statmorph = pytest.importorskip("statmorph")
    flux = torch.from_numpy(np.array(pixels)).float().mean(1)
    level, spread = segments.sky_level(flux)
    flux = flux - level[:, None, None]
    galaxy, others = segments.segment(flux, spread)
    size = flux.shape[-1]
    found = []
    for plane, mine, theirs in zip(flux.double().numpy(), galaxy.numpy(), others.numpy()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            options = {
                "gain": 1.0,
                "skybox_size": size // 4,
                "cutout_extent": 10.0,
                "n_sigma_outlier": -1,
            }
            result = statmorph.SourceMorphology(plane, mine * 1 + theirs * 2, 1, **options)
        found.append([*(result[name] for name in NAMES), result.flag, result.rpetro_circ])
    return dict(zip((*NAMES, "flag", "petrosian"), np.array(found).T))


def correlations(pixels, bands, ours) -> dict[str, float]:
    """Pearson's r where statmorph has no doubt (flag 0) and its aperture lies inside the
    picture.
    """
    theirs = by_statmorph(pixels)
    sure = (theirs["flag"] == 0) & (1.5 * theirs["petrosian"] < pixels.shape[-1] / 2 - 2)
    assert sure.mean() > 0.5
    return {name: np.corrcoef(ours[name][sure], theirs[name][sure])[0, 1] for name in NAMES}


def test_simulated_galaxies_agree_with_statmorph():
    """A round, a barred and an edge-on galaxy, bright and sharp, each number on its own. In none of
    them does the profile graze the threshold of the Petrosian radius, where a step of 1/8 pixel in
    the centre decides.
    """
    truth = simulate.truth(200, 9).query("signal_to_noise > 100 and psf_fwhm < 3")
    chosen = [
        truth[truth.label == label].iloc[-1] for label in ("elliptical", "barred spiral", "edge-on")
    ]
    scaling = LuptonScaling(minimum=-1, stretch=10, q=8)
    pixels = np.stack([scaling(simulate.observe(row, 64)[0]) for row in chosen])
    ours, theirs = (
        measure(ImageStack(np.array(["a", "b", "c"]), pixels, simulate.BANDS)),
        by_statmorph(pixels),
    )
    assert (theirs["flag"] == 0).all()
    for name, bar in {
        "concentration": 0.05,
        "asymmetry": 0.02,
        "smoothness": 0.02,
        "gini": 0.03,
        "m20": 0.05,
    }.items():
        assert np.abs(ours[name] - theirs[name]).max() < bar, name


@pytest.mark.slow
def test_real_galaxies_agree_with_statmorph(mirror, tmp_path):
    """60 galaxies of Galaxy Zoo 1, drawn at random: the five numbers agree within .99 where
    statmorph has no doubt.
    """
    survey = surveys.load("galaxy_zoo1")
    files = {file.name: mirror / file.survey / file.name for file in survey.files}
    stack = survey.images.stack(files, tmp_path, size=128, crop=0.6)
    rows = np.random.default_rng(11).choice(len(stack), 60, replace=False)
    found = correlations(
        stack.pixels[rows], stack.bands, measure(stack).iloc[rows].reset_index(drop=True)
    )
    assert min(found.values()) > 0.98, found
