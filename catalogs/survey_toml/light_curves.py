"""The section [light_curves] of a survey.toml: where the epochs of a user's own survey lie, and how
they are measured.

    [light_curves]
    file = "epochs.parquet"          # or a list, a folder, a tar
    layout = "long_table"            # or another module of catalogs/lightcurves/layouts, with its
                                     own keys
    bands = ["V"]
    time_standard = "HJD"            # JD, HJD or BJD; time_zero is added to the written numbers to
                                     give it
    object_id = "star"
    time = "hjd"
    magnitude = "mag"
    error = "err"
    highest_frequency = 20.0         # of the period search, cycles a day
    amplitudes = "scaled"            # of several bands searched together: scaled, shared, free, or
                                     one_band
    period_column = "P"              # periods known, in days: they are used, and none is searched
    level = "median"                 # files (or part_column) of one object brought to one level
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalogs.files.digests import sha256_unless_unchanged
from catalogs.files.folders import named_files
from catalogs.lightcurves import layouts
from catalogs.lightcurves.building import build  # loads pandas and pyarrow
from catalogs.lightcurves.cleaning import Cleaning
from catalogs.lightcurves.features import Measurement
from catalogs.lightcurves.layout import Layout
from catalogs.lightcurves.plan import LightCurvePlan, Progress
from catalogs.lightcurves.timescales import TimeScale
from catalogs.survey_toml.sections import Section

if TYPE_CHECKING:
    from catalogs.lightcurves.container import LightCurves

AMPLITUDES = ("scaled", "shared", "free", "one_band")
LEVELS = ("none", "median")
STANDARDS = ("JD", "HJD", "BJD")
CLOCKS = ("utc", "tai", "tt", "tcb", "tdb")
CLEANING = {
    "brightest": float,
    "faintest": float,
    "largest_error": float,
    "unknown_errors": bool,
    "duplicates": bool,
}


@dataclass(frozen=True)
class LightCurveSection:
    """A [light_curves] section: the folder of the survey.toml, the files and folders that hold the
    epochs, their layout, the bands, the time scale, the rules of cleaning that differ from the
    usual ones, the measurement, with fewer epochs than how many an object is left out, whether the
    parts of a light curve are brought to one level ("median"), and the column of the survey's
    table that holds known periods in days ('' for none).
    """

    folder: Path
    files: tuple[Path, ...]
    layout: Layout
    bands: tuple[str, ...]
    times: TimeScale
    measurement: Measurement
    cleaning: Mapping[str, Any] = field(default_factory=dict)
    fewest_epochs: int = 1
    level: str = "none"
    period_column: str = ""

    def plan(
        self, name: str, periods: Callable[[], Mapping[str, float]] | None = None
    ) -> LightCurvePlan:
        """The plan of the survey of that name; `periods` reads the column `period_column`."""
        return LightCurvePlan(
            build=partial(build_light_curves, self, name),
            bands=self.bands,
            measure=self.measurement,
            fewest_epochs=self.fewest_epochs,
            periods=periods if self.period_column else None,
        )

    def describe(self) -> dict[str, Any]:
        """What decides the light curves, beside the bytes of the files, as JSON."""
        return {
            "layout": self.layout.kind,
            "keys": self.layout.given(),
            "bands": list(self.bands),
        }


def read_light_curves(top: Section, folder: Path) -> LightCurveSection | None:
    """The section [light_curves], its faults noted; None without one, or if it cannot be
    understood.
    """
    if "light_curves" not in top:
        return None
    section = Section("light_curves", top.take("light_curves", dict), top.faults)
    kind = section.choice("layout", layouts.names(), "long_table")
    if kind is None:
        return None
    wanted = layouts.load(kind)
    before = len(section.faults.messages)
    layout = wanted(**section.keys_of(wanted))
    if len(section.faults.messages) == before:
        section.note(layout.rules())
    bands = layout.fixed_bands or _bands(section)
    period_column = section.take("period_column", str, "")
    measurement = _measurement(section, bands)
    found = LightCurveSection(
        folder=folder,
        files=_files(section, folder),
        layout=layout,
        bands=bands,
        times=layout.fixed_time_scale or _times(section),
        measurement=replace(measurement, known_periods=bool(period_column)),
        period_column=period_column,
        cleaning=_cleaning(section),
        fewest_epochs=section.take("fewest_epochs", int, 1),
        level=section.choice("level", LEVELS, layout.usual_level) or "none",
    )
    section.finish()
    return found


def _files(section: Section, folder: Path) -> tuple[Path, ...]:
    files = tuple(folder / name for name in section.items("file", str, None) or ())
    for file in files:
        if not os.path.exists(file):
            section.fault(
                "file", f"{str(file)!r} does not exist", "give a path relative to the survey.toml"
            )
    if "file" not in section:
        section.fault(
            "file",
            "missing",
            "give the path of the epochs: a file, a list of them, a folder or a tar",
        )
    return files


def _bands(section: Section) -> tuple[str, ...]:
    bands = section.items("bands", str, None)
    if not bands or len(set(bands)) < len(bands):
        section.fault(
            "bands", "missing, empty or given twice", 'name the bands, such as bands = ["V"]'
        )
        return ("V",)
    return bands


def _measurement(section: Section, bands: tuple[str, ...]) -> Measurement:
    highest = section.take("highest_frequency", float, 20.0)
    oversampling = section.take("oversampling", float, 2.5)
    if highest <= 0 or oversampling < 1:
        rule = f"{highest:g} with oversampling {oversampling:g}"
        section.fault("highest_frequency", rule, "give more than 0, and at least 1")
    band = section.choice("band", bands, bands[0] if len(bands) > 1 else "")
    amplitudes = section.choice("amplitudes", AMPLITUDES, "scaled") if len(bands) > 1 else ""
    colours = tuple(name for name in bands if band and name != band)
    return Measurement(
        highest,
        oversampling,
        band or "",
        colours,
        "" if amplitudes == "one_band" else amplitudes or "",
    )


def _times(section: Section) -> TimeScale:
    standard = section.choice("time_standard", STANDARDS)
    if standard is None and "time_standard" not in section:
        section.faults.messages[-1] += (
            " (JD at the observatory, HJD or BJD; modified dates are JD with time_zero = 2400000.5)"
        )
    return TimeScale(
        standard or "JD",
        section.take("time_zero", float, 0.0),
        section.choice("clock", CLOCKS, "utc") or "utc",
    )


def _cleaning(section: Section) -> dict[str, Any]:
    inner = Section(section.where("cleaning"), section.take("cleaning", dict, {}), section.faults)
    rules = {key: inner.take(key, kind) for key, kind in CLEANING.items() if key in inner}
    if "sentinels" in inner:
        rules["sentinels"] = inner.items("sentinels", float)
    inner.finish(also=(*CLEANING, "sentinels"))
    return rules


def build_light_curves(
    section: LightCurveSection,
    name: str,
    files: Mapping[str, Path],
    folder: Path,
    *,
    progress: Progress | None = None,
) -> LightCurves:
    """The light curves of the user's own survey of that name, in `folder`."""
    named: dict[str, Path] = {}
    for place in section.files:
        named |= named_files(place, section.folder)
    digests = sha256_unless_unchanged(named.values())
    fluxes = section.layout.fluxes()
    return build(
        section.layout.source(section.files, section.bands),
        folder,
        bands=section.bands,
        time_scale=section.times,
        about={
            "survey": name,
            "files": dict(zip(named, digests, strict=True)),
            "made": section.describe(),
        },
        cleaning=Cleaning.of_fluxes(section.cleaning) if fluxes else Cleaning(**section.cleaning),
        fluxes=fluxes,
        level=section.level == "median",
        progress=progress,
    )
