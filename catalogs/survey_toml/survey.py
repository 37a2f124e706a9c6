"""A survey of the user's own, described by a survey.toml: no line of Python is needed to bring a
catalogue.

    survey = survey_toml.load("survey.toml")        # the same Survey as a shipped one
    catalogue = survey.ingest(survey.toml_files)

The file is read by catalogs.survey_toml.spec, and everything wrong with it is reported at once.
`draft.draft_survey` writes one from a table, `check.check` also looks into the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError, Faults, listed
from catalogs.files.digests import sha256_unless_unchanged
from catalogs.files.folders import listing, named_files
from catalogs.formats.tables import format_of
from catalogs.images.morphology import described as morphology
from catalogs.lightcurves.plan import LightCurvePlan
from catalogs.recipes.recipe import PER_FILE, Recipe
from catalogs.schema import Column
from catalogs.survey import Survey, given_files
from catalogs.survey_toml import columns as toml_columns
from catalogs.survey_toml.spec import SurveySpec, read_spec

if TYPE_CHECKING:
    import pandas as pd

TOML = (  # the name of the description among the survey's files, whatever it is called on the disk
    "survey.toml"
)
MOST = 100  # faults listed


def load(path: Path | str) -> Survey:
    """The survey that a survey.toml describes; one CatalogueError with all its faults. The data are
    not read.
    """
    return survey_of(checked_spec(path))


def checked_spec(path: Path | str) -> SurveySpec:
    """The content of a survey.toml; one CatalogueError with all its faults."""
    faults = Faults(str(path), limit=MOST)
    spec = read_spec(path, faults)
    faults.raise_if_any()
    assert spec is not None  # None comes with a fault
    return spec


def survey_of(spec: SurveySpec) -> Survey:
    """The Survey of a spec without faults."""
    measured = spec.light_curves.measurement.columns() if spec.light_curves else ()
    pictured = spec.images is not None and not spec.features
    bands = spec.images.planes if spec.images is not None else ()
    described = (_described(feature.about, "") for feature in spec.features)
    shipped = spec.scheme.name in schemes.names() and schemes.load(spec.scheme.name) == spec.scheme
    return Survey(
        name=spec.name,
        title=spec.title,
        citation=spec.citation,
        licence=spec.licence,
        scheme=spec.scheme.name,
        columns=morphology.columns(bands) if pictured else (*measured, *described),
        automatic_features=(
            morphology.automatic_features(bands) if pictured else spec.automatic_features
        ),
        splits=spec.splits,
        ingest=partial(ingest, spec),
        simulated=spec.simulated,
        forbidden=spec.forbidden,
        noun=spec.noun,
        baseline=spec.baseline.title if spec.baseline else "",
        toml_scheme=None if shipped else spec.scheme,
        toml_files=_files(spec),
        recipe=partial(recipe_text, spec) if spec.features else None,
        light_curves=_light_curves(spec),
        images=spec.images.plan(partial(_pictures, spec), pictured) if spec.images else None,
        classifier=spec.classifier or _usual_classifier(spec),
    )


def _usual_classifier(spec: SurveySpec) -> str:
    """Images are classified by a convolutional network, light curves by a recurrent one."""
    if spec.images:
        return "convolutional"
    return "gru_folded" if spec.light_curves else "feedforward"


def _light_curves(spec: SurveySpec) -> LightCurvePlan | None:
    section = spec.light_curves
    return section.plan(spec.name, partial(_periods, spec)) if section else None


def _periods(spec: SurveySpec) -> dict[str, float]:
    """The known periods, object to days above 0."""
    assert spec.light_curves is not None
    faults = Faults(str(spec.path), limit=MOST)
    table = toml_columns.read(spec, faults).table
    ids = toml_columns.identifiers(table, spec, faults)
    values = table.numbers(spec.light_curves.period_column)
    faults.raise_if_any()
    if values is None:
        raise CatalogueError(
            f"{spec.path}: light_curves.period_column: {spec.light_curves.period_column!r} is not"
            " of numbers; remedy: name a column of periods in days"
        )
    return {name: float(p) for name, p in zip(ids.tolist(), values, strict=True) if p > 0}


def _pictures(spec: SurveySpec, files: Mapping[str, Path]) -> dict[str, str]:
    """The objects that the spec selects, and what the picture of each is called."""
    ids = ingest(spec, files).object_id.tolist()
    return picture_names(spec, ids)


def picture_names(spec: SurveySpec, ids: Sequence[str]) -> dict[str, str]:
    """What the pictures of these objects are called, '' for none: the path in the column that the
    spec names, else the identifier.
    """
    column = spec.images.path_column if spec.images else ""
    if not column:
        return dict(zip(ids, ids, strict=True))
    faults = Faults(str(spec.path), limit=MOST)
    table = toml_columns.read(spec, faults).table
    names = toml_columns.identifiers(table, spec, faults).tolist()
    faults.raise_if_any()
    paths = dict(zip(names, table.words(column).tolist(), strict=True))
    return {name: paths[name] for name in ids}


def _files(spec: SurveySpec) -> dict[str, Path]:
    """All files by name (their path from the toml's folder): the toml, the data and the pictures
    (each file of a folder), and the ReadMe.
    """
    files = {TOML: spec.path}
    for path in _places(spec):
        files |= named_files(path, spec.path.parent)
    return files


def recipe_text(spec: SurveySpec, catalogue: Catalogue) -> str:
    """How the inputs are made, as the JSON that a model keeps."""
    stated = catalogue.provenance.get("units_stated", {})
    inputs = []
    for one in spec.inputs():
        unit = str(stated.get(one.name, ""))
        wanted = one.unit if one.unit is not None else unit or None
        inputs.append(replace(one, stated=unit, unit=wanted))
    form = spec.format or format_of(spec.files[0], **spec.options)
    options = {key: value for key, value in spec.options.items() if key in PER_FILE}
    return Recipe(tuple(inputs), spec.identifier, form, options, spec.joins).text()


def _places(spec: SurveySpec) -> list[Path]:
    """The files and folders that the toml names."""
    readme = [Path(str(spec.options["readme"]))] if "readme" in spec.options else []
    pictures = [spec.images.path] if spec.images and not spec.images.to_be_fetched else []
    epochs = spec.light_curves.files if spec.light_curves else ()
    return [*spec.files, *readme, *(plan.file for plan in spec.joins), *epochs, *pictures]


def state_of(spec: SurveySpec) -> tuple[object, ...]:
    """What the survey depends on beside the toml itself: which of the files that it names are
    there, and when the folders were changed; a survey stays as it was resolved while this does.
    """
    return tuple(listing(path).times if path.is_dir() else path.exists() for path in _places(spec))


def ingest(spec: SurveySpec, files: Mapping[str, Path]) -> Catalogue:
    """The catalogue of all objects that the spec selects, in the files' order; every fault in one
    CatalogueError.
    """
    given_files(spec.name, files, tuple(_files(spec)))
    faults = Faults(str(spec.path), limit=MOST)
    catalogue = build(spec, faults)
    faults.raise_if_any()
    assert catalogue is not None  # None comes with a fault
    return catalogue


def build(spec: SurveySpec, faults: Faults) -> Catalogue | None:
    """The catalogue, with the faults of the data noted in `faults`; None if they do not let it be
    made.
    """
    import pandas as pd

    before = len(faults.messages)
    try:
        found = toml_columns.read(spec, faults)
        table, features = found.table, found.features
        ids = toml_columns.identifiers(table, spec, faults)
    except CatalogueError as error:
        faults.messages.append(str(error))
        return None
    ra_deg, dec_deg = toml_columns.positions(table, spec, faults)
    columns = tuple(
        _described(feature.about, found.units[feature.about.name]) for feature in spec.features
    )
    labels = toml_columns.classes(table, "label", spec.label, spec.scheme, faults)
    baseline = (
        toml_columns.classes(table, "baseline", spec.baseline, spec.scheme, faults)
        if spec.baseline
        else None
    )
    weights = toml_columns.sample_weights(table, spec.label, labels, faults)
    if len(faults.messages) > before:
        return None
    flags = {
        name: flag for plan in spec.splits.values() for name, flag in plan.flags(table.text).items()
    }
    try:
        return Catalogue(
            survey=spec.name,
            object_id=ids,
            features=_frame(features, len(ids)),
            columns=columns,
            labels=labels,
            scheme=spec.scheme,
            group=toml_columns.groups(table, spec, ids, ra_deg, dec_deg),
            ra_deg=ra_deg,
            dec_deg=dec_deg,
            simulated=spec.simulated,
            provenance=_provenance(spec, len(ids), labels, found),
            flags=pd.DataFrame(flags, index=range(len(ids))),
            baseline=baseline,
            stage=toml_columns.stages(table, spec.label),
            sample_weight=weights,
        )
    except CatalogueError as error:
        faults.messages.append(str(error))
        return None


def _labelled(spec: SurveySpec, labels: np.ndarray) -> list[str]:
    """How many objects have a label, and each class's number, in sentences."""
    if spec.label is None:
        return []
    counts = [f"{name} {int((labels == name).sum())}" for name in spec.scheme.classes]
    without = int((labels == "").sum())
    return [f"{without} objects without a label", f"classes: {', '.join(counts)}"]


def _frame(features: dict[str, np.ndarray], n: int) -> pd.DataFrame:
    """The inputs as a frame; the dictionary is emptied, so that they are held once."""
    import pandas as pd

    frame = pd.DataFrame(features, index=range(n), copy=False)
    features.clear()
    return frame


def _described(about: Column, unit: str) -> Column:
    """The column with the file's unit where the toml says nothing of it."""
    return replace(about, unit=unit if about.unit is None else about.unit)


def _provenance(spec: SurveySpec, n: int, labels: np.ndarray, found: toml_columns.Read) -> dict:
    files = _files(spec)
    derived = {
        feature.about.name: feature.source.text
        for feature in spec.features
        if not isinstance(feature.source, str)
    }
    return {
        "files": dict(zip(files, sha256_unless_unchanged(files.values()), strict=True)),
        "rows": n,
        "labelled": int((labels != "").sum()),
        "derived": derived,
        "label": spec.label.column if spec.label else "",
        "baseline": spec.baseline.column if spec.baseline else "",
        "trusted": dict(spec.trusted),
        "account": [*found.account, *_labelled(spec, labels)],
        "units_stated": found.stated,
        "rows_with": {column: listed(values) for column, values in spec.only.items()},
    }
