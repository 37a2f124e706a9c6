"""Concentration, asymmetry, smoothness, Gini and M20: our batches side by side with statmorph, galaxy by galaxy.

    python benchmarks/morphology.py            some minutes: 60 galaxies, needs statmorph and a mirror with galaxy_zoo1
    python benchmarks/morphology.py --quick    a minute: 12 galaxies

Both see the same pixels, sky level and segments, on one thread, in turns; times are processor seconds, so that other work on
the machine counts for neither. statmorph always makes all that it knows (a Sersic fit and more); the second row stops it
after the five numbers that both make. The limit is the half turns alone that the search for the centre cannot do without.
Without a mirror (ASTRONN_MIRROR) the galaxies are simulated.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import statmorph
import torch

from catalogs import surveys
from catalogs.images.morphology import segments
from catalogs.images.morphology.asymmetry import half_turn
from catalogs.images.morphology.batch import measure_batch
from catalogs.images.stack import ImageStack

GOAL, SIZE, BATCH = 20.0, 128, 64
FEWEST_TURNS = 25  # the start, and four trials for each of six steps
NAMES = ("concentration", "asymmetry", "smoothness", "gini", "m20")
RESULTS = Path(__file__).parent / "results" / "morphology.json"


def galaxies(n: int, folder: Path) -> tuple[str, ImageStack, np.ndarray]:
    """What they are, a stack, and n of its rows, drawn at random."""
    mirror = os.environ.get("ASTRONN_MIRROR", "")
    name = "galaxy_zoo1" if mirror and (Path(mirror) / "galaxy_zoo1").is_dir() else "simulated_galaxies"
    survey = surveys.load(name)
    files = {file.name: Path(mirror) / (file.survey or name) / file.name for file in survey.files}
    if survey.simulated:
        stack = survey.images.build({}, folder, size=SIZE, crop=1.0, n=4 * n)
    else:
        stack = survey.images.stack(files, folder, size=SIZE, crop=survey.images.measured_crop)
    rows = np.random.default_rng(0).choice(len(stack), n, replace=False)
    return f"{n} galaxies of {name}, {SIZE} x {SIZE} pixels", stack, rows


def by_statmorph(pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Its five numbers, its flag and its Petrosian radius, (N,) each, with our sky level and segments."""
    flux = torch.from_numpy(pixels).float().mean(1)
    level, spread = segments.sky_level(flux)
    flux = flux - level[:, None, None]
    galaxy, others = segments.segment(flux, spread)
    found = []
    for plane, mine, theirs in zip(flux.double().numpy(), galaxy.numpy(), others.numpy()):
        options = {"gain": 1.0, "skybox_size": SIZE // 4, "cutout_extent": 10.0, "n_sigma_outlier": -1}
        result = statmorph.SourceMorphology(plane, mine * 1 + theirs * 2, 1, **options)
        found.append([*(result[name] for name in NAMES), result.flag, result.rpetro_circ])
    return dict(zip((*NAMES, "flag", "petrosian"), np.array(found).T))


def five_only() -> None:
    """Keep statmorph from making more than the five numbers."""
    statmorph.SourceMorphology._calculate_morphology = lambda self: [self[name] for name in NAMES] and None
    statmorph.SourceMorphology._check_segmaps = lambda self: None


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def peak_mib(work: Callable[[], object]) -> float:
    """MiB that the process needed for a work beyond what it held before, sampled each millisecond."""
    process, held, done = psutil.Process(), [], threading.Event()

    def watch() -> None:
        while not done.wait(0.001):
            held.append(process.memory_info().rss)

    before = process.memory_info().rss
    watcher = threading.Thread(target=watch)
    watcher.start()
    work()
    done.set()
    watcher.join()
    return (max(held, default=before) - before) / 2**20


def agreement(ours: dict, theirs: dict) -> dict:
    """Pearson's r of the five numbers: over all galaxies, and where statmorph has no doubt (flag 0) and its aperture of 1.5
    Petrosian radii lies inside the picture."""
    finite = np.all([np.isfinite(ours[name]) & (theirs[name] > -90) for name in NAMES], axis=0)
    sure = finite & (theirs["flag"] == 0) & (1.5 * theirs["petrosian"] < SIZE / 2 - 2)

    def r(rows: np.ndarray) -> dict:
        return {name: round(float(np.corrcoef(ours[name][rows], theirs[name][rows])[0, 1]), 4) for name in NAMES}

    return {"n": int(finite.sum()), "all": r(finite), "n_sure": int(sure.sum()), "sure": r(sure)}


def measure(what: str, stack: ImageStack, rows: np.ndarray) -> list[dict]:
    pixels = np.asarray(stack.pixels[np.sort(rows)])
    batch = np.concatenate([pixels] * (BATCH // len(pixels) + 1))[:BATCH]
    measure_batch(pixels[:4], stack.bands, "cpu")  # warm
    peak = peak_mib(lambda: measure_batch(batch, stack.bands, "cpu"))
    parts = [pixels[first : first + BATCH] for first in range(0, len(pixels), BATCH)]
    ours = [seconds(lambda: measure_batch(batch, stack.bands, "cpu"))[0] / BATCH]
    found = [measure_batch(part, stack.bands, "cpu") for part in parts]
    full, theirs = seconds(lambda: by_statmorph(pixels))
    ours.append(seconds(lambda: measure_batch(batch, stack.bands, "cpu"))[0] / BATCH)
    five_only()
    few, _ = seconds(lambda: by_statmorph(pixels[: len(pixels) // 2]))
    ours.append(seconds(lambda: measure_batch(batch, stack.bands, "cpu"))[0] / BATCH)
    planes, centre = torch.rand(BATCH, 2, SIZE, SIZE), torch.full((BATCH, 2), SIZE / 2.3)
    turns, _ = seconds(lambda: [half_turn(planes, centre) for _ in range(FEWEST_TURNS)])
    own = float(np.median(ours))
    common = {"ours": own, "goal": GOAL, "peak_mib": peak, "limit_share": turns / BATCH / own, "device": "cpu, 1 thread"}
    agreed = agreement({name: np.concatenate([part[name] for part in found]) for name in NAMES}, theirs)
    peers = {"all that statmorph makes": full / len(pixels), "the five numbers alone": few / (len(pixels) // 2)}
    return [
        {"work": f"{what}: {label}, seconds a galaxy", **common, "peer": peer, "ratio": peer / own, "ours_range": ours}
        | {"correlation": agreed}
        for label, peer in peers.items()
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="12 galaxies")
    parser.add_argument("--output", type=Path, default=RESULTS, help="JSON file for the rows")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # statmorph warns of every doubtful galaxy; its flag says the same
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(*galaxies(12 if asked.quick else 60, Path(folder)))
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(f"{row['work']}: ours {1e3 * row['ours']:.1f} ms, statmorph {1e3 * row['peer']:.0f} ms: {row['ratio']:.1f} times "
              f"as fast (goal {GOAL:g}), peak {row['peak_mib']:.0f} MiB, {row['limit_share']:.0%} of the limit")
    print("correlation with statmorph:", json.dumps(rows[0]["correlation"]))
    return 1 if rows[0]["ratio"] < GOAL else 0


if __name__ == "__main__":
    sys.exit(main())
