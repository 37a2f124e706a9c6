"""VOTable for programmes of the Virtual Observatory: the confusion tables, then the statistics
(Ochsenbein et al. 2019).
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from reports.comparison import Comparison
from reports.measures.statistics import KEYS
from reports.pages import layout, wording
from reports.render import ecsv

if TYPE_CHECKING:
    from astropy.table import MaskedColumn, Table

SUFFIX = ".vot"


def render(comparison: Comparison) -> str:
    """Two tables in one resource: `confusion`, with the columns of the ECSV form, and `statistics`
    (classifier, statistic, value, low, high, origin), where a number that is not known is null.

    Parameters
    ----------
    comparison : Comparison
        What is written down.

    Returns
    -------
    str
        The text of a file.
    """
    bounds = (wording.bounds_sentence(comparison, found) for found in comparison.bounds)
    description = " ".join(
        [
            wording.headline(comparison),
            layout.caption(comparison),
            *layout.notes(comparison),
            *bounds,
        ]
    )
    confusion = ecsv.table(comparison)
    confusion.meta = {}
    tables = {"confusion": confusion, "statistics": statistics(comparison)}
    return document(comparison.survey, description, tables)


def document(name: str, description: str, tables: Mapping[str, Table]) -> str:
    """A VOTable with one resource that holds `tables` by name, cells as text."""
    from astropy.io.votable.tree import Resource, TableElement, VOTableFile

    file, resource, text = VOTableFile(), Resource(name=name), io.BytesIO()
    file.description = description
    file.resources.append(resource)
    with warnings.catch_warnings():
        # a column that is named n_Sa+Sb gets the identifier n_Sa_Sb
        warnings.simplefilter("ignore")
        for key, table in tables.items():
            element = TableElement.from_table(file, table)
            element.name = element.ID = key
            resource.tables.append(element)
        # astropy's C writer of cells writes a byte past its buffer at some lengths of text (475
        # characters); its Python writer, which this option chooses, gives the same bytes.
        file.to_xml(text, _debug_python_based_parser=True)
    return text.getvalue().decode("utf-8")


def statistics(comparison: Comparison) -> Table:
    """One row per classifier and statistic that is known, as an astropy Table."""
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


def _numbers(values: list[float | None]) -> MaskedColumn:
    from astropy.table import MaskedColumn

    return MaskedColumn(
        [0.0 if value is None else value for value in values],
        mask=[value is None for value in values],
    )
