"""How large a leak must be to be found, and whether honest columns are blamed, on five real surveys
and a simulated one.

A column is shifted by the class: by `size` of its standard deviations between the first and the
last class, in the order of the classes (of the Hubble sequence where there is one). A leak is found
when a column is reported, and named when it is the shifted one, or that is given as what may be at
fault in place of the reported one.

Run with: ASTRONN_MIRROR=... python -m benchmarks.leaks
(not part of `python -m benchmarks`: nothing here is timed)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from catalogs import schemes, surveys
from catalogs.formats.tables import read_table
from catalogs.leaks import audit

SIZES = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
ROWS, CARRIERS = 3000, 6
BANDS = ["u", "g", "r", "i", "z"]
MORPHOLOGY = ["Rp", "nFit2D", "qFit2D", "R50", "R90", "C1", "C2", "A0", "A1", "A3", "S3", "G"]
MORPHOLOGY += ["sigma_psi", "M20", "H"]
VOTES = ["dsk_frac", "sph_frac", "pec_frac", "smooth_frac", "extended_frac", "classifiable_frac"]
RC3 = ["BT_MAG", "LOG_D25", "LOG_R25", "LOG_AE", "BV_COLOR_TOT", "UB_COLOR_TOT", "SURF_BRTNESS_AE"]
Frame = tuple[pd.DataFrame, np.ndarray, tuple[str, ...]]


def openngc(mirror: Path) -> Frame:
    """The 13 derived parameters of the survey."""
    found = surveys.load("openngc").ingest({"NGC.csv": mirror / "openngc" / "NGC.csv"})
    return found.features, found.labels, found.scheme.classes


def rc3(mirror: Path) -> Frame:
    """Seven parameters that were not corrected with the help of the type."""
    table = read_table(mirror / "rc3" / "newrc3limited.fits", columns=[*RC3, "HUBBLE_STAGE"])
    frame = pd.DataFrame({name: np.asarray(table[name], float) for name in RC3})
    scheme = schemes.load("hubble_5")
    labels = scheme.from_t(np.asarray(table["HUBBLE_STAGE"], float)).astype(str)
    return frame, labels, scheme.classes


def efigi(mirror: Path) -> Frame:
    """The visual attributes, judged by those who gave the type."""
    survey = surveys.load("efigi")
    files = {file.name: mirror / "efigi" / file.name for file in survey.files}
    found = survey.ingest(files)
    return found.features, found.labels, found.scheme.classes


def ceers(mirror: Path) -> Frame:
    """Measured morphology."""
    frame, labels = _ceers(mirror)
    return frame[MORPHOLOGY], labels, ("spheroid", "disk", "peculiar")


def skyserver_dr14(mirror: Path) -> Frame:
    """u g r i z."""
    frame = _skyserver(mirror)
    return frame[BANDS], np.array(frame["class"].tolist(), dtype=str), ("STAR", "GALAXY", "QSO")


def simulated(mirror: Path) -> Frame:
    """SIMULATED galaxies."""
    found = surveys.load("simulated_catalogue").ingest({})
    return found.features, found.labels, found.scheme.classes


SURVEYS: tuple[Callable[[Path], Frame], ...] = (
    openngc,
    rc3,
    efigi,
    ceers,
    skyserver_dr14,
    simulated,
)


def known_leaks(mirror: Path) -> Iterator[tuple[str, list[str]]]:
    """What is reported where columns are known to leak: (which table, the reports)."""
    frame, labels, _ = openngc(mirror)
    table = read_table(mirror / "openngc" / "NGC.csv", columns=["Name", "SurfBr"])
    names = surveys.load("openngc").ingest({"NGC.csv": mirror / "openngc" / "NGC.csv"}).object_id
    bright = np.ma.filled(table["SurfBr"], np.nan).tolist()
    of = dict(zip(table["Name"].tolist(), bright, strict=True))
    yield "openngc, with SurfBr", said(frame.assign(SurfBr=[of[n] for n in names]), labels)
    frame, labels = _ceers(mirror)
    yield "ceers, votes alone", said(frame[VOTES], labels)
    yield "ceers, morphology and votes", said(frame[MORPHOLOGY + VOTES], labels)
    frame = _skyserver(mirror)
    labels = np.array(frame["class"].tolist(), dtype=str)
    yield "skyserver_dr14, u g r i z, redshift", said(frame[[*BANDS, "redshift"]], labels)
    books = ["plate", "mjd", "fiberid", "run", "camcol", "field"]
    yield "skyserver_dr14, u g r i z, bookkeeping", said(frame[[*BANDS, *books]], labels)


def said(frame: pd.DataFrame, labels: np.ndarray) -> list[str]:
    """The reports of an audit."""
    return [str(leak) for leak in audit(frame, labels)]


def detection(frame: pd.DataFrame, labels: np.ndarray, classes: tuple[str, ...]) -> list[str]:
    """Of each size of leak, for how many of the carriers something is reported, and in how many of
    these the carrier itself: "6 (5) of 6"."""
    rng = np.random.default_rng(0)
    known = np.flatnonzero(labels != "")
    rows = np.sort(rng.permutation(known)[:ROWS])
    frame, labels = frame.iloc[rows].reset_index(drop=True), labels[rows]
    step = np.select([labels == name for name in classes], np.arange(len(classes)), np.nan)
    step = step / (len(classes) - 1)
    numeric = [name for name in frame if frame[name].dtype.kind == "f"]
    carriers = numeric[:: max(1, len(numeric) // CARRIERS)][:CARRIERS]
    found = []
    for size in SIZES:
        hits = named = 0
        for name in carriers:
            values = frame[name].to_numpy(float)
            shift = size * values[np.isfinite(values)].std() * step
            leaking = audit(frame.assign(**{name: frame[name] + shift}), labels)
            hits += bool(leaking)
            named += any(name in (leak.column, *leak.instead, *_used(leak)) for leak in leaking)
        found.append(f"{hits} ({named}) of {len(carriers)}")
    return found


def _used(leak) -> tuple[str, ...]:
    return leak.partners if leak.kind == "together" else ()


def _ceers(mirror: Path) -> tuple[pd.DataFrame, np.ndarray]:
    folder = mirror / "ceers"
    both = pd.read_csv(folder / "morphology_morfometryka.csv").merge(
        pd.read_csv(folder / "aggregated_classifications.csv"), on="unique_id"
    )
    labels = np.array(both["class"].tolist(), dtype=str)
    return both, np.where(np.isin(labels, ["disk", "peculiar", "spheroid"]), labels, "")


def _skyserver(mirror: Path) -> pd.DataFrame:
    return pd.read_csv(next((mirror / "skyserver_dr14").glob("*.csv")))


def main() -> None:
    """Print the tables of docs/explanation/leaks.md."""
    mirror = Path(os.environ["ASTRONN_MIRROR"])
    print("| survey | honest columns | blamed |", *(f" {size:g} sd |" for size in SIZES), sep="")
    print("| --- | --- | --- |" + " --- |" * len(SIZES))
    for load in SURVEYS:
        frame, labels, classes = load(mirror)
        blamed = [leak.column for leak in audit(frame, labels)]
        cells = [load.__name__, str(frame.shape[1]), ", ".join(blamed) or "none"]
        print("|", " | ".join([*cells, *detection(frame, labels, classes)]), "|", flush=True)
    print()
    for what, reports in known_leaks(mirror):
        print(f"- {what}: {'; '.join(reports) or 'nothing'}", flush=True)


if __name__ == "__main__":
    main()
