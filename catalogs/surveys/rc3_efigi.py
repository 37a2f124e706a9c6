"""The galaxies that RC3 and EFIGI both class by eye: RC3's types and photometry, and EFIGI's types
in the place of a scheme.

How far two catalogues made by people agree is what a classifier can be expected to reach: the table
of EFIGI against RC3 stands beside the network's. EFIGI took its galaxies from RC3 and its authors
knew that catalogue; what they saw were other pictures (Baillard et al. 2011). Split and photometry
are those of the survey rc3, on fewer galaxies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs.splits.kinds.group_folds import GroupFolds
from catalogs.survey import given_files
from catalogs.surveys import efigi, rc3

if TYPE_CHECKING:
    from catalogs.catalogue import Catalogue

NAME = "rc3_efigi"
FILES = (
    replace(rc3.FILE, survey=rc3.NAME),
    *(replace(file, survey=efigi.NAME) for file in efigi.FILES),
)
FOLDS = 5


def ingest(files: Mapping[str, Path]) -> Catalogue:
    """RC3's galaxies that both catalogues class, in RC3's order, by PGC number."""
    given_files(NAME, files, tuple(file.name for file in FILES))
    photometry = rc3.ingest({rc3.FILE.name: files[rc3.FILE.name]})
    seen = efigi.ingest({file.name: files[file.name] for file in efigi.FILES})
    names, _, theirs = efigi.human_agreement(seen, photometry)
    checksums = {**photometry.provenance["files"], **seen.provenance["files"]}
    both = photometry.select(names)
    about = {"files": checksums, "rows": len(photometry), "joined": len(both)}
    return replace(both, survey=NAME, baseline=np.asarray(theirs, dtype=str), provenance=about)


SURVEY = replace(
    rc3.SURVEY,
    name=NAME,
    title="RC3 galaxies that EFIGI classes too",
    citation=f"{rc3.SURVEY.citation}; {efigi.SURVEY.citation}",
    licence=f"RC3: {rc3.SURVEY.licence}; EFIGI: {efigi.SURVEY.licence}",
    files=FILES,
    splits={
        f"fold_{fold + 1}": GroupFolds(
            fold=fold,
            n_folds=FOLDS,
            description=f"fold {fold + 1} of {FOLDS} is tested, the others train",
        )
        for fold in range(FOLDS)
    },
    ingest=ingest,
    baseline="EFIGI, by eye",
    baseline_kind="human",
    baseline_note=(
        "The types that EFIGI's astronomers gave the same galaxies on other pictures (Baillard et"
        " al. 2011); they knew RC3."
    ),
)
