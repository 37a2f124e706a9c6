"""EFIGI's types on OpenNGC's machine parameters: the galaxies that are in both, by PGC number, else
by position.

The labels are the stages T of one group of astronomers on one set of pictures (Baillard et al.
2011), the inputs the thirteen of the survey openngc: nothing of an input was seen by those who gave
the labels, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.astronomy import joins
from catalogs.formats.reading.delimited import read_delimited
from catalogs.splits.kinds.group_folds import GroupFolds
from catalogs.splits.kinds.stratified import Stratified
from catalogs.survey import Survey, given_files
from catalogs.surveys import efigi, openngc

if TYPE_CHECKING:
    import numpy as np

    from catalogs.catalogue import Catalogue

NAME = "efigi_openngc"
FILES = (
    *(replace(file, survey=efigi.NAME) for file in efigi.FILES),
    replace(openngc.FILE, survey=openngc.NAME),
)
# arcsec: far less than the size of these galaxies, more than the errors of their positions
SAME_PLACE = 20.0
NEEDS = openngc.COMPLETE


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """The galaxies in both, in EFIGI's order."""
    attributes, places, ngc_path = given_files(NAME, files, tuple(file.name for file in FILES))
    seen = efigi.ingest({efigi.ATTRIBUTES.name: attributes, efigi.PLACES.name: places})
    measured = openngc.ingest({openngc.FILE.name: ngc_path})
    number = joins.by_name(seen.object_id, pgc_of(ngc_path, measured))
    place = joins.by_position(seen, measured, SAME_PLACE)
    place[np.isin(place, number)] = -1  # taken by its number
    rows = np.where(number >= 0, number, place)
    joined = joins.with_inputs_of(seen, measured, rows, NAME)
    counts = {
        "by_pgc": int((number >= 0).sum()),
        "by_position": int(((number < 0) & (place >= 0)).sum()),
    }
    return replace(joined, provenance={**joined.provenance, **counts})


def pgc_of(path: Path, measured: Catalogue) -> np.ndarray:
    """The PGC name of each OpenNGC galaxy, (N,) text; '' where it has none, or shares it with
    another one.
    """
    cells = read_delimited(path, ("Name", "Identifiers"), delimiter=";").set_index("Name")[
        "Identifiers"
    ]
    numbers = cells[cells.index.isin(measured.object_id)].str.extract(
        r"(?:^|,)\s*PGC\s*0*([1-9]\d*)\b", expand=False
    )
    names = ("PGC" + numbers.str.zfill(7)).fillna("").reindex(measured.object_id)
    return names.mask(names.duplicated(keep=False), "").to_numpy(dtype=str)


SURVEY = Survey(
    name=NAME,
    title="EFIGI types, OpenNGC parameters",
    citation=f"{efigi.SURVEY.citation}; {openngc.SURVEY.citation}",
    licence=f"EFIGI: {efigi.SURVEY.licence}; OpenNGC: {openngc.SURVEY.licence}",
    files=FILES,
    scheme=efigi.SCHEME,
    columns=openngc.COLUMNS,
    automatic_features=openngc.SURVEY.automatic_features,
    splits={
        "stratified": Stratified(
            n_train=1000,
            n_test=500,
            needs=NEEDS,
            description=(
                "drawn at random in every class, among labelled galaxies with all 13 inputs known"
            ),
        ),
    }
    | {
        f"fold_{fold + 1}": GroupFolds(
            fold=fold,
            needs=NEEDS,
            description=f"fold {fold + 1} of 5 is tested, the others train",
        )
        for fold in range(5)
    },
    ingest=ingest,
    noun="galaxies",
    forbidden={**openngc.SURVEY.forbidden, **efigi.SURVEY.forbidden},
)
