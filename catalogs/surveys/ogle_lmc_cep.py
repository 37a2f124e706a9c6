"""OGLE-IV classical Cepheids of the Large Magellanic Cloud: I and V light curves, and the modes in
which the stars pulsate.

The OGLE Collection's own layout: `ident.dat` (stars, modes, positions), `phot.tar.gz` (phot/I and
phot/V, one text file per star) and a README with the byte tables. The pinned files are the state of
2018, 4,704 stars, as kept in a public repository; the official server serves later states under the
same names, which a user may give as files of his own. Ten stars of rarer modes, and those without
any photometry, carry no label or are left out.

OGLE's own parameters (cepF.dat and so on) are no inputs: each mode has its own table, and of them
the public copy holds that of mode F alone, so that having a value is the label. What is measured
here agrees with that table; a test holds it to that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.catalogue import Catalogue
from catalogs.files.digests import sha256_of
from catalogs.files.fetch import RemoteFile
from catalogs.lightcurves import features
from catalogs.lightcurves.building import build
from catalogs.lightcurves.ogle import identification
from catalogs.lightcurves.plan import LightCurvePlan, Progress
from catalogs.lightcurves.timescales import TimeScale
from catalogs.splits.kinds.group_folds import GroupFolds
from catalogs.splits.kinds.sky_cells import SkyCells
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files

if TYPE_CHECKING:
    from catalogs.lightcurves.container import LightCurves

NAME = "ogle_lmc_cep"
SERVER = "https://www.astrouw.edu.pl/ogle/ogle4/OCVS/lmc/cep"
README = RemoteFile(
    name="README.txt",
    url=f"{SERVER}/README",
    sha256="2b2cc69aac22e4e46ef079340d78c790f3f395e871e61ac3cacd21799bc2696b",
    bytes=8009,
)
IDENT = RemoteFile(
    name="ident.dat",
    url=f"{SERVER}/ident.dat",
    sha256="39f5b3f80863f2b83ab8bc77f7253c3fd2e41221affd31512f7a264d5e65e5be",
    bytes=494081,
)
PHOT = RemoteFile(
    name="phot.tar.gz",
    url=f"{SERVER}/phot.tar.gz",
    sha256="952f31d24078d36bf228c09a25bfd36fed22a1fae141d4db0376e635e31fb076",
    bytes=19904733,
)
FILES = (README, IDENT, PHOT)
BANDS = ("I", "V")
MODES = ("F", "1O", "2O", "F/1O", "1O/2O")  # those with 20 stars or more
# The shortest overtone period of a Cepheid of the LMC is about 0.2 days.
MEASURED = features.Measurement(highest_frequency=6.0, band="I", colours=("V",))
N_TRAIN, N_TEST = (
    3098,
    1549,
)  # two and one third of the 4,647 stars of these modes that have epochs in I
SPLITS = {
    "stratified": Stratified(
        n_train=N_TRAIN,
        n_test=N_TEST,
        description=f"{N_TRAIN:,} stars to train and {N_TEST:,} to test, stratified by mode",
    ),
    **{
        f"fold_{fold + 1}": GroupFolds(
            n_folds=3,
            fold=fold,
            description=(
                f"stars in three folds of like mix of modes: fold {fold + 1} to test, the others to"
                " train"
            ),
        )
        for fold in range(3)
    },
    "fields": SkyCells(
        n_folds=3,
        cell_deg=1.2,
        description=(
            "whole cells of the sky as large as one of OGLE-IV's fields: a third to test, the"
            " others to train"
        ),
    ),
}


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """The stars of ident.dat with their modes and positions, no inputs yet."""
    import pandas as pd

    readme, path, _ = given_files(NAME, files, tuple(file.name for file in FILES))
    table, digest = identification(path, readme), sha256_of(path)
    return Catalogue(
        survey=NAME,
        object_id=table["object_id"].to_numpy(),
        features=pd.DataFrame(index=range(len(table))),
        columns=(),
        labels=np.where(table["type"].isin(MODES), table["type"], "").astype(str),
        scheme=schemes.load(NAME),
        group=table["object_id"].to_numpy(),
        ra_deg=table["ra_deg"].to_numpy(),
        dec_deg=table["dec_deg"].to_numpy(),
        provenance={
            "files": {IDENT.name: digest},
            "pinned": digest == IDENT.sha256,
            "rows": len(table),
        },
    )


def build_light_curves(
    files: Mapping[str, Path], folder: Path, *, progress: Progress | None = None
) -> LightCurves:
    """The light curves of all stars, streamed from phot.tar.gz; times are heliocentric Julian
    Dates.
    """
    from catalogs.lightcurves.sources.star_files import StarFiles, by_folder, star_files

    *_, path = given_files(NAME, files, tuple(file.name for file in FILES))
    return build(
        star_files(path, StarFiles(name=by_folder(BANDS)), BANDS),
        folder,
        bands=BANDS,
        time_scale=TimeScale("HJD", zero=2450000.0),
        about={"survey": NAME, "files": {PHOT.name: sha256_of(path)}},
        progress=progress,
    )


SURVEY = Survey(
    name=NAME,
    title="OGLE-IV classical Cepheids of the LMC",
    citation=(
        "Soszynski et al. 2015, Acta Astron. 65, 297; Soszynski et al. 2017, Acta Astron. 67, 103"
    ),
    licence="free for research with reference to the OGLE papers",
    files=FILES,
    scheme=NAME,
    noun="stars",
    columns=MEASURED.columns(),
    automatic_features=features.AUTOMATIC,
    splits=SPLITS,
    ingest=ingest,
    light_curves=LightCurvePlan(build=build_light_curves, bands=BANDS, measure=MEASURED),
    classifier="gru_folded",
)
