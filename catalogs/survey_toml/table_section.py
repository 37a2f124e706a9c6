"""The keys that say in which format a table is, alike in [table] and [joins.NAME]."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from catalogs.formats import tables
from catalogs.survey_toml.sections import Section


def format_of(section: Section, folder: Path) -> tuple[str | None, dict[str, Any], list[str]]:
    """The format, None to be told from the content; the options of its reader that are given; and
    the names of those that may be.
    """
    format = section.choice("format", tables.formats(), None)
    known = (
        list(tables.option_names(format))
        if format
        else sorted({o for f in tables.formats() for o in tables.option_names(f)})
    )
    options = {key: section.content[key] for key in known if key in section}
    section.used |= set(options)
    if "readme" in options:
        options["readme"] = folder / str(options["readme"])
        if not os.path.isfile(options["readme"]):
            section.fault(
                "readme",
                f"{str(options['readme'])!r} does not exist",
                "give a path relative to the survey.toml",
            )
    return format, options, known
