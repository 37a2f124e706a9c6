"""Everything that is wrong with a survey.toml and the data it describes, before any work is done
with them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError, Faults, listed
from catalogs.leaks import audit
from catalogs.splits.draw import draw
from catalogs.survey_toml.spec import OwnSpec, read_spec
from catalogs.survey_toml.survey import build

FEWEST = 10  # labelled objects of a class; with fewer no part of a split says anything of it


def check(path: Path | str) -> list[str]:
    """The faults of a survey.toml, one line each, [] if there are none: of the file itself, of the
    data (as far as a faulty file lets them be read), and then splits that cannot be drawn, classes
    too small, and inputs that leak the label.
    """
    faults = Faults(str(path))
    spec = read_spec(path, faults)
    if (
        spec is None
        or spec.scheme is None
        or not spec.identifier
        or not spec.files
        or not _files_exist(spec)
    ):
        return faults.messages
    own = len(faults.messages)
    catalogue = build(spec, faults)
    if catalogue is not None:
        if spec.features or not spec.images:  # else the inputs are measured on the pictures
            _check_inputs(catalogue, faults)
        _check_labels(spec, catalogue, faults)
        _check_leaks(spec, catalogue, faults)
        if not own:
            _check_splits(spec, catalogue, faults)
    return faults.messages


def _files_exist(spec: OwnSpec) -> bool:
    return all(
        path.exists()
        for path in (*spec.files, *([spec.options["readme"]] if "readme" in spec.options else []))
    )


def _check_inputs(catalogue: Catalogue, faults: Faults) -> None:
    if not catalogue.features.shape[1]:
        faults.add(
            "features: none", "give at least one [features.NAME] with a column or an expression"
        )
    for name in catalogue.features:
        values = catalogue.features[name].to_numpy()
        known = values[np.isfinite(values)]
        if not len(known):
            faults.add(
                f"features.{name}: no object has a value",
                "check column, expression and missing, or leave it out",
            )
        elif np.ptp(known) == 0.0:
            faults.add(
                f"features.{name}: {known[0]:g} for every object", "leave it out: it tells nothing"
            )


def _check_labels(spec: OwnSpec, catalogue: Catalogue, faults: Faults) -> None:
    counts = catalogue.class_counts()
    if spec.label is None:
        faults.add(
            "label: missing",
            "give [label] with the column of the classes: without one nothing can be learned",
        )
        return
    small = [f"{name} ({count})" for name, count in counts.items() if count < FEWEST]
    if small:
        faults.add(
            f"label.column: {spec.label.column!r} gives fewer than {FEWEST} objects for class"
            f" {listed(small)}",
            "check kind and mapping, or choose a scheme with fewer classes",
        )
    if catalogue.baseline is None:
        return
    both = (catalogue.labels != "") & (catalogue.baseline != "")
    if not both.any():
        faults.add(
            f"baseline.column: {spec.baseline.column!r} gives no labelled object a class",
            "check kind and mapping",
        )
    elif (catalogue.labels[both] == catalogue.baseline[both]).all():
        faults.add(
            f"baseline.column: {spec.baseline.column!r} is the label for all {both.sum()} objects"
            " that have both",
            "name the column of the survey's own automatic class",
        )


def _check_leaks(spec: OwnSpec, catalogue: Catalogue, faults: Faults) -> None:
    inputs = catalogue.features[[name for name in catalogue.features if name not in spec.trusted]]
    for leak in audit(inputs, catalogue.labels):
        remedy = f'leave it out, or say under [trusted] why it is no leak: {leak.column} = "..."'
        faults.add(f"features.{leak.column}: suspected leak: {leak}", remedy)


def _check_splits(spec: OwnSpec, catalogue: Catalogue, faults: Faults) -> None:
    for name, plan in spec.splits.items():
        try:
            draw(catalogue, plan, name, seed=0)
        except CatalogueError as error:
            problem, _, remedy = str(error).partition("; remedy: ")
            faults.add(f"splits.{name}: {problem}", remedy or "choose another split")
