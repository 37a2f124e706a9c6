"""Concentration, asymmetry, smoothness, Gini and M20: our batches side by side with statmorph,
galaxy by galaxy.

    python -m benchmarks.morphology          some minutes: 60 galaxies, needs statmorph and a mirror
                                             with galaxy_zoo1
    python -m benchmarks.morphology --quick    half a minute: 6 galaxies

Both see the same pixels, sky level and segments, on one thread, in turns; times are processor
seconds, so that other work on the machine counts for neither. statmorph always makes all that it
knows (a Sersic fit and more); the second row stops it after the five numbers that both make. The
limit is the half turns alone that the search for the centre cannot do without. Without a mirror
(ASTRONN_MIRROR) the galaxies are simulated."""

from __future__ import annotations

import os
import tempfile
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import statmorph
import torch

from benchmarks import common
from catalogs import surveys
from catalogs.images.morphology import segments
from catalogs.images.morphology.asymmetry import half_turn
from catalogs.images.morphology.batch import measure_batch
from catalogs.images.stack import ImageStack

GOAL, SIZE, BATCH, ROUNDS = 20.0, 128, 64, 3
FEWEST_TURNS = 25  # the start, and four trials for each of six steps
NAMES = ("concentration", "asymmetry", "smoothness", "gini", "m20")


def galaxies(n: int, folder: Path) -> tuple[str, ImageStack, np.ndarray]:
    """What they are, a stack, and n of its rows, drawn at random."""
    mirror = os.environ.get("ASTRONN_MIRROR", "")
    name = (
        "galaxy_zoo1"
        if mirror and (Path(mirror) / "galaxy_zoo1").is_dir()
        else "simulated_galaxies"
    )
    survey = surveys.load(name)
    files = {file.name: Path(mirror) / (file.survey or name) / file.name for file in survey.files}
    if survey.simulated:
        stack = survey.images.build({}, folder, size=SIZE, crop=1.0, n=4 * n)
    else:
        stack = survey.images.stack(files, folder, size=SIZE, crop=survey.images.measured_crop)
    rows = np.random.default_rng(0).choice(len(stack), n, replace=False)
    return f"{n} galaxies of {name}, {SIZE} x {SIZE} pixels", stack, rows


def _measure(pixels: np.ndarray, results: list[dict[str, np.ndarray]]) -> None:
    """Add to ``results`` what statmorph measures."""
    results.append(by_statmorph(pixels))


def by_statmorph(pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Its five numbers, its flag and its Petrosian radius, (N,) each, with our sky level and
    segments.
    """
    flux = torch.from_numpy(pixels).float().mean(1)
    level, spread = segments.sky_level(flux)
    flux = flux - level[:, None, None]
    galaxy, others = segments.segment(flux, spread)
    found = []
    for plane, mine, theirs in zip(flux.double().numpy(), galaxy.numpy(), others.numpy()):
        if not mine.any():  # statmorph refuses a galaxy that is nowhere above the sky
            found.append([np.nan] * (len(NAMES) + 2))
            continue
        options = {
            "gain": 1.0,
            "skybox_size": SIZE // 4,
            "cutout_extent": 10.0,
            "n_sigma_outlier": -1,
        }
        result = statmorph.SourceMorphology(plane, mine * 1 + theirs * 2, 1, **options)
        found.append([*(result[name] for name in NAMES), result.flag, result.rpetro_circ])
    return dict(zip((*NAMES, "flag", "petrosian"), np.array(found).T))


def five_only() -> None:
    """Keep statmorph from making more than the five numbers."""
    statmorph.SourceMorphology._calculate_morphology = lambda self: (
        [self[name] for name in NAMES] and None
    )
    statmorph.SourceMorphology._check_segmaps = lambda self: None


def agreement(ours: dict, theirs: dict) -> dict:
    """Pearson's r of the five numbers: over all galaxies, and where statmorph has no doubt (flag 0)
    and its aperture of 1.5 Petrosian radii lies inside the picture.
    """
    finite = np.all([np.isfinite(ours[name]) & (theirs[name] > -90) for name in NAMES], axis=0)
    sure = finite & (theirs["flag"] == 0) & (1.5 * theirs["petrosian"] < SIZE / 2 - 2)

    def r(rows: np.ndarray) -> dict:
        return {
            name: round(float(np.corrcoef(ours[name][rows], theirs[name][rows])[0, 1]), 4)
            for name in NAMES
        }

    return {"n": int(finite.sum()), "all": r(finite), "n_sure": int(sure.sum()), "sure": r(sure)}


def measure(what: str, stack: ImageStack, chosen: np.ndarray) -> list[dict]:
    pixels = np.asarray(stack.pixels[np.sort(chosen)])
    batch = np.concatenate([pixels] * (BATCH // len(pixels) + 1))[:BATCH]
    measure_batch(pixels[:4], stack.bands, "cpu")  # warm
    peak = common.peak_mib(lambda: measure_batch(batch, stack.bands, "cpu"))
    found = [
        measure_batch(pixels[first : first + BATCH], stack.bands, "cpu")
        for first in range(0, len(pixels), BATCH)
    ]
    whole, own, peers, theirs = _in_turns(pixels, batch, stack.bands)
    planes, centre = torch.rand(BATCH, 2, SIZE, SIZE), torch.full((BATCH, 2), SIZE / 2.3)
    turns = (
        common.timed(lambda: [half_turn(planes, centre) for _ in range(FEWEST_TURNS)]).processor
        / BATCH
    )
    agreed = agreement(
        {name: np.concatenate([part[name] for part in found]) for name in NAMES}, theirs
    )
    about = {"peak_mib": peak, "limit": "the half turns alone", "correlation": agreed}
    share = turns / float(np.median([*whole, *own]))
    return [
        common.row(
            f"{what}, a galaxy: {label}",
            ours,
            peer,
            goal=GOAL,
            limit_share=share,
            seconds_of="processor",
            **about,
        )
        for label, ours, peer in (
            ("all that statmorph makes", whole, peers[0]),
            ("the five numbers alone", own, peers[1]),
        )
    ]


def _in_turns(pixels: np.ndarray, batch: np.ndarray, bands: tuple[str, ...]):
    """Processor seconds a galaxy: ours and all of statmorph in ROUNDS parts, then ours and its five
    numbers; its numbers.
    """
    ours, full, theirs = [[], []], [[], []], []
    for kind, several in enumerate(
        (np.array_split(pixels, ROUNDS), np.array_split(pixels[: len(pixels) // 2], ROUNDS))
    ):
        if kind:
            five_only()
        for part in several:
            ours[kind].append(
                common.timed(lambda: measure_batch(batch, bands, "cpu")).processor / len(batch)
            )
            results: list[dict[str, np.ndarray]] = []
            full[kind].append(common.timed(partial(_measure, part, results)).processor / len(part))
            theirs += results if not kind else []
    return *ours, full, {name: np.concatenate([one[name] for one in theirs]) for name in theirs[0]}


def rows(quick: bool) -> list[dict]:
    torch.set_num_threads(1)
    warnings.simplefilter(
        "ignore"
    )  # statmorph warns of every doubtful galaxy; its flag says the same
    with tempfile.TemporaryDirectory() as folder:
        return measure(*galaxies(6 if quick else 60, Path(folder)))


if __name__ == "__main__":
    common.main(__file__, rows)
