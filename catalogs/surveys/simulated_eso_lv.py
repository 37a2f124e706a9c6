"""A simulated catalogue in the form of ESO-LV: a ReadMe with its byte table and a data file of
fixed width, read as the real pair would be.

The galaxies are those of catalogs.simulations.catalogue; the byte positions are this file's own and
say nothing of the real catalogue. The automatic type is a straight line of T on colour,
concentration and surface brightness, rounded: a stand-in for 'ESO AUTO'. `write` makes the pair, to
be given to the survey eso_lv as a user's own files."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.simulations import catalogue as simulate
from catalogs.survey import given_files
from catalogs.surveys import eso_lv

if TYPE_CHECKING:
    import numpy as np

    from catalogs.catalogue import Catalogue

NAME = "simulated_eso_lv"
N, SEED = 5300, 1989  # 1,700 to train and 3,517 to test, as in 1992, and some without a type
UNCLASSED = 99.0  # the mark of one galaxy in 64, which nobody classified
# Format, unit, label, explanation of each column; a column that may be blank has '?' before its
# explanation.
LAYOUT = (
    ("A7", "---", "ESO-LV", "Identifier, made up"),
    ("I2", "h", "RAh", "Right ascension B1950 (hours)"),
    ("I2", "min", "RAm", "Right ascension B1950 (minutes)"),
    ("I2", "s", "RAs", "Right ascension B1950 (seconds)"),
    ("A1", "---", "DE-", "Declination B1950 (sign)"),
    ("I2", "deg", "DEd", "Declination B1950 (degrees)"),
    ("I2", "arcmin", "DEm", "Declination B1950 (minutes)"),
    ("I2", "arcsec", "DEs", "Declination B1950 (seconds)"),
    ("F4.1", "---", "T", "[-5/99] Stage T by eye, 99.0 where there is none"),
    ("F4.1", "---", "T_auto", "? Stage T of the automatic scheme"),
    ("F5.2", "mag", "Btot", "? Total B magnitude"),
    ("F5.2", "mag", "Rtot", "? Total R magnitude"),
    ("F6.1", "arcsec", "Dmaj", "? Major axis"),
    ("F6.1", "arcsec", "Dmin", "? Minor axis"),
    ("F6.1", "arcsec", "De", "? Effective diameter"),
)
RULE = "-" * 80
HEAD = (
    "SIMULATED galaxies in the form of a catalogue of the CDS. No sky was seen.",
    "=" * 80,
    "Byte-by-byte Description of file: eso_lv.dat",
    RULE,
    "   Bytes Format Units   Label   Explanations",
    RULE,
)


def columns(n: int = N, seed: int = SEED) -> dict[str, np.ndarray]:
    """n simulated galaxies by the labels of LAYOUT, (n,) each; NaN where a value is missing."""
    stage, frame = simulate.galaxies(n, seed)
    values = {name: frame[name].to_numpy() for name in frame}
    axis = 60.0 * 10.0 ** values["log_major_axis"]  # arcsec
    names = np.array([f"{1000 + number // 100:04d}{number % 100:03d}" for number in range(n)])
    return {
        "ESO-LV": names,
        **_places(n, seed),
        "T": np.where(np.arange(n) % 64 == 63, UNCLASSED, stage),
        "T_auto": _automatic(stage, values),
        "Btot": values["b_mag"],
        "Rtot": values["b_mag"] - values["b_minus_r"],
        "Dmaj": axis,
        "Dmin": axis / 10.0 ** values["log_axial_ratio"],
        "De": axis * 10.0 ** values["log_effective_to_isophotal"],
    }


def _automatic(stage: np.ndarray, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Whole stages from the straight line that fits T best, (n,); NaN where a parameter is
    missing.
    """
    seen = [
        values[name]
        for name in ("b_minus_r", "log_effective_to_isophotal", "mean_surface_brightness_b")
    ]
    A = np.column_stack([np.ones(len(stage)), *seen])
    known = np.isfinite(A).all(axis=1)
    return np.clip(np.round(A @ np.linalg.lstsq(A[known], stage[known])[0]), -5.0, 10.0)


def _places(n: int, seed: int) -> dict[str, np.ndarray]:
    """Places scattered over the sky south of -17.5 degrees, in the parts that the CDS
    prescribes.
    """
    rng = np.random.default_rng([seed, *b"places"])
    south = np.degrees(
        np.arcsin(rng.uniform(np.sin(np.radians(-89.0)), np.sin(np.radians(-17.5)), n))
    )
    seconds, arcsec = rng.integers(0, 86_400, n), np.round(-south * 3600.0).astype(int)
    parts = {
        "RAh": seconds // 3600,
        "RAm": seconds // 60 % 60,
        "RAs": seconds % 60,
        "DE-": np.full(n, "-"),
    }
    return parts | {"DEd": arcsec // 3600, "DEm": arcsec // 60 % 60, "DEs": arcsec % 60}


def write(folder: Path | str, n: int = N, seed: int = SEED) -> dict[str, Path]:
    """Write ReadMe and eso_lv.dat of n simulated galaxies into a folder, which is made; their paths
    by name.
    """
    values, lines, cells, at = columns(n, seed), [], [], 1
    for form, unit, label, text in LAYOUT:
        width = int(form[1:].split(".")[0])
        where = f"{at:d}-{at + width - 1:3d}" if width > 1 else f"{at:d}"
        lines.append(f"{where:>8} {form:6} {unit:7} {label:7} {text}")
        cells.append([_cell(value, form, width) for value in values[label].tolist()])
        at += width + 1
    paths = {file.name: Path(folder) / file.name for file in eso_lv.FILES}
    Path(folder).mkdir(parents=True, exist_ok=True)
    readme, data = paths.values()
    readme.write_text("\n".join([*HEAD, *lines, RULE]) + "\n")
    data.write_text("".join(" ".join(row) + "\n" for row in zip(*cells)))
    return paths


def _cell(value: str | float, form: str, width: int) -> str:
    """A value as the byte table says; blank for NaN."""
    if form[0] == "A":
        return f"{value:{width}}"
    if value != value:
        return " " * width
    return (
        f"{value:{width}.1f}"
        if form.endswith(".1")
        else f"{value:{width}.2f}"
        if "." in form
        else f"{value:{width}d}"
    )


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """The simulated galaxies, by way of the pair of files; `files` must be empty."""
    given_files(NAME, files, ())
    with tempfile.TemporaryDirectory() as folder:
        found = eso_lv.ingest(write(folder))
    return replace(
        found,
        survey=NAME,
        simulated=True,
        provenance={"source": "catalogs.simulations.catalogue", "n": N, "seed": SEED},
    )


SURVEY = replace(
    eso_lv.SURVEY,
    name=NAME,
    title="simulated galaxies in the form of ESO-LV",
    citation=(
        "none: the galaxies are simulated (catalogs.simulations.catalogue); the form follows the"
        " CDS standard for catalogues"
    ),
    licence="BSD-3-Clause",
    files=(),
    ingest=ingest,
    simulated=True,
    noun="simulated galaxies",
    baseline="simulated ESO AUTO",
    baseline_note=(
        "A straight line of T on colour, effective over isophotal diameter and surface brightness,"
        " rounded; it was fitted to all simulated galaxies, the tested ones among them."
    ),
)
