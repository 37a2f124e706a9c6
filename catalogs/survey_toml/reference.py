"""The reference of survey.toml, made by the code that reads it: every key that is asked for while
examples with all sections are read, its kind and its default.

    python -m catalogs.survey_toml.reference docs/how-to/own-survey.md    # puts it into the page"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalogs.errors import Faults
from catalogs.formats import tables
from catalogs.formats.reading.cells import NAN, WORDS
from catalogs.lightcurves import layouts
from catalogs.recipes import conditions
from catalogs.splits import kinds
from catalogs.survey_toml import expressions
from catalogs.survey_toml.sections import NOTHING, Section
from catalogs.survey_toml.sections import WORDS as KINDS
from catalogs.survey_toml.spec import read_spec

BEGIN, END = "<!-- reference: begin -->", "<!-- reference: end -->"
EXAMPLE = """
scheme = "hubble_5"
[table]
file = "t"
[objects]
id = ["ID"]
ra = ["RA"]
dec = ["DEC"]
[features.NAME]
column = "A"
[joins.NAME]
file = "t"
on = ["ID"]
[label]
column = "T"
[baseline]
column = "B"
"""
SAID = {
    "": "At the top",
    "table": "`[table]`: the files",
    "objects": "`[objects]`: names, places, groups, which rows",
    "features.NAME": "`[features.NAME]`: one input",
    "joins.NAME": "`[joins.NAME]`: a table that belongs to it",
    "label": "`[label]`: the class",
    "baseline": "`[baseline]`: the survey's own automatic class",
    "images": "`[images]`: pictures",
}


def heard(text: str) -> list[tuple[str, str, type, Any]]:
    """The keys that are asked for while a survey.toml is read: (section, key, kind, default)."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "t").touch()
        path = Path(folder) / "survey.toml"
        path.write_text(text, encoding="utf-8")
        before, Section.heard = Section.heard, []
        try:
            read_spec(path, Faults(""))
            return _once(Section.heard)
        finally:
            Section.heard = before


def _once(found: list[tuple[str, str, type, Any]]) -> list[tuple[str, str, type, Any]]:
    keys: dict[tuple[str, str], tuple[str, str, type, Any]] = {}
    for section, key, kind, default in found:
        keys.setdefault((section, key), (section, key, kind, default))
    return list(keys.values())


def rows(section: str, text: str) -> Iterator[tuple[str, str, str]]:
    """Key, kind and default of a section, as it is read in a text."""
    for name, key, kind, default in heard(text):
        if name != section or (kind is dict and section == ""):
            continue
        kind = object if key == "missing" else kind
        usual = "needed" if default is NOTHING else _shown(default)
        yield key, KINDS.get(kind, "numbers and words"), usual


def _shown(default: Any) -> str:
    if default in (None, "", (), {}):
        return ""
    if default in (float("inf"), float("-inf")):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def table(title: str, found: list[tuple[str, str, str]]) -> str:
    """A Markdown table of keys."""
    lines = [f"### {title}", "", "| key | what | usual |", "|---|---|---|"]
    lines += [f"| `{key}` | {kind} | {usual} |" for key, kind, usual in found]
    return "\n".join(lines)


def reference() -> str:
    """The whole reference as Markdown."""
    parts = [table(SAID[name], list(rows(name, EXAMPLE))) for name in SAID if name != "images"]
    options = [
        f"`{name}` ({', '.join(tables.option_names(name)) or 'none'})" for name in tables.formats()
    ]
    parts.append(
        "Formats and their options, in `[table]` and `[joins.NAME]`: " + ", ".join(options) + "."
    )
    for kind in kinds.names():
        text = EXAMPLE + f'[splits.NAME]\nkind = "{kind}"\n'
        parts.append(table(f"`[splits.NAME]` of kind `{kind}`", list(rows("splits.NAME", text))))
    parts.append(table(SAID["images"], list(rows("images", EXAMPLE + '[images]\nfile = "t"\n'))))
    for layout in layouts.names():
        text = EXAMPLE + f'[light_curves]\nfile = "t"\nlayout = "{layout}"\n'
        found = list(rows("light_curves", text))
        parts.append(table(f"`[light_curves]` of layout `{layout}`", found))
    words = ", ".join(f"`{word}`" for word in (*WORDS, *NAN) if word)
    parts.append(f"Words that are blank everywhere: {words}.")
    parts.append(f"An expression holds {expressions.KNOWS}; `where` holds {conditions.KNOWS}.")
    return "\n\n".join(parts)


def put_into(page: str) -> str:
    """The text of a page with the reference between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{reference()}\n{END}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(put_into(path.read_text(encoding="utf-8")), encoding="utf-8")
