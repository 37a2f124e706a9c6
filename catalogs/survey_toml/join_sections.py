"""The sections [joins.NAME] read and checked: catalogs.recipes.joins says what they mean."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from catalogs.recipes.joins import WIDEST, JoinPlan
from catalogs.survey_toml.sections import Section
from catalogs.survey_toml.table_section import format_of

KEYS = ("file", "on", "within_arcsec", "ra", "dec")


def read_joins(top: Section, folder: Path, objects: Mapping[str, Any]) -> tuple[JoinPlan, ...]:
    """The checked sections; their faults are noted. `objects` are the survey's own positions."""
    sections = top.take("joins", dict, {}) or {}
    return tuple(
        plan
        for name, content in sections.items()
        if (plan := _join(name, Section(f"joins.{name}", content, top.faults), folder, objects))
    )


def _join(name: str, section: Section, folder: Path, objects: Mapping[str, Any]) -> JoinPlan | None:
    file = folder / (section.take("file", str) or "")
    if "file" in section and not os.path.exists(file):
        section.fault(
            "file", f"{str(file)!r} does not exist", "give a path relative to the survey.toml"
        )
        return None
    format, options, known = format_of(section, folder)
    within = section.take("within_arcsec", float, 0.0)
    on = _on(section)
    ra, dec = section.take("ra", str, ""), section.take("dec", str, "")
    section.finish(also=(*KEYS, *known))
    if bool(on) == bool(within):
        section.fault("on", "give one of on and within_arcsec", 'write on = ["ID"]')
        return None
    if within and not 0.0 < within <= WIDEST:
        section.fault("within_arcsec", f"{within:g} is outside (0, {WIDEST:g}]", "give an angle")
    own_ra, own_dec = objects["ra"], objects["dec"]
    if within and not (ra and dec and len(own_ra) == 1 and len(own_dec) == 1):
        section.fault(
            "ra", "both tables need positions in degrees", "give ra and dec here and in [objects]"
        )
        return None
    places = {"own_ra": own_ra[0], "own_dec": own_dec[0]} if within else {}
    return JoinPlan(name, file, format, options, on, within, ra, dec, **places)


def _on(section: Section) -> tuple[tuple[str, str], ...]:
    """The keys: a column of both tables, a list of them, or a table own = its."""
    if isinstance(section.content.get("on"), Mapping):
        return tuple(section.texts_by_name("on").items())
    return tuple((name, name) for name in section.items("on", str))
