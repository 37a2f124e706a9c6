"""A first survey.toml for a table: what its columns seem to be, written down with comments for the
user to correct.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np

from catalogs import shipped
from catalogs.catalogue import RESERVED, Catalogue
from catalogs.errors import CatalogueError
from catalogs.formats.source import Source
from catalogs.formats.tables import format_of, open_table
from catalogs.recipes.recipe import ROW
from catalogs.schema import Column
from catalogs.schemes import ClassScheme
from catalogs.splits.draw import draw
from catalogs.splits.kinds.sky_cells import SkyCells
from catalogs.survey_toml.audits.twins import same_objects
from catalogs.survey_toml.columns import SurveyTable
from catalogs.survey_toml.drafting.class_folders import draft_folder
from catalogs.survey_toml.guesses import FEWEST, Guess, frame_of, guess, labels_of, sample_of
from catalogs.survey_toml.spec import is_unit

OUTSIDE = "# {} is no unit that astropy knows"
WIDE = 100  # columns of text beyond which a comment goes on in the next line


def draft_survey(path: Path | str, format: str | None = None, **options: object) -> str:
    """The text of a survey.toml for the table at `path`, to be saved beside it: it loads as it
    stands, and says in comments what was guessed and what was left out, each with its reason.
    format, options: those of catalogs.formats.tables.open_table. CatalogueError if `path` is no
    table.
    """
    path = Path(path)
    form = format or format_of(path, **options)
    if form == "folders":
        return draft_folder(Path(os.path.abspath(path)), _name_from(path))
    source = open_table(path, form, **options)
    if not source.fields:
        raise CatalogueError(
            f"{path}: no column that could be read as text or numbers; remedy: give a table with"
            " columns"
        )
    table, _, rows = sample_of(source)
    found = guess(table, source, len(table) == rows)
    found.sky = _sky_can_be_drawn(table, found)
    found.twins = _has_twins(table, found)
    sections = [
        _head(path, found, len(table), rows),
        _table(path, form, options, source),
        _objects(found),
        _features(table, found),
        _classes(found),
    ]
    return "\n\n".join([*sections, _splits(found)]) + "\n"


def _has_twins(table: SurveyTable, found: Guess) -> bool:
    """Whether objects stand twice in the table, by their numbers or places."""
    n = len(table)
    ids, none = np.arange(n).astype(str), np.full(n, np.nan)
    angles = [
        table.numbers(names[0]) if len(names) == 1 else None for names in (found.ra, found.dec)
    ]
    ra, dec = (none if angle is None else angle for angle in angles)
    frame = frame_of(table, found)
    columns = tuple(Column(name, "", "") for name in frame)
    labels = np.full(n, "")
    scheme = ClassScheme.from_mapping("own", {"classes": ["a", "b"], "ordered": False})
    made = Catalogue("draft", ids, frame, columns, labels, scheme, ids, ra, dec)
    return len(np.unique(same_objects(made))) < n


def _sky_can_be_drawn(table: SurveyTable, found: Guess) -> bool:
    """Whether folds of the sky can be dealt with every class in each."""
    import pandas as pd

    if not found.ra or not found.label or len(found.ra) > 1:
        return False
    ra, dec = (table.numbers(names[0]) for names in (found.ra, found.dec))
    if ra is None or dec is None:
        return True  # sexagesimal, or in parts: `check` will say
    labels = labels_of(table, found)
    classes = tuple(sorted(set(labels.tolist()) - {""}))
    n = len(labels)
    if len(classes) < 2:
        return False
    ids = np.arange(n).astype(str)
    scheme = ClassScheme.from_mapping("own", {"classes": list(classes), "ordered": False})
    try:
        catalogue = Catalogue(
            "draft", ids, pd.DataFrame(index=range(n)), (), labels, scheme,
            ids, ra, dec,
        )  # fmt: skip
        for fold in range(5):
            draw(catalogue, SkyCells(cell_deg=10.0, fold=fold), "sky", seed=0)
    except CatalogueError:
        return False
    return True


def _head(path: Path, guess: Guess, seen: int, rows: int) -> str:
    of = f" (its first {seen} of {rows} rows)" if seen < rows else ""
    lines = [
        (
            f"# A draft, guessed from the columns of {_line(path.name)}{of}: correct it, then run"
            " `astronn check` on it."
        ),
        *_to_fill_in(guess),
        f"name = {_text(_name_from(path))}",
        f"title = {_text(path.name.split('.')[0])}",
        'citation = ""  # the paper to cite',
        'licence = ""',
        'noun = "objects"  # what they are called in a sentence: "galaxies"',
        "# automatic_features = []  # the few inputs that the simple automatic schemes may use",
    ]
    if guess.label_kind != "class" or not guess.label:
        lines.append(
            'scheme = "hubble_5"  # the classes; or a table [scheme] with your own: see below'
        )
    return "\n".join(lines)


def _name_from(path: Path) -> str:
    """A valid name that no shipped survey has, from the file's."""
    name = os.path.abspath(path).split(os.sep)[-1].split(".")[0].lower()
    name = re.sub(r"[^a-z0-9_]+", "_", name).strip("_") or "own"
    name = name if name[0].isalpha() else f"survey_{name}"
    return f"my_{name}" if name in shipped.names() else name


def _line(text: str) -> str:
    """A text in a comment: its control characters and line ends as blanks."""
    return "".join(character if character.isprintable() else " " for character in text)


def _to_fill_in(guess: Guess) -> list[str]:
    """What nobody but the user knows."""
    lines = []
    if not guess.label:
        lines.append("# TO FILL IN: [label], the column of the classes; `check` fails until then.")
    if not [name for name in guess.inputs if name not in guess.reasons]:
        lines.append("# TO FILL IN: an input, [features.NAME]; `check` fails until then.")
    if guess.twins and not guess.ra:
        lines.append(
            "# TO FILL IN: a group, or rows taken out: some objects stand in the table twice."
        )
    if not guess.identifier:
        lines.append("# No column names the objects; they are named by the number of their row.")
    return lines


def _table(path: Path, form: str, options: dict[str, object], source: Source) -> str:
    lines = [
        "[table]",
        (
            f"file = {_text(path.name)}  # from this file's folder; or a list of files with the"
            " same columns"
        ),
    ]
    lines.append(f"format = {_text(form)}")
    for key, value in options.items():
        if value is not None and key != "readme":
            lines.append(f"{key} = {_text(value) if isinstance(value, str) else json.dumps(value)}")
    if source.choice and not {"hdu", "table"} & set(options):
        lines.append(f"{source.choice}  # the table with most rows; the file holds several")
    if form == "csv":
        lines.append('# missing = ["null", -999]  # words and numbers that are blanks everywhere')
    lines += [f"# note: {_line(note)} ({count})" for note, count in source.notes.items()]
    if form == "cds" and path.with_name("ReadMe").is_file():
        lines.append('readme = "ReadMe"')
    return "\n".join(lines)


def _objects(guess: Guess) -> str:
    names = guess.identifier
    value = (
        json.dumps(ROW) if not names else _text(names[0]) if len(names) == 1 else json.dumps(names)
    )
    what = "the number of the row" if not names else "together one name for each object"
    what = "one name for each object" if len(names) == 1 else what
    lines = ["[objects]", f"id = {value}  # {what}"]
    for key, names in (("ra", guess.ra), ("dec", guess.dec)):
        value = _text(names[0]) if len(names) == 1 else json.dumps(names)
        lines.append(f"{key} = {value}" if names else f'# {key} = "COLUMN"')
    group = guess.groups[0] if guess.groups else "COLUMN"
    lines.append(
        f"# group = {_text(group)}  # objects of one group never stand on both sides of a split"
    )
    lines.append(
        "# group_cell_deg = 5.0  # or: groups are cells of the sky, so many degrees on a side"
    )
    lines.append('# only = { COLUMN = ["VALUE"] }  # use these rows alone; or by a condition:')
    lines.append('# where = "QUALITY == 0 & MAG < 20"')
    return "\n".join(lines)


def _features(table: SurveyTable, guess: Guess) -> str:
    """The inputs, then those that are suspected as forbidden columns."""
    lines = [
        "# Inputs. missing = [-999.0] blanks such cells; low and high give a range that no value"
        " may leave. Derived ones:"
    ]
    lines += [
        "#     [features.colour]",
        '#     expression = "`B-Mag` - `V-Mag`"  # + - * / **, log10, sqrt, abs',
    ]
    used: set[str] = set()
    for name in guess.inputs:
        if name in guess.reasons:
            continue
        unit = table.unit(name)
        lines += [f"[features.{_key(name, used)}]", f"column = {_text(name)}"]
        lines.append(
            f"unit = {_text(unit)}"
            if not unit or is_unit(unit)
            else f'unit = ""  {_line(OUTSIDE.format(unit))}'
        )
        if name in guess.blanks:
            blanks = guess.blanks[name]
            lines.append(f"missing = {json.dumps(blanks)}  # repeated and outside the rest")
    if not used:
        lines.append("[features]  # no column of numbers seems fit: give some")
    lines += ["", "[forbidden]  # columns that may not be inputs, and why"]
    lines += [
        f"{_text(name)} = {_text(f'suspected leak: {reason}')}"
        for name, reason in guess.reasons.items()
    ]
    if guess.left_out:
        lines += ["", "# Left out, and why:"]
        lines += [f"#     {_line(name)}: {_line(why)}" for name, why in guess.left_out.items()]
    return "\n".join(lines)


def _key(name: str, used: set[str]) -> str:
    """A name for an input, of small letters, digits and _, that is not in use yet."""
    base = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "input"
    base = f"{base}_input" if base in RESERVED else base
    plain = {key.replace("_", "") for key in used}
    key = next(
        k
        for k in (base, *(f"{base}_n{i}" for i in range(2, 10_000)))
        if k.replace("_", "") not in plain
    )
    used.add(key)
    return key


def _classes(guess: Guess) -> str:
    """Label, scheme and baseline."""
    if not guess.label:
        column = guess.labels[0] if guess.labels else "COLUMN"
        lines = [
            "# No column of classes was found. Without one nothing can be learned:",
            "# [label]",
            f"# column = {_text(column)}",
        ]
        lines.append(
            '# kind = "class"  # or "t" (de Vaucouleurs\' stage), "hubble" (Hubble types as text)'
        )
    else:
        lines = ["[label]", f"column = {_text(guess.label)}"]
        lines.append(
            f'kind = {_text(guess.label_kind)}  # "class", "t" (de Vaucouleurs\' stage) or "hubble"'
            " (types as text)"
        )
    if guess.only_text:
        lines.append("# no column is called a class; this is the only text of a few words")
    if guess.label and guess.labels:
        lines.append(f"# could be the label, too: {_line(', '.join(guess.labels))}")
    if guess.classes:
        frequent = [name for name, count in guess.classes.items() if count >= FEWEST]
        lines += ["", '[label.mapping]  # value of the column = class; "" for no class']
        lines += [
            f"{_text(name)} = {_text(name if name in frequent else '')}  # {n}"
            for name, n in guess.classes.items()
        ]
        lines += [
            "",
            "[scheme]",
            'name = "own"',
            f"classes = {json.dumps(frequent, ensure_ascii=False)}",
        ]
        lines.append(
            "ordered = false  # true if the classes follow each other along a sequence, as listed"
        )
    found = guess.others[0] if guess.others else "COLUMN"
    holds = (
        f"  # {', '.join(guess.others)} hold{'s' * (len(guess.others) == 1)} these classes, too"
        if guess.others
        else ""
    )
    lines += [
        "",
        "# The survey's own automatic class, for the second panel of the tables:",
        "# [baseline]",
    ]
    lines += ['# title = "AUTO"', f"# column = {_text(found)}{_line(holds)}"]
    lines += ['# kind = "class"', '# mapping = { "1" = "E", "2" = "S0" }']
    return "\n".join(lines)


def _splits(guess: Guess) -> str:
    lines = ["[splits.main]", 'kind = "stratified"', "test_fraction = 0.3"]
    if guess.twins and guess.ra:
        lines.append("min_separation_arcsec = 1.0  # objects stand in the table twice: on one side")
    else:
        lines.append("# min_separation_arcsec = 30.0  # closer objects stay on one side")
    if guess.sky:
        lines += [
            "",
            "[splits.sky]  # five folds: sky_1 ... sky_5",
            'kind = "sky_cells"',
            "cell_deg = 10.0",
            *(["min_separation_arcsec = 1.0"] if guess.twins else []),
        ]
    return "\n".join(lines)


def _text(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
