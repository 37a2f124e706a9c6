"""A survey.toml as checked data: what a user's own files hold, which columns are inputs, labels,
groups and splits.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from catalogs import schemes, shipped
from catalogs.astronomy import units
from catalogs.catalogue import RESERVED
from catalogs.errors import CatalogueError, Faults
from catalogs.lightcurves.features import AUTOMATIC
from catalogs.recipes import conditions
from catalogs.recipes.conditions import Condition
from catalogs.recipes.inputs import Blanks, Input
from catalogs.recipes.joins import JoinPlan
from catalogs.recipes.recipe import ROW
from catalogs.schema import Column
from catalogs.schemes import ClassScheme
from catalogs.splits.plan import SplitPlan
from catalogs.survey import plain_name
from catalogs.survey_toml import expressions
from catalogs.survey_toml.images import ImagesSection, read_images
from catalogs.survey_toml.join_sections import read_joins
from catalogs.survey_toml.light_curves import LightCurveSection, read_light_curves
from catalogs.survey_toml.sections import NOTHING, Section
from catalogs.survey_toml.splits import read_splits
from catalogs.survey_toml.table_section import format_of

CLASS_KINDS = ("class", "t", "hubble")
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Feature:
    """One input of the survey: what it is, and how it is made of the file's columns. The unit of
    `about` is None where the file's own is to be taken.
    """

    about: Column
    made: Input

    @property
    def source(self) -> str | expressions.Expression:
        """A column, or an expression over columns."""
        return self.made.source

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file that it takes."""
        return self.made.columns


@dataclass(frozen=True)
class ClassColumn:
    """A column that says the class: kind 'class' (names, or texts and numbers that `mapping` turns
    into names, '' for no class), 't' (de Vaucouleurs' stage) or 'hubble' (Hubble types as text).
    `weight` is the column that says how much each object counts in a training, '' for all alike.
    """

    column: str
    kind: str
    mapping: Mapping[str, str] | None = None
    title: str = ""
    weight: str = ""


@dataclass(frozen=True)
class SurveySpec:
    """A whole survey.toml. `files` are the data files, `options` those of their format;
    `identifier` holds one column or several, none where the row's number names the object; `where`
    says which rows are meant, `joins` which tables belong to the survey's; `ra` and
    `dec` hold one column each, or several to be joined (hours, minutes, seconds; sign, degrees,
    minutes, seconds); `light_curves` and `images` are those sections, or None; `classifier` names
    the network to use, '' for the usual one.
    """

    path: Path
    name: str
    title: str
    citation: str
    licence: str
    noun: str
    simulated: bool
    files: tuple[Path, ...]
    format: str | None
    options: Mapping[str, object]
    identifier: tuple[str, ...]
    ra: tuple[str, ...]
    dec: tuple[str, ...]
    group: str
    group_cell_deg: float
    only: Mapping[str, tuple[str, ...]]
    features: tuple[Feature, ...]
    scheme: ClassScheme
    label: ClassColumn | None
    baseline: ClassColumn | None
    automatic_features: tuple[str, ...]
    forbidden: Mapping[str, str]
    trusted: Mapping[str, str]
    splits: Mapping[str, SplitPlan]
    light_curves: LightCurveSection | None = None
    images: ImagesSection | None = None
    classifier: str = ""
    where: Condition | None = None
    joins: tuple[JoinPlan, ...] = ()

    def kept(self) -> list[str]:
        """The columns that name, place, group and label the objects, each once."""
        names = [*self.identifier, *self.ra, *self.dec, self.group]
        names += [about.column for about in (self.label, self.baseline) if about]
        names += [self.label.weight] if self.label else []
        names += [column for plan in self.splits.values() for column in plan.columns()]
        names += [self.light_curves.period_column] if self.light_curves else []
        names += [self.images.path_column] if self.images else []
        return list(dict.fromkeys(name for name in names if name))

    def columns(self) -> list[str]:
        """All columns that are needed, each once."""
        names = [*self.kept(), *self.only, *(self.where.columns if self.where else ())]
        names += [name for feature in self.features for name in feature.columns]
        return list(dict.fromkeys(names))

    def inputs(self) -> list[Input]:
        """How each input is made."""
        return [feature.made for feature in self.features]


def read_spec(path: Path | str, faults: Faults) -> SurveySpec | None:
    """The survey.toml at `path`, with all its faults noted in `faults`; None if it cannot be read
    as TOML at all.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        faults.add("does not exist", "give the path of a survey.toml, or draft one from a table")
        return None
    except (ValueError, RecursionError, OSError) as error:  # a TOMLDecodeError is a ValueError
        faults.add(
            f"not readable as TOML ({error})", "correct that line; texts stand between quotes"
        )
        return None
    top = Section("", content, faults)
    scheme = _scheme(top)
    label = _class_column(top, "label", scheme)
    baseline = _class_column(top, "baseline", scheme)
    splits = read_splits(Section("splits", top.take("splits", dict, {}), faults))
    forbidden = Section("forbidden", top.take("forbidden", dict, {}), faults).texts_by_name()
    objects = _objects(Section("objects", top.take("objects", dict) or {}, faults))
    light_curves = read_light_curves(top, path.parent)
    table = _table(Section("table", top.take("table", dict) or {}, faults), path.parent)
    features = _features(top, table.pop("missing"))
    joins = read_joins(top, path.parent, objects)
    spec = SurveySpec(
        path=path,
        name=_name(top, path),
        title=top.take("title", str, path.stem),
        citation=top.take("citation", str, ""),
        licence=top.take("licence", str, ""),
        noun=top.take("noun", str, "objects"),
        simulated=top.take("simulated", bool, False),
        **table,
        **objects,
        joins=joins,
        features=features,
        scheme=cast("ClassScheme", scheme),  # None is a fault, noted by _scheme
        label=label,
        baseline=baseline,
        automatic_features=_automatic_features(top, features, light_curves),
        forbidden=forbidden,
        trusted=_trusted(top, features),
        splits=splits,
        light_curves=light_curves,
        images=_images(top, path.parent, scheme),
        classifier=top.take("classifier", str, ""),
    )
    _check_inputs(spec, faults)
    top.finish()
    return spec


def _name(top: Section, path: Path) -> str:
    name = top.take("name", str, re.sub(r"[^a-z0-9_]+", "_", path.stem.lower()).strip("_") or "own")
    if not NAME.fullmatch(name):
        top.fault(
            "name",
            f"{name!r} is not a name of small letters, digits and _",
            "write one, such as 'my_survey'",
        )
    elif name in shipped.names():
        top.fault("name", f"{name!r} is a survey that the package carries", "choose another name")
    return name


def _table(section: Section, folder: Path) -> dict:
    """The data files, their format and its options."""
    files = tuple(folder / name for name in section.items("file", str, None) or ())
    if "file" not in section:
        section.fault(
            "file",
            "missing",
            "give the path of the data file, or a list of files with the same columns",
        )
    for file in files:
        if not os.path.exists(file):  # False, too, for a name that no disk can hold
            section.fault(
                "file", f"{str(file)!r} does not exist", "give a path relative to the survey.toml"
            )
    format, options, known = format_of(section, folder)
    missing = mixed(section, "missing")
    section.finish(also=known)
    return {"files": files, "format": format, "options": options, "missing": missing}


def _objects(section: Section) -> dict:
    """Identifier, position, group and selection of rows."""
    found = {
        "identifier": _identifier(section),
        "ra": section.items("ra", str),
        "dec": section.items("dec", str),
        "group": section.take("group", str, ""),
        "group_cell_deg": section.take("group_cell_deg", float, 0.0),
    }
    if bool(found["ra"]) != bool(found["dec"]):
        section.fault(
            "ra" if found["dec"] else "dec", "missing", "give both coordinates, or neither"
        )
    if found["group"] and found["group_cell_deg"]:
        section.fault("group_cell_deg", "given beside group", "give one of the two")
    if found["group_cell_deg"] and not found["ra"]:
        section.fault("group_cell_deg", "cells of the sky need positions", "give ra and dec")
    if not 0.0 <= found["group_cell_deg"] <= 90.0:
        section.fault(
            "group_cell_deg",
            f"{found['group_cell_deg']:g} is outside (0, 90] degrees",
            "give such a size",
        )
    only = Section(section.where("only"), section.take("only", dict, {}), section.faults)
    found["only"] = {column: only.items(column, str) for column in only.content}
    found["where"] = _where(section)
    section.finish()
    return found


def _identifier(section: Section) -> tuple[str, ...]:
    """The columns that name an object; () for the number of the row."""
    if "id" not in section:
        section.take("id", str)
        return ("",)
    names = section.items("id", str)
    return () if names == (ROW,) else names or ("",)


def _where(section: Section) -> Condition | None:
    text = section.take("where", str, "")
    if not text:
        return None
    try:
        return conditions.parse(text)
    except CatalogueError as error:
        problem, _, remedy = str(error).partition("; remedy: ")
        section.fault("where", problem, remedy)
        return None


def _features(top: Section, missing: tuple[float | str, ...]) -> tuple[Feature, ...]:
    without = "light_curves" in top or "images" in top  # what is measured on these is input enough
    sections = top.take("features", dict, {} if without else NOTHING) or {}
    # an empty table is allowed: a draft may have found no input (check reports it)
    features = [
        _feature(name, Section(f"features.{name}", content, top.faults), missing)
        for name, content in sections.items()
    ]
    plain = [plain_name(name) for name in sections]
    for name in sections:
        if name in RESERVED or plain.count(plain_name(name)) > 1:
            what = (
                "is reserved"
                if name in RESERVED
                else "is given twice but for its signs and letters' size"
            )
            top.fault(f"features.{name}", f"the name {what}", "rename the feature")
    return tuple(feature for feature in features if feature is not None)


def mixed(section: Section, key: str) -> tuple[float | str, ...]:
    """A list of numbers and words; one alone counts as a list of one."""
    section.hear(key, object, ())
    given = section.take(key, object, ()) if key in section else ()
    values: list[Any] = given if isinstance(given, list) else [given] if given != () else []
    wrong = [
        value
        for value in values
        if isinstance(value, bool) or not isinstance(value, int | float | str)
    ]
    if wrong:
        section.fault(key, f"{wrong[0]!r} is neither a number nor a word", "list numbers and words")
    return tuple(
        value if isinstance(value, str) else in_float(section, key, value)
        for value in values
        if value not in wrong
    )


def in_float(section: Section, key: str, value: float) -> float:
    """The number as a float; a fault, and 0, for one that no float holds."""
    try:
        found = float(value)
    except OverflowError:
        section.fault(key, "a number of too many digits", "write one that a float holds")
        return 0.0
    if found != found:
        section.fault(key, "nan is not a number to compare with", "leave it out: NaN is blank")
        return 0.0
    return found


def _feature(name: str, section: Section, missing: tuple[float | str, ...]) -> Feature | None:
    column, text = section.take("column", str, ""), section.take("expression", str, "")
    low, high = section.take("low", float, float("-inf")), section.take("high", float, float("inf"))
    unit = section.take("unit", str, None)
    description = section.take("description", str, "")
    blanks = _blanks(section, missing)
    section.finish()
    if low > high:
        section.fault("low", f"{low:g} is above high = {high:g}", "exchange them")
    if unit and not is_unit(unit):
        section.fault(
            "unit",
            f"{unit[:60]!r} is no unit that astropy knows",
            "write one such as 'mag', 'arcsec', 'km / s', ''",
        )
    if bool(column) == bool(text):
        section.fault(
            "column",
            "give one of column and expression",
            'write column = "NAME" or expression = "A - B"',
        )
        return None
    about = Column(name, unit, description, low, high, derived=bool(text))
    if column:
        return Feature(about, Input(name, column, blanks, unit))
    try:
        return Feature(about, Input(name, expressions.parse(text), blanks, unit))
    except CatalogueError as error:
        problem, _, remedy = str(error).partition("; remedy: ")
        section.fault("expression", problem, remedy)
        return None


def _blanks(section: Section, missing: tuple[float | str, ...]) -> Blanks:
    """Which cells are blank: the table's `missing` and the input's own."""
    own = (*missing, *mixed(section, "missing"))
    below = section.take("blank_below", float, float("-inf"))
    above = section.take("blank_above", float, float("inf"))
    if below > above:
        section.fault("blank_below", f"{below:g} is above blank_above = {above:g}", "exchange them")
    return Blanks(
        tuple(dict.fromkeys(value for value in own if not isinstance(value, str))),
        tuple(dict.fromkeys(value for value in own if isinstance(value, str))),
        below,
        above,
    )


def is_unit(text: str) -> bool:
    """Whether astropy knows the unit."""
    return units.known(text) is not None


def _scheme(top: Section) -> ClassScheme | None:
    """The class scheme: the name of a shipped one, or a table that describes the user's own."""
    try:
        if isinstance(top.content.get("scheme"), dict):
            content = dict(top.take("scheme", dict))
            return ClassScheme.from_mapping(content.pop("name", "own"), content)
        name = top.take("scheme", str)
        return schemes.load(name) if name else None
    except (CatalogueError, TypeError, ValueError) as error:
        problem, _, remedy = str(error).partition("; remedy: ")
        top.fault("scheme", problem, remedy or "see the shipped schemes for the form")
        return None


def _class_column(top: Section, key: str, scheme: ClassScheme | None) -> ClassColumn | None:
    """The section [label] or [baseline]; None without one."""
    if key not in top:
        return None
    section = Section(key, top.take(key, dict), top.faults)
    kind = section.choice("kind", CLASS_KINDS, "class") or "class"
    section.hear("mapping", dict, {})
    mapping = section.texts_by_name("mapping") if "mapping" in section else None
    title = section.take("title", str, "")
    column = section.take("column", str)
    weight = section.take("weight", str, "") if key == "label" else ""
    section.finish(also=("mapping",))
    if kind != "class" and scheme is not None and scheme.limits is None:
        rule = f"{kind!r} needs limits on T, which scheme {scheme.name!r} has not"
        section.fault("kind", rule, "choose 'class', or another scheme")
    if kind != "class" and mapping is not None:
        section.fault(
            "mapping", f"has no meaning for kind {kind!r}", 'leave it out, or choose kind = "class"'
        )
    if scheme is not None:
        unknown = sorted(set((mapping or {}).values()) - set(scheme.classes) - {""})
        if unknown:
            rule = f"{unknown[0]!r} is no class of scheme {scheme.name!r}"
            section.fault("mapping", rule, f"use {', '.join(scheme.classes)}, or ''")
    return ClassColumn(column, kind, mapping, title or column, weight) if column else None


def _automatic_features(
    top: Section, features: tuple[Feature, ...], light_curves: LightCurveSection | None
) -> tuple[str, ...]:
    """Those named; of a survey of light curves the measured ones may be, and a few of them are what
    is seen by default.
    """
    key = "automatic_features"
    names, known = top.items(key, str), [feature.about.name for feature in features]
    if light_curves is not None:
        known += [column.name for column in light_curves.measurement.columns()]
        names = names or AUTOMATIC
    for name in names:
        if name not in known:
            top.fault(key, f"{name!r} is no feature", f"choose among: {', '.join(known)}")
    return tuple(name for name in names if name in known)


def _images(top: Section, folder: Path, scheme: ClassScheme | None) -> ImagesSection | None:
    """The section [images]; None without one."""
    return (
        read_images(Section("images", top.take("images", dict), top.faults), folder, scheme)
        if "images" in top
        else None
    )


def _trusted(top: Section, features: tuple[Feature, ...]) -> dict[str, str]:
    trusted = Section("trusted", top.take("trusted", dict, {}), top.faults).texts_by_name()
    for name in trusted:
        if name not in [feature.about.name for feature in features]:
            top.fault(f"trusted.{name}", "is no feature", "name a feature, or leave it out")
    return trusted


def _check_inputs(spec: SurveySpec, faults: Faults) -> None:
    """Note the features that take a forbidden column, the label or the survey's own class."""
    reasons = {
        plain_name(name): f"it is forbidden ({reason})" for name, reason in spec.forbidden.items()
    }
    reasons |= (
        {plain_name(spec.baseline.column): "it is the survey's own class"} if spec.baseline else {}
    )
    reasons |= {plain_name(spec.label.column): "it is the label"} if spec.label else {}
    if spec.label and spec.label.weight:
        reasons |= {plain_name(spec.label.weight): "it is the weight of the label"}
    if len(spec.identifier) == 1:
        reasons |= {plain_name(spec.identifier[0]): "it names the object"}
    for feature in spec.features:
        for column in feature.columns:
            if plain_name(column) in reasons:
                faults.add(
                    f"features.{feature.about.name}: takes column {column!r}, but"
                    f" {reasons[plain_name(column)]}",
                    "leave it out",
                )
