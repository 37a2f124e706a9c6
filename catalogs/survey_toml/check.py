"""Everything that is wrong with a survey.toml and the data it describes, before any work is done
with them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError, Faults, listed
from catalogs.leaks import audit
from catalogs.splits.draw import draw
from catalogs.splits.split import Split
from catalogs.survey_toml.audits import measured
from catalogs.survey_toml.audits.sentinels import has_outliers, sentinels
from catalogs.survey_toml.audits.twins import across, parts_of, same_objects
from catalogs.survey_toml.spec import SurveySpec, read_spec
from catalogs.survey_toml.survey import build

FEWEST = 10  # labelled objects of a class; with fewer no part of a split says anything of it


@dataclass(frozen=True)
class Examination:
    """What was found: faults, one line each, and the account of what was read and left out."""

    faults: list[str]
    account: list[str]


def check(path: Path | str) -> list[str]:
    """The faults of a survey.toml, one line each, [] if there are none; see `examine`."""
    return examine(path).faults


def examine(path: Path | str, *, thorough: bool = False) -> Examination:
    """All that a report does up to its first training: the file itself is read, the data, pictures
    and light curves (where they are small, or all of them if `thorough`), inputs are audited for
    leaks and sentinels, every split is drawn and looked through for objects that stand on both
    sides.
    """
    faults, account = Faults(str(path)), list[str]()
    spec = read_spec(os.path.abspath(path), faults)  # as a report's tasks see it
    if (
        spec is None
        or spec.scheme is None
        or "" in spec.identifier
        or not spec.files
        or not _files_exist(spec)
    ):
        return Examination(faults.messages, account)
    own = len(faults.messages)
    catalogue = build(spec, faults)
    if catalogue is not None:
        account += catalogue.provenance["account"]
        if not own:
            catalogue = measured.shown(spec, catalogue, account, faults, thorough=thorough)
        if spec.features or not (spec.images or spec.light_curves):
            _check_inputs(catalogue, faults)
            _check_sentinels(spec, catalogue, account, faults)
        _check_labels(spec, catalogue, faults)
        _check_leaks(spec, catalogue, faults)
        if not own:
            _check_splits(spec, catalogue, account, faults)
    return Examination(faults.messages, account)


def _files_exist(spec: SurveySpec) -> bool:
    return all(
        path.exists()
        for path in (
            *spec.files,
            *([Path(str(spec.options["readme"]))] if "readme" in spec.options else []),
        )
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


def _check_labels(spec: SurveySpec, catalogue: Catalogue, faults: Faults) -> None:
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
    if catalogue.baseline is None or spec.baseline is None:
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


def _check_sentinels(
    spec: SurveySpec, catalogue: Catalogue, account: list[str], faults: Faults
) -> None:
    """Note repeated extreme values, and tell of outliers."""
    outlying = []
    for name in catalogue.features:
        if name in spec.trusted:
            continue
        values = catalogue.features[name].to_numpy()
        found = sentinels(values)
        if found:
            counts = listed(f"{value:g} in {int((values == value).sum())} rows" for value in found)
            faults.add(
                f"features.{name}: {counts}, outside all other values: a number for nothing?",
                f"write missing = {found} there, or say under [trusted] why it is a measurement",
            )
        elif has_outliers(values):
            outlying.append(name)
    if outlying:
        account.append(
            f"outliers decide the scatter of {listed(outlying, 10)} (robust sigma below 0.3 of the"
            " standard deviation)"
        )


def _check_leaks(spec: SurveySpec, catalogue: Catalogue, faults: Faults) -> None:
    inputs = catalogue.features[[name for name in catalogue.features if name not in spec.trusted]]
    for leak in audit(inputs, catalogue.labels):
        remedy = f'leave it out, or say under [trusted] why it is no leak: {leak.column} = "..."'
        faults.add(f"features.{leak.column}: suspected leak: {leak}", remedy)


def _check_splits(
    spec: SurveySpec, catalogue: Catalogue, account: list[str], faults: Faults
) -> None:
    twins = same_objects(catalogue)
    for name, plan in spec.splits.items():
        try:
            split = draw(catalogue, plan, name, seed=0)
        except CatalogueError as error:
            problem, _, remedy = str(error).partition("; remedy: ")
            faults.add(f"splits.{name}: {problem}", remedy or "choose another split")
            continue
        account.append(f"splits.{name}: {_parts(catalogue, split)}")
        shared = across(split, catalogue, twins)
        if shared and plan.min_separation_arcsec <= 0.0:
            pairs = listed((f"{one} and {other}" for one, other in shared), 3)
            faults.add(
                f"splits.{name}: {len(shared)} objects of the test part stand in another part, too"
                f" (equal values or places): {pairs}",
                "give min_separation_arcsec, one group to both of each pair, or keep each once",
            )


def _parts(catalogue: Catalogue, split: Split) -> str:
    """How many objects of each class stand in each part, in words."""
    parts = parts_of(split, catalogue)
    said = []
    for part in ("train", "validation", "test"):
        rows = parts == part
        if rows.any():
            counts = (
                f"{name} {int((catalogue.labels[rows] == name).sum())}"
                for name in catalogue.scheme.classes
            )
            said.append(f"{int(rows.sum())} to {part} ({listed(counts, 10)})")
    return "; ".join(said)
