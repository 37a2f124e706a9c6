"""The section [light_curves] of a survey.toml: where the epochs of a user's own survey lie, and how
they are measured.

    [light_curves]
    file = "epochs.parquet"          # or a list, a folder, a tar
    layout = "long_table"            # or star_files, fits, plasticc, ztf
    bands = ["V"]
    time_standard = "HJD"            # JD, HJD or BJD; time_zero is added to the written numbers to
                                     give it
    object_id = "star"
    time = "hjd"
    magnitude = "mag"
    error = "err"
    highest_frequency = 20.0         # of the period search, cycles a day
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.files.digests import sha256_unless_unchanged
from catalogs.files.folders import listing
from catalogs.lightcurves.cleaning import Cleaning
from catalogs.lightcurves.features import Measurement
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.plan import LightCurvePlan, Progress
from catalogs.lightcurves.timescales import TimeScale
from catalogs.survey_toml.sections import Section

if TYPE_CHECKING:
    from catalogs.lightcurves.container import LightCurves
    from catalogs.lightcurves.epochs import Source

# What a section of each layout may hold besides the common keys.
LAYOUTS = {
    "long_table": (
        ("object_id", "time", "magnitude", "error", "band_column", "delimiter"),
        ("flux_zero_point", "softening"),
    ),
    "star_files": (("suffix",), ()),
    "fits": (("flux", "flux_error", "name"), ("flux_zero_point",)),
    "plasticc": ((), ()),
    "ztf": ((), ()),
}
NEEDED = {"long_table": ("object_id", "time", "magnitude")}
OWN_BANDS_AND_TIMES = (
    "plasticc",
    "ztf",
    "fits",
)  # layouts that say themselves what their times are
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
class OwnLightCurves:
    """A [light_curves] section: the files, their layout with its options, the bands, the times
    (standard, zero, clock), the rules of cleaning that differ from the usual ones, and the
    measurement.
    """

    files: tuple[Path, ...]
    layout: str
    bands: tuple[str, ...]
    measurement: Measurement
    options: Mapping[str, object] = field(default_factory=dict)
    times: tuple[str, float, str] = ("JD", 0.0, "utc")
    cleaning: Mapping[str, object] = field(default_factory=dict)
    band_names: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[int, ...] = ()
    fewest_epochs: int = 1
    level: str = ""

    def plan(self, name: str) -> LightCurvePlan:
        """The plan of the survey of that name."""
        build = partial(build_light_curves, self, name)
        return LightCurvePlan(
            build=build,
            bands=self.bands,
            measure=self.measurement,
            fewest_epochs=self.fewest_epochs,
        )


def read_light_curves(top: Section, folder: Path) -> OwnLightCurves | None:
    """The section [light_curves], its faults noted; None without one, or if it cannot be
    understood.
    """
    if "light_curves" not in top:
        return None
    section = Section("light_curves", top.take("light_curves", dict), top.faults)
    layout = section.choice("layout", LAYOUTS, "long_table")
    if layout is None:
        return None
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
    bands = _bands(section, layout)
    found = OwnLightCurves(
        files=files,
        layout=layout,
        bands=bands,
        measurement=_measurement(section, bands),
        options=_options(section, layout),
        times=_times(section, layout),
        cleaning=_cleaning(section),
        band_names=section.texts_by_name("band_names") if "band_names" in section else {},
        columns=section.items("columns", int, (1, 2, 3)) if layout == "star_files" else (),
        fewest_epochs=section.take("fewest_epochs", int, 1),
        level=section.choice("level", ("", "median"), "") or "",
    )
    if layout == "star_files" and not (
        2 <= len(found.columns) <= 3 and min(found.columns, default=0) >= 1
    ):
        rule = f"{list(found.columns)} are not two or three columns, counted from 1"
        section.fault("columns", rule, "give those of time, magnitude and error")
    section.finish()
    return found


def _bands(section: Section, layout: str) -> tuple[str, ...]:
    if layout in ("plasticc", "ztf"):
        from catalogs.lightcurves.sources import plasticc, ztf

        return {"plasticc": plasticc, "ztf": ztf}[layout].BANDS
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
    return Measurement(
        highest, oversampling, band or "", tuple(name for name in bands if band and name != band)
    )


def _options(section: Section, layout: str) -> dict[str, object]:
    texts, numbers = LAYOUTS[layout]
    options: dict[str, object] = {}
    for key in texts:
        value = (
            section.take(key, str) if key in NEEDED.get(layout, ()) else section.take(key, str, "")
        )
        options |= {key: value} if value else {}
    for key in numbers:
        value = section.take(key, float, None)
        options |= {key: value} if value is not None else {}
    return options


def _times(section: Section, layout: str) -> tuple[str, float, str]:
    if layout in OWN_BANDS_AND_TIMES:
        return ("", 0.0, "")
    standard = section.choice("time_standard", STANDARDS)
    if standard is None and "time_standard" not in section:
        section.faults.messages[-1] += (
            " (JD at the observatory, HJD or BJD; modified dates are JD with time_zero = 2400000.5)"
        )
    return (
        standard or "JD",
        section.take("time_zero", float, 0.0),
        section.choice("clock", CLOCKS, "utc") or "utc",
    )


def _cleaning(section: Section) -> dict[str, object]:
    inner = Section(section.where("cleaning"), section.take("cleaning", dict, {}), section.faults)
    rules = {key: inner.take(key, kind) for key, kind in CLEANING.items() if key in inner}
    if "sentinels" in inner:
        rules["sentinels"] = inner.items("sentinels", float)
    inner.finish(also=(*CLEANING, "sentinels"))
    return rules


def build_light_curves(
    own: OwnLightCurves,
    name: str,
    files: Mapping[str, Path],
    folder: Path,
    *,
    progress: Progress | None = None,
) -> LightCurves:
    """The light curves of a user's own survey."""
    from catalogs.lightcurves.building import build

    source, time_scale, fluxes = _source(own)
    rules = dict(own.cleaning)
    paths = _all_files(own.files)
    return build(
        source,
        folder,
        bands=own.bands,
        time_scale=time_scale,
        about={
            "survey": name,
            "files": {
                path.name: digest
                for path, digest in zip(paths, sha256_unless_unchanged(paths), strict=True)
            },
            "made": _describe(own),
        },
        cleaning=Cleaning(**rules) if fluxes is None else Cleaning.of_fluxes(rules),  # type: ignore[arg-type]
        fluxes=fluxes,
        level=own.level == "median",
        progress=progress,
    )


def _describe(own: OwnLightCurves) -> dict:
    """What the section says, but where the files lie and how they are measured, as JSON."""
    left_out = ("files", "measurement")
    return {f.name: _plain(getattr(own, f.name)) for f in fields(own) if f.name not in left_out}


def _plain(value: object) -> object:
    return (
        dict(value)
        if isinstance(value, Mapping)
        else list(value)
        if isinstance(value, tuple)
        else value
    )


def _all_files(paths: tuple[Path, ...]) -> list[Path]:
    return [part for path in paths for part in (listing(path).paths if path.is_dir() else [path])]


def _source(own: OwnLightCurves) -> tuple[Source, TimeScale, Fluxes | None]:
    """The epochs, what their times are, and what their fluxes are (None: they are magnitudes)."""
    from catalogs.lightcurves.sources import fits_files, plasticc, ztf
    from catalogs.lightcurves.sources.long_table import LongColumns, long_table

    options = dict(own.options)
    softening = options.pop("softening", None)
    if own.layout == "plasticc":
        return plasticc.plasticc(_all_files(own.files)), plasticc.TIME_SCALE, plasticc.FLUXES
    if own.layout == "ztf":
        return ztf.ztf_alerts(_all_files(own.files)), ztf.TIME_SCALE, None
    if own.layout == "fits":
        renamed = {"flux_error": "error", "flux_zero_point": "zero_point"}
        chosen = {renamed.get(key, key): value for key, value in options.items()}
        source = fits_files.fits_files(_all_files(own.files), fits_files.FitsColumns(**chosen))
        return source, fits_files.TIME_SCALE, fits_files.FLUXES_ARE
    time_scale = TimeScale(*own.times)
    if own.layout == "star_files":
        return _star_files(own, options), time_scale, None
    delimiter, zero_point = options.pop("delimiter", None), options.pop("flux_zero_point", None)
    options["band"] = options.pop("band_column", "")
    columns = LongColumns(**options, band_names=dict(own.band_names) or None)
    fluxes = None if zero_point is None else Fluxes(zero_point, softening)
    return long_table(_all_files(own.files), columns, own.bands, delimiter), time_scale, fluxes


def _star_files(own: OwnLightCurves, options: dict) -> Source:
    """Several places one after the other; with more than one band, each in a folder of its name."""
    from catalogs.lightcurves.sources.star_files import StarFiles, by_folder, by_stem, star_files

    suffix = options.get("suffix", ".dat")
    name = by_folder(own.bands, suffix) if len(own.bands) > 1 else by_stem(own.bands[0], (suffix,))
    time, magnitude, *error = (number - 1 for number in own.columns)
    layout = StarFiles(name, time, magnitude, error[0] if error else None)
    places = [star_files(path, layout, own.bands) for path in own.files]
    return lambda: (chunk for place in places for chunk in place())
