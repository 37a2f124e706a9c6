"""A first survey.toml for a table: what its columns seem to be, written down with comments for the
user to correct.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from catalogs import schemes, shipped
from catalogs.astronomy import hubble
from catalogs.catalogue import RESERVED
from catalogs.errors import CatalogueError, Faults
from catalogs.formats.tables import format_of, read_table
from catalogs.leaks import audit
from catalogs.survey_toml import columns as own_columns
from catalogs.survey_toml.columns import OwnTable
from catalogs.survey_toml.spec import ClassColumn, is_unit

IDENTIFIER = r"(obj(ect)?_?)?(id|name|no)|designation|source_?id|pgc(name|_name)?|galaxy|specobjid"
RA = r"_?ra(_?deg|_?j2000|_?icrs|2000)?|alpha"
DEC = r"_?de(c|j2000|_?icrs|_?deg)?(_?deg|_?j2000|_?icrs|2000)?|delta"
PARTS = (("RAh", "RAm", "RAs"), ("DE-", "DEd", "DEm", "DEs"))
LABEL = (
    r"hubble(_?(type|stage))?|t_?type|t|stage|m?type|morph(ology)?(_?type)?"
    r"|(sub)?class(ification)?|label"
)
NO_INPUT = (
    r"(e|err|n|q|f|l|u|r|o)_.*|.*_?(err(or)?|flag|num|note|ref|id)"
    r"|(glon|glat|lii|bii|sg_?l(on|at)|pos_?ang|pa)"
)
FEW_CLASSES, FEWEST, KNOWN = 20, 10, 0.3
OUTSIDE = "# {} is no unit that astropy knows"


@dataclass
class Guess:
    """What the columns of a table seem to be; `reasons` are the leaks found among the inputs,
    `others` the columns of texts that hold the label's classes too.
    """

    identifier: str
    ra: tuple[str, ...] = ()
    dec: tuple[str, ...] = ()
    label: str = ""
    label_kind: str = "class"
    classes: dict[str, int] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


def draft_survey(path: Path | str) -> str:
    """The text of a survey.toml for the table at `path`, to be saved beside it: it loads as it
    stands, and says in comments what was guessed. CatalogueError if `path` is no table.
    """
    path = Path(path)
    form = format_of(path)
    table = OwnTable([read_table(path, form)])
    if not table.values:
        raise CatalogueError(
            f"{path}: no column that could be read as text or numbers; remedy: give a table with"
            " columns"
        )
    guess = _guess(table)
    sections = [
        _head(path, guess),
        _table(path, form),
        _objects(guess),
        _features(table, guess),
        _classes(guess),
    ]
    return "\n\n".join([*sections, _splits(guess)]) + "\n"


def _guess(table: OwnTable) -> Guess:
    names = list(table.values)
    guess = Guess(_identifier(table))
    if all(set(parts) <= set(names) for parts in PARTS):
        guess.ra, guess.dec = PARTS
    else:
        ra, dec = (
            next(((name,) for name in names if _named(pattern, name)), ()) for pattern in (RA, DEC)
        )
        guess.ra, guess.dec = (ra, dec) if ra and dec else ((), ())
    _guess_label(table, guess)
    taken = {guess.identifier, *guess.ra, *guess.dec, guess.label}
    guess.inputs = [name for name in names if name not in taken and _is_input(table, name)]
    guess.reasons = _leaks(table, guess)
    rest = [name for name in names if name not in (*taken, *guess.inputs)]
    guess.others = [
        name
        for name in rest
        if guess.label and table.numbers(name) is None and _holds_classes(table, name, guess)
    ]
    return guess


def _holds_classes(table: OwnTable, name: str, guess: Guess) -> bool:
    """Whether a column of texts holds nothing but classes of the label, two of them at least."""
    found = set(table.text(name).tolist()) - {""}
    return len(found) > 1 and found <= set(guess.classes or schemes.load("hubble_5").classes)


def _named(pattern: str, name: str) -> bool:
    return re.fullmatch(pattern, name, re.IGNORECASE) is not None


def _identifier(table: OwnTable) -> str:
    """The column that names the objects: text or whole numbers, no two alike, a telling name before
    others.
    """
    exact = [
        name
        for name, values in table.values.items()
        if values.dtype.kind != "f" and values.ndim == 1
    ]
    unique = [
        name
        for name in exact
        if len(set(texts := table.text(name).tolist())) == len(texts) and "" not in texts
    ]
    telling = [name for name in unique if _named(IDENTIFIER, name)]
    return next(iter(telling or unique or exact or table.values))


def _guess_label(table: OwnTable, guess: Guess) -> None:
    """The best column of classes: Hubble types, then stages T, then a few texts or whole numbers
    under a telling name.
    """
    found = []
    for name in table.values:
        if name == guess.identifier or not _named(LABEL, name):
            continue
        kind, classes = _class_kind(table, name)
        if kind:
            found.append((("hubble", "t", "class").index(kind), name, kind, classes))
    if found:
        _, guess.label, guess.label_kind, guess.classes = min(found, key=lambda item: item[0])


def _class_kind(table: OwnTable, name: str) -> tuple[str, dict[str, int]]:
    counts = Counter(text for text in table.text(name).tolist() if text)
    unknown = hubble.unknown_strings(list(counts))
    numbers = table.numbers(name)
    if counts and numbers is None and not unknown and len(counts) > 2:
        return "hubble", {}
    if (
        numbers is not None
        and _named(r".*(t_?type|stage).*|t", name)
        and np.nanmin(numbers, initial=0.0) < 0.0
    ):
        return "t", {}
    frequent = {text: count for text, count in counts.most_common() if count >= FEWEST}
    if 2 <= len(frequent) <= FEW_CLASSES and len(counts) <= 5 * FEW_CLASSES:
        return "class", dict(counts.most_common())
    return "", {}


def _is_input(table: OwnTable, name: str) -> bool:
    numbers = table.numbers(name)
    if numbers is None or _named(NO_INPUT, name) or _named(f"{RA}|{DEC}|{IDENTIFIER}", name):
        return False
    known = numbers[np.isfinite(numbers)]
    return len(known) >= KNOWN * max(len(numbers), 1) and len(np.unique(known)) > 2


def _leaks(table: OwnTable, guess: Guess) -> dict[str, str]:
    """Why inputs are suspected to know the label; {} without a label."""
    import pandas as pd

    if not guess.label or not guess.inputs:
        return {}
    labels = table.text(guess.label)
    if guess.label_kind != "class":
        about = ClassColumn(guess.label, guess.label_kind)
        labels = own_columns.classes(table, "label", about, schemes.load("hubble_5"), Faults(""))
    frame = pd.DataFrame({name: table.numbers(name) for name in guess.inputs})
    return {leak.column: str(leak) for leak in audit(frame, labels)}


def _head(path: Path, guess: Guess) -> str:
    name = re.sub(r"[^a-z0-9_]+", "_", path.name.split(".")[0].lower()).strip("_") or "own"
    lines = [
        (
            f"# A draft, guessed from the columns of {path.name}: correct it, then run `astronn"
            " check` on it."
        ),
        f"name = {_text(_own_name(name))}",
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


def _own_name(name: str) -> str:
    """A valid name that no shipped survey has."""
    name = name if name[0].isalpha() else f"survey_{name}"
    return f"my_{name}" if name in shipped.names() else name


def _table(path: Path, form: str) -> str:
    lines = [
        "[table]",
        (
            f"file = {_text(path.name)}  # from this file's folder; or a list of files with the"
            " same columns"
        ),
    ]
    lines.append(f"format = {_text(form)}")
    if form == "cds" and path.with_name("ReadMe").is_file():
        lines.append('readme = "ReadMe"')
    return "\n".join(lines)


def _objects(guess: Guess) -> str:
    lines = ["[objects]", f"id = {_text(guess.identifier)}  # one name for each object"]
    for key, names in (("ra", guess.ra), ("dec", guess.dec)):
        value = _text(names[0]) if len(names) == 1 else json.dumps(names)
        lines.append(f"{key} = {value}" if names else f'# {key} = "COLUMN"')
    lines.append('# group = "COLUMN"  # objects of one group never stand on both sides of a split')
    lines.append(
        "# group_cell_deg = 5.0  # or: groups are cells of the sky, so many degrees on a side"
    )
    lines.append('# only = { COLUMN = ["VALUE"] }  # use these rows alone')
    return "\n".join(lines)


def _features(table: OwnTable, guess: Guess) -> str:
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
            f"unit = {_text(unit)}" if is_unit(unit) else f'unit = ""  {OUTSIDE.format(unit)}'
        )
    if not used:
        lines.append("[features]  # no column of numbers seems fit: give some")
    lines += ["", "[forbidden]  # columns that may not be inputs, and why"]
    lines += [
        f"{_text(name)} = {_text(f'suspected leak: {reason}')}"
        for name, reason in guess.reasons.items()
    ]
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
        lines = [
            "# No column of classes was found. Without one nothing can be learned:",
            "# [label]",
            '# column = "COLUMN"',
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
    lines += ['# title = "AUTO"', f"# column = {_text(found)}{holds}"]
    lines += ['# kind = "class"', '# mapping = { "1" = "E", "2" = "S0" }']
    return "\n".join(lines)


def _splits(guess: Guess) -> str:
    lines = ["[splits.main]", 'kind = "stratified"', "test_fraction = 0.3"]
    lines.append("# min_separation_arcsec = 30.0  # closer objects stay on one side")
    if guess.ra:
        lines += [
            "",
            "[splits.sky]  # five folds: sky_1 ... sky_5",
            'kind = "sky_cells"',
            "cell_deg = 10.0",
        ]
    return "\n".join(lines)


def _text(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
