"""ESO-LV: the Surface Photometry Catalogue of the ESO-Uppsala Galaxies, VizieR VII/115, from its
ReadMe and data file.

Where a column stands is read from the ReadMe; what it means for us is data too, eso_lv.toml. The
catalogue was not at hand when this was written: no checksum is pinned, and the labels in
eso_lv.toml are to be compared with the ReadMe. Give both files as files of your own; `download`
makes them from VizieR by way of astroquery."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError
from catalogs.files.digests import sha256_of
from catalogs.files.fetch import RemoteFile
from catalogs.formats import cds
from catalogs.formats.reading.wanted import text_of
from catalogs.formats.tables import read_table
from catalogs.schema import Column
from catalogs.splits.kinds.group_folds import GroupFolds
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files
from catalogs.survey_toml.expressions import parse

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from astropy.table import Table


NAME = "eso_lv"
SCHEME = "hubble_5"
CATALOGUE = "VII/115"
LAST_STAGE = 10.5  # larger numbers are marks, not stages
UNPUBLISHED = (
    f"no checksum of {CATALOGUE} is known here, so it is not fetched by itself: write it with "
    "catalogs.surveys.eso_lv.download(folder), or take ReadMe and data file from the CDS"
)
FILES = tuple(
    RemoteFile(name=name, url="", sha256="", bytes=0, unpublished=UNPUBLISHED)
    for name in ("ReadMe", "eso_lv.dat")
)
REQUIRED = {"identifier", "stage", "frame", "inputs"}
OPTIONAL = {"automatic_stage", "ra_deg", "dec_deg"}
RIGHT_ASCENSION, DECLINATION = (
    ("RAh", "RAm", "RAs"),
    (
        "DE-",
        "DEd",
        "DEm",
        "DEs",
    ),
)  # labels that the CDS prescribes


def mapping(path: Path | None = None) -> dict:
    """The column mapping in a TOML file, by default the shipped one; unknown and missing keys are
    one CatalogueError.
    """
    text = (path or resources("catalogs.surveys").joinpath("eso_lv.toml")).read_text(
        encoding="utf-8"
    )
    content = tomllib.loads(text)
    wrong = sorted(set(content) - REQUIRED - OPTIONAL) or sorted(REQUIRED - set(content))
    if wrong:
        remedy = (
            f"give {', '.join(sorted(REQUIRED))}, and if you like {', '.join(sorted(OPTIONAL))}"
        )
        raise CatalogueError(
            f"{path or 'eso_lv.toml'}: unknown or missing keys {wrong}; remedy: {remedy}"
        )
    return content


def columns(content: Mapping) -> tuple[Column, ...]:
    """The inputs that a mapping describes."""
    return tuple(
        Column(name, entry["unit"], entry["description"], derived=True)
        for name, entry in content["inputs"].items()
    )


def ingest(files: Mapping[str, Path], content: Mapping | None = None) -> Catalogue:
    """All galaxies of the data file, labelled or not; `content` is a column mapping in place of the
    shipped one.
    """
    readme, data = given_files(NAME, files, tuple(file.name for file in FILES))
    content = mapping() if content is None else content
    table = _table(readme, data, content)
    scheme, names = (
        schemes.load(SCHEME),
        np.asarray(np.ma.filled(table[content["identifier"]], ""), dtype=str),
    )
    automatic = content.get("automatic_stage", "")
    ra_deg, dec_deg = positions(table, content)
    return Catalogue(
        survey=NAME,
        object_id=names,
        features=_inputs(table, content),
        columns=columns(content),
        labels=scheme.from_t(_stage(table, content["stage"])),
        stage=_stage(table, content["stage"]),
        scheme=scheme,
        group=names,
        ra_deg=ra_deg,
        dec_deg=dec_deg,
        baseline=scheme.from_t(_stage(table, automatic)) if automatic in table.colnames else None,
        provenance={
            "files": {file.name: sha256_of(files[file.name]) for file in FILES},
            "pinned": False,
            "rows": len(table),
        },
    )


def _table(readme: Path, data: Path, content: Mapping) -> Table:
    """The columns that the mapping takes, all checked at once against the ReadMe; the automatic
    stage if it is there.
    """
    described = [field.name for field in cds.layout(data, readme, _described(readme, data))[0]]
    formulas = [
        name for entry in content["inputs"].values() for name in parse(entry["formula"]).columns
    ]
    wanted = [content["identifier"], content["stage"], *formulas]
    wanted += (
        [content["ra_deg"], content["dec_deg"]]
        if "ra_deg" in content
        else [*RIGHT_ASCENSION, *DECLINATION]
    )
    if content.get("automatic_stage", "") in described:
        wanted.append(content["automatic_stage"])
    return read_table(
        data, "cds", list(dict.fromkeys(wanted)), readme=readme, table=_described(readme, data)
    )


def _described(readme: Path, data: Path) -> str | None:
    """The name under which the ReadMe describes the data: the file's own, or that of the only table
    that there is.
    """
    tables = re.findall(
        r"Byte-by-byte Description of file:\s*(\S+)", text_of(readme), re.IGNORECASE
    )
    return data.name if data.name in tables or len(tables) != 1 else tables[0]


def numbers(table: Table, name: str) -> np.ndarray:
    """A column as float64, (N,), NaN where it is masked; a column of text is a CatalogueError."""
    try:
        return np.ma.filled(np.ma.asarray(table[name]).astype(float), np.nan)
    except ValueError as error:
        raise CatalogueError(
            f"column {name!r} holds no numbers ({error}); remedy: map another column"
        ) from error


def _inputs(table: Table, content: Mapping) -> pd.DataFrame:
    import pandas as pd

    formulas = {name: parse(entry["formula"]) for name, entry in content["inputs"].items()}
    raw = {name: numbers(table, name) for formula in formulas.values() for name in formula.columns}
    return pd.DataFrame(
        {name: formula.evaluate(raw) for name, formula in formulas.items()}, index=range(len(table))
    )


def _stage(table: Table, name: str) -> np.ndarray:
    """The stage T in a column, (N,); NaN where there is none or a mark stands for one."""
    stage = numbers(table, name)
    return np.where(stage <= LAST_STAGE, stage, np.nan)


def positions(table: Table, content: Mapping) -> tuple[np.ndarray, np.ndarray]:
    """Right ascension and declination in ICRS degrees, (N,) both, NaN without a position; values
    outside the sky and a frame that astropy does not know are a CatalogueError. The frame 'fk4' is
    of the equinox 1950, 'fk5' of 2000.
    """
    from astropy.coordinates import SkyCoord, frame_transform_graph

    frame = content["frame"]
    if frame not in frame_transform_graph.get_names():
        raise CatalogueError(f"{NAME}: frame {frame!r} is unknown; remedy: one of fk4, fk5, icrs")
    if "ra_deg" in content:
        ra, dec = numbers(table, content["ra_deg"]), numbers(table, content["dec_deg"])
    else:
        ra, dec = (
            15.0 * _sexagesimal(table, RIGHT_ASCENSION),
            _sign(table) * _sexagesimal(table, DECLINATION[1:]),
        )
    placed = np.isfinite(ra) & np.isfinite(dec)
    outside = placed & ~((ra >= 0.0) & (ra < 360.0) & (abs(dec) <= 90.0))
    if outside.any():
        line = int(np.flatnonzero(outside)[0]) + 1
        raise CatalogueError(
            f"{NAME}: position off the sky in line {line}; remedy: check the ReadMe against the"
            " data file"
        )
    ours = SkyCoord(ra[placed], dec[placed], unit="deg", frame=frame).icrs
    result = np.full((2, len(table)), np.nan)
    result[:, placed] = ours.ra.deg, ours.dec.deg
    return result[0], result[1]


def _sexagesimal(table: Table, names: tuple[str, ...]) -> np.ndarray:
    """Units and their 60th and 3600th parts as one number; NaN without the units, a missing part
    counts nothing.
    """
    whole, *parts = (numbers(table, name) for name in names)
    return whole + sum(
        np.nan_to_num(part) / 60.0**power for power, part in enumerate(parts, start=1)
    )


def _sign(table: Table) -> np.ndarray:
    return np.where(np.asarray(np.ma.filled(table["DE-"], ""), dtype=str) == "-", -1.0, 1.0)


def download(folder: Path | str) -> dict[str, Path]:
    """The catalogue from VizieR by way of astroquery, an optional extra, written as the survey's
    two files into a folder; their paths by name. Byte table and data are those that astropy writes
    for VizieR's table, not the CDS's original files, and the labels are VizieR's. Without
    astroquery or an answer: CatalogueError.
    """
    try:
        from astroquery.vizier import Vizier
    except ImportError:
        remedy = "install the extra: pip install 'astronn-pipelines[vizier]'"
        raise CatalogueError(
            f"fetching {CATALOGUE} from VizieR needs astroquery; {remedy}"
        ) from None
    try:
        tables = Vizier(columns=["**"], row_limit=-1).get_catalogs(CATALOGUE)
    except OSError as error:  # requests' errors are of this kind
        failure = f"VizieR did not answer for {CATALOGUE} ({type(error).__name__}: {error})"
        raise CatalogueError(
            f"{failure}; remedy: try later, or take the files from the CDS"
        ) from error
    if not len(tables):
        raise CatalogueError(
            f"VizieR has no table of {CATALOGUE}; remedy: take the files from the CDS"
        )
    return write_pair(tables[0], Path(folder))


def write_pair(table: Table, folder: Path) -> dict[str, Path]:
    """A table as a ReadMe with its byte table and a data file of fixed width (astropy's
    machine-readable table, cut in two).
    """
    text = io.StringIO()
    table.write(text, format="ascii.mrt")
    lines = text.getvalue().splitlines(keepends=True)
    end = max(i for i, line in enumerate(lines) if line.startswith("-----")) + 1
    folder.mkdir(parents=True, exist_ok=True)
    paths = {file.name: folder / file.name for file in FILES}
    for path, part in zip(paths.values(), (lines[:end], lines[end:]), strict=True):
        path.write_text("".join(part), encoding="utf-8")
    return paths


SURVEY = Survey(
    name=NAME,
    title="ESO-LV galaxies",
    citation=(
        "Lauberts & Valentijn 1989, The Surface Photometry Catalogue of the ESO-Uppsala Galaxies,"
        " ESO; VizieR VII/115"
    ),
    licence=(
        "VizieR: cite the catalogue and VizieR (Ochsenbein, Bauer & Marcout 2000, A&AS 143, 23)"
    ),
    files=FILES,
    scheme=SCHEME,
    columns=columns(mapping()),
    automatic_features=("b_minus_r", "log_concentration", "mean_surface_brightness"),
    # 1,700 and 3,517 are the numbers of Storrie-Lombardi et al. 1992, who drew them from this
    # catalogue.
    splits={
        "stratified": Stratified(
            n_train=1700,
            n_test=3517,
            description="drawn at random in every class, among labelled galaxies",
        )
    }
    | {
        f"fold_{fold + 1}": GroupFolds(fold=fold, description=f"fold {fold + 1} of 5 is tested")
        for fold in range(5)
    },
    ingest=ingest,
    noun="galaxies",
    baseline="ESO AUTO",
    forbidden={
        "T": "it is the label itself",
        "T_auto": "it is the automatic class: it stands beside the network's as a baseline",
    },
)
