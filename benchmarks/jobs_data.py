"""The inputs of benchmarks.jobs, all SIMULATED: a table of objects, a folder of star files and one
of pictures, each with the survey.toml that describes it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

CLASSES = np.array(["GALAXY", "QSO", "STAR"])
SHARES = (0.5, 0.12, 0.38)
FEATURES, EPOCHS, SIDE = 20, 60, 64


def table(path: Path, n: int, seed: int = 0) -> Path:
    """A CSV of n objects: identifier, position, 20 numbers, the class and an automatic class that
    is right for 85 of 100. Each class is a mixture of three correlated clouds, so that no plane
    parts them; 1% of one column is blank.
    """
    rng = np.random.default_rng(seed)
    kind, cloud = rng.choice(3, n, p=SHARES), rng.integers(0, 3, n)
    layout = np.random.default_rng(1)  # the clouds are the same whatever n and seed
    centres = layout.normal(scale=0.6, size=(3, 3, FEATURES))
    common = rng.normal(size=(n, 3)) @ layout.normal(scale=0.5, size=(3, FEATURES))
    x = centres[kind, cloud] + common + rng.normal(size=(n, FEATURES))
    x[:, 0] = np.where(rng.random(n) < 0.01, np.nan, x[:, 0])
    said = np.where(rng.random(n) < 0.85, kind, rng.integers(0, 3, n))
    columns: dict[str, object] = {
        "name": pa.array(np.char.add("J", np.char.zfill(rng.permutation(n).astype(str), 8))),
        "ra": np.round(np.arange(n) * 137.50776405 % 360, 6),  # on a spiral: no two close by chance
        "dec": np.round(np.degrees(np.arcsin((2 * np.arange(n) + 1) / n - 1)), 6),
        "class": pa.array(CLASSES[kind]),
        "auto_class": pa.array(CLASSES[said]),
    }
    columns |= {
        f"mag_{i:02d}": pa.array(np.round(18 + x[:, i], 4), from_pandas=True)
        for i in range(FEATURES)
    }
    pa.csv.write_csv(pa.table(columns), path)
    return path


TABLE = """
name = "jobs"
title = "Simulated objects"
simulated = true
[table]
file = "{file}"
[objects]
id = "name"
ra = "ra"
dec = "dec"
[features]
{features}
[scheme]
classes = ["GALAXY", "QSO", "STAR"]
ordered = false
[label]
column = "class"
[baseline]
column = "auto_class"
title = "The survey's automatic class"
[splits.main]
kind = "stratified"
test_fraction = 0.3
"""


def table_survey(file: Path) -> Path:
    """The survey.toml of a table."""
    features = "\n".join(
        f"mag_{i:02d} = {{ column = 'mag_{i:02d}', unit = 'mag' }}" for i in range(FEATURES)
    )
    toml = file.with_name("survey.toml")
    toml.write_text(TABLE.format(file=file.name, features=features))
    return toml


STARS = """
name = "jobs_stars"
title = "Simulated stars"
simulated = true
[table]
file = "stars.csv"
[objects]
id = "star"
[light_curves]
file = "lc"
layout = "star_files"
bands = ["V"]
time_standard = "HJD"
highest_frequency = 2.0
[scheme]
classes = ["constant", "periodic"]
ordered = false
[label]
column = "kind"
[splits.main]
kind = "stratified"
test_fraction = 0.3
"""


def stars(folder: Path, n: int, seed: int = 0) -> Path:
    """The survey.toml of n stars with a file of 60 epochs each: constant, or a sine of .5 to 3
    days.
    """
    rng = np.random.default_rng(seed)
    (folder / "lc").mkdir(parents=True)
    names, kinds = [f"S{i:06d}" for i in range(n)], rng.integers(0, 2, n)
    for name, kind in zip(names, kinds):
        time = np.sort(rng.uniform(0, 300, EPOCHS))
        wave = kind * 0.3 * np.sin(2 * np.pi * time / rng.uniform(0.5, 3))
        magnitude = rng.uniform(11, 14) + wave + rng.normal(scale=0.03, size=EPOCHS)
        lines = (f"{t:.5f} {m:.3f} 0.030" for t, m in zip(time, magnitude))
        (folder / "lc" / f"{name}.dat").write_text("\n".join(lines) + "\n")
    rows = (f"{name},{('constant', 'periodic')[kind]}" for name, kind in zip(names, kinds))
    (folder / "stars.csv").write_text("star,kind\n" + "\n".join(rows) + "\n")
    (folder / "survey.toml").write_text(STARS)
    return folder / "survey.toml"


PICTURES = """
name = "jobs_pictures"
title = "Simulated pictures"
simulated = true
[table]
file = "pictures.csv"
[objects]
id = "name"
[images]
file = "pics"
mode = "L"
size = 32
[scheme]
classes = ["round", "edge-on"]
ordered = false
[label]
column = "kind"
[splits.main]
kind = "stratified"
test_fraction = 0.3
"""


def pictures(folder: Path, n: int, seed: int = 0) -> Path:
    """The survey.toml of n JPEG of 64 x 64 pixels: round or flat Gaussians at any angle."""
    from PIL import Image

    rng = np.random.default_rng(seed)
    (folder / "pics").mkdir(parents=True)
    names, kinds = [f"G{i:06d}" for i in range(n)], rng.integers(0, 2, n)
    grid = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    for name, kind in zip(names, kinds):
        angle, width = rng.uniform(0, np.pi), rng.uniform(5, 9)
        along = grid[0] * np.cos(angle) + grid[1] * np.sin(angle)
        across = grid[1] * np.cos(angle) - grid[0] * np.sin(angle)
        light = np.exp(-0.5 * (along**2 + (across * (1 + 2 * kind)) ** 2) / width**2)
        pixels = 200 * light + rng.normal(20, 4, (SIDE, SIDE))
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / "pics" / f"{name}.jpg")
    rows = (f"{name},{('round', 'edge-on')[kind]}" for name, kind in zip(names, kinds))
    (folder / "pictures.csv").write_text("name,kind\n" + "\n".join(rows) + "\n")
    (folder / "survey.toml").write_text(PICTURES)
    return folder / "survey.toml"
