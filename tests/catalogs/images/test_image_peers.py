"""The batched measurements beside statmorph (Rodriguez-Gomez et al. 2019), one galaxy at a time, on the same pixels."""

import warnings

import numpy as np
import pytest
import torch

from catalogs import surveys
from catalogs.images.morphology import measure, segments

NAMES = ("concentration", "asymmetry", "smoothness", "gini", "m20")


def by_statmorph(pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Its five numbers, its flag and its Petrosian radius, (N,) each, with our sky level and segments."""
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
            options = {"gain": 1.0, "skybox_size": size // 4, "cutout_extent": 10.0, "n_sigma_outlier": -1}
            result = statmorph.SourceMorphology(plane, mine * 1 + theirs * 2, 1, **options)
        found.append([*(result[name] for name in NAMES), result.flag, result.rpetro_circ])
    return dict(zip((*NAMES, "flag", "petrosian"), np.array(found).T))


def correlations(pixels, bands, ours) -> dict[str, float]:
    """Pearson's r where statmorph has no doubt (flag 0) and its aperture lies inside the picture."""
    theirs = by_statmorph(pixels)
    sure = (theirs["flag"] == 0) & (1.5 * theirs["petrosian"] < pixels.shape[-1] / 2 - 2)
    assert sure.mean() > 0.5
    return {name: np.corrcoef(ours[name][sure], theirs[name][sure])[0, 1] for name in NAMES}


def test_simulated_galaxies_agree_with_statmorph(tmp_path):
    survey = surveys.load("simulated_galaxies")
    stack = survey.images.build({}, tmp_path, size=64, crop=1.0, n=24, seed=9)
    bright = np.argsort(-np.asarray(stack.pixels[:, :, 24:40, 24:40], dtype=float).mean(axis=(1, 2, 3)))[:6]
    found = correlations(stack.pixels[bright], stack.bands, measure(stack).iloc[bright].reset_index(drop=True))
    assert min(found.values()) > 0.95, found  # six galaxies: one noisy crossing of the Petrosian threshold costs .03


@pytest.mark.slow
def test_real_galaxies_agree_with_statmorph(mirror, tmp_path):
    """60 galaxies of Galaxy Zoo 1, drawn at random: the five numbers agree within .99 where statmorph has no doubt."""
    survey = surveys.load("galaxy_zoo1")
    files = {file.name: mirror / file.survey / file.name for file in survey.files}
    stack = survey.images.stack(files, tmp_path, size=128, crop=0.6)
    rows = np.random.default_rng(11).choice(len(stack), 60, replace=False)
    found = correlations(stack.pixels[rows], stack.bands, measure(stack).iloc[rows].reset_index(drop=True))
    assert min(found.values()) > 0.98, found
