"""VOTable for programmes of the Virtual Observatory: the confusion tables, then the statistics
(Ochsenbein et al. 2019).
"""

from __future__ import annotations

import io
import warnings

import numpy as np

from reports.comparison import Comparison
from reports.measures.statistics import KEYS
from reports.pages import layout, wording
from reports.render import ecsv

SUFFIX = ".vot"


def render(comparison: Comparison) -> str:
    """Two tables in one resource: `confusion`, with the columns of the ECSV form, and `statistics`
    (classifier, statistic, value, low, high, origin), where a number that is not known is null.
    """
    from astropy.io.votable.tree import (
        Resource,
        TableElement,
        VOTableFile,
    )  # slow, and only this format needs it

    file = VOTableFile()
    bounds = (wording.bounds_sentence(comparison, found) for found in comparison.bounds)
    file.description = " ".join(
        [
            wording.headline(comparison),
            layout.caption(comparison),
            *layout.notes(comparison),
            *bounds,
        ]
    )
    resource = Resource(name=comparison.survey)
    file.resources.append(resource)
    confusion = ecsv.table(comparison)
    confusion.meta = {}
    text = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # a column that is named n_Sa+Sb gets the identifier n_Sa_Sb
        for name, table in {"confusion": confusion, "statistics": statistics(comparison)}.items():
            element = TableElement.from_table(file, table)
            element.name = element.ID = name
            resource.tables.append(element)
        file.to_xml(text)
    return text.getvalue().decode("utf-8")


def statistics(comparison: Comparison):
    """One row a classifier and statistic that is known, as an astropy Table."""
    from astropy.table import Table

    rows = [
        (r.name, key, r.statistics[key])
        for r in comparison.classifiers
        for key in KEYS
        if r.statistics[key].known
    ]
    numbers = {
        part: _numbers([getattr(found, part) for _, _, found in rows])
        for part in ("value", "low", "high")
    }
    texts = {
        "classifier": [name for name, _, _ in rows],
        "statistic": [key for _, key, _ in rows],
        "origin": [found.origin for _, _, found in rows],
    }
    return Table(
        {**{name: np.array(values, dtype=str) for name, values in texts.items()}, **numbers}
    )


def _numbers(values: list[float | None]):
    from astropy.table import MaskedColumn

    return MaskedColumn(
        [0.0 if value is None else value for value in values],
        mask=[value is None for value in values],
    )
