"""What the columns of an unknown table seem to be: names, positions, classes, groups, inputs; and
why the others are none of these.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from catalogs import schemes
from catalogs.astronomy import hubble
from catalogs.errors import Faults
from catalogs.formats.reading.cells import NAN, WORDS, to_numbers
from catalogs.formats.reading.convert import simple
from catalogs.formats.source import Field, Source
from catalogs.leaks import audit
from catalogs.survey_toml import columns as toml_columns
from catalogs.survey_toml.audits.sentinels import sentinels
from catalogs.survey_toml.columns import SurveyTable
from catalogs.survey_toml.spec import ClassColumn

if TYPE_CHECKING:
    import pandas as pd

IDENTIFIER = (
    r"(obj(ect)?_?)?(id|name|no)|designation|(source|object|target|galaxy|star)_?(id|name)?"
    r"|pgc(name|_name)?|specobj_?id|dr\d+_?objid|number|kepid|tic|name|main_id|recno"
)
RA = r"_?ra(_?deg|_?j2000|_?icrs|2000)?|alpha(_?j2000)?|alphawin_?j2000|raj2000|target_ra|coord\.ra"
DEC = (
    r"_?de(c|j2000|_?icrs|_?deg)?(_?deg|_?j2000|_?icrs|2000)?|delta(_?j2000)?|deltawin_?j2000"
    r"|dej2000|target_dec|coord\.dec"
)
PARTS = (("RAh", "RAm", "RAs"), ("DE-", "DEd", "DEm", "DEs"))
LABEL = (
    r"hubble(_?(type|stage))?|t_?type|t|stage|m?type|morph(ology|type)?(_?type)?|morp.*|spec_?type"
    r"|(sub|spec|obj|star|final|true)?_?class(ification|_?name)?|.*_class|class_.*|label|target"
)
AUTOMATIC = (
    r"(pred|auto|pipe|phot)\w*_?(class|type)|(class|type)_?(pred|auto|phot)\w*|pipeline|.*_pred"
)
BOOKKEEPING = (
    r"plate(_?id)?|mjd|fiber(_?id)?|run|rerun|camcol|field(_?(id|no|name))?|tile(_?id)?|ccd(_?id)?"
    r"|(heal)?pix(el)?\w*|htm_?id|random_?index|brick(_?(id|name))?|row|index|expnum|exposure|night"
    r"|chip|detector|quadrant|release|survey|program|moc|zone|unnamed.*|level_0|skyversion|obj"
    r"|_?healpix_\w+|norder|dir|npix|solution_id|cadence|ref_epoch"
)
GROUPS = (
    r"plate(_?id)?|field(_?(id|no|name))?|tile(_?id)?|brick(_?(id|name))?|healpix\w*|cluster|group"
)
VOTES = (
    r".*(_frac(tion)?|_debiased|_weighted|_count|_votes?|_probability|_prob)|p_[a-z]+(_\w+)?"
    r"|t\d\d_.*"
)
OTHER = r"(.*_)?(flag|num|note|ref|qual(ity)?|status|warning|zwarning|bits?|mask)s?(_.*)?|zwarn"
SKY = r"(glon|glat|lii|bii|sg_?l(on|at)|elon|elat|pos_?ang|pa|l|b)"
ERRORS = r"(e|err|sigma|sig|n|q|f|l|u|r|o)_(.+)"
AFTER = r"(.+?)_?(err(or)?|sigma|uncert(ainty)?|flag|ivar|rms|stddev)"
KEYS = (
    ("plate", "mjd", "fiberid"), ("plate", "mjd", "fiber"), ("brickid", "objid"),
    ("brickname", "objid"), ("run", "rerun", "camcol", "field", "obj"), ("tile", "number"),
    ("release", "brickid", "objid"), ("field", "star"), ("field", "id"),
)  # fmt: skip
FEW_CLASSES, FEWEST, KNOWN = 20, 10, 0.3
MOST_CELLS = 12_000_000  # of the rows that are looked at
MOST_ELEMENTS = 12  # of an array that are proposed as inputs, each by itself


@dataclass
class Guess:
    """What the columns of a table seem to be. reasons: the leaks found among the inputs; left_out:
    why each other column is no input; others: columns of text that hold the label's classes too;
    labels: other columns that could be the label; blanks: sentinels of inputs; only_text: the label
    is not called one, but is the only text of few words.
    """

    identifier: tuple[str, ...]
    ra: tuple[str, ...] = ()
    dec: tuple[str, ...] = ()
    label: str = ""
    label_kind: str = "class"
    classes: dict[str, int] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    blanks: dict[str, list[float]] = field(default_factory=dict)
    only_text: bool = False
    sky: bool = False
    twins: bool = False


def sample_of(source: Source) -> tuple[SurveyTable, list[Field], int]:
    """The first rows of a table, as many as memory allows, of the columns with one value per row
    and the elements of short arrays; those columns; and how many rows there are in all.
    """
    import pyarrow.compute as pc

    fields = [f for f in source.typed() if not f.shape or elements(f)]
    names = [f.name for f in fields]
    units = {ref: f.unit for f in fields for ref in (elements(f) or [f.name])}
    most = max(20_000, MOST_CELLS // max(len(units), 1))
    parts: dict[str, list] = {ref: [] for ref in units}
    held = 0
    for batch in source.blocks(names) if names else ():
        for f, column in zip(fields, batch.columns, strict=True):
            for place, ref in enumerate(elements(f)):
                parts[ref].append(simple(pc.list_element(column, place)))
            if not f.shape:
                parts[f.name].append(column)
        held += len(batch)
        if held >= most:
            break
    table = toml_columns.joined_parts(parts, units, held)
    rows = source.rows if source.rows is not None else source.count() if names else 0
    return table, fields, rows


def elements(field_: Field) -> list[str]:
    """PSFMAG[0], PSFMAG[1], ... of a column of short arrays of numbers, [] for others."""
    import pyarrow as pa

    if len(field_.shape) != 1 or not 1 < field_.shape[0] <= MOST_ELEMENTS or field_.type is None:
        return []
    kind = field_.type.value_type if pa.types.is_fixed_size_list(field_.type) else None
    if kind is None or not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        return []
    return [f"{field_.name}[{k}]" for k in range(field_.shape[0])]


def named(pattern: str, name: str) -> bool:
    """Whether a name is one of a pattern's, whatever its letters' size."""
    return re.fullmatch(pattern, name, re.IGNORECASE) is not None


def guess(table: SurveyTable, source: Source, whole: bool) -> Guess:
    """What the columns of the table seem to be; `whole`: the table holds all rows of the source."""
    parts = {ref for field_ in source.fields for ref in elements(field_)}
    names = [name for name in table.columns if name not in parts and _is_short(table, name)]
    found = Guess(_identifier(table, names))
    if all(set(parts) <= set(names) for parts in PARTS):
        found.ra, found.dec = PARTS
    else:
        ra, dec = (
            next(((name,) for name in names if named(pattern, name)), ()) for pattern in (RA, DEC)
        )
        found.ra, found.dec = (ra, dec) if ra and dec and _in_range(table, ra, dec) else ((), ())
    _guess_label(table, names, found)
    taken = {*found.identifier, *found.ra, *found.dec, found.label}
    _guess_inputs(table, source, taken, found)
    found.reasons = _leaks(table, found)
    rest = [name for name in names if name not in (*taken, *found.inputs)]
    found.others = [
        name
        for name in rest
        if found.label and table.numbers(name) is None and _holds_classes(table, name, found)
    ]
    found.others.sort(key=lambda name: not named(AUTOMATIC, name))
    found.groups = [
        name for name in rest if named(GROUPS, name) and _is_group(table, name, len(table))
    ]
    return found


def _is_short(table: SurveyTable, name: str) -> bool:
    """Whether a column holds no text longer than names and classes are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table.columns[name]
    if not pa.types.is_string(column.type):
        return True
    return (pc.max(pc.utf8_length(column)).as_py() or 0) <= 200


def _in_range(table: SurveyTable, ra: tuple[str, ...], dec: tuple[str, ...]) -> bool:
    """Whether two columns of numbers are angles; texts are taken for sexagesimal ones."""
    for (name,), low, high in ((ra, 0.0, 360.0), (dec, -90.0, 90.0)):
        values = table.numbers(name)
        if values is None:
            first = next((text for text in table.text(name).tolist() if text), "")
            if not re.match(r"[+-]?\d+[: hd]", first):
                return False
        elif not ((values >= low) & (values <= high) | np.isnan(values)).all():
            return False
    return True


def _identifier(table: SurveyTable, names: Sequence[str]) -> tuple[str, ...]:
    """The column that names the objects: text or whole numbers, no two alike, a telling name before
    others; columns that do so together; () for the number of the row.
    """
    exact = [name for name in names if not table.is_float(name) and not named(f"{RA}|{DEC}", name)]
    unique = [name for name in exact if _is_unique([table.words(name)])]
    telling = [name for name in unique if named(IDENTIFIER, name)]
    if telling:
        return (telling[0],)
    lower = {name.lower(): name for name in names}
    for keys in KEYS:
        if all(key in lower for key in keys):
            together = tuple(lower[key] for key in keys)
            if _is_unique([table.words(name) for name in together]):
                return together
    rest = [name for name in unique if not named(f"{BOOKKEEPING}|{LABEL}", name)]
    text = [name for name in rest if table.numbers(name) is None]
    return tuple((text or [name for name in rest if name.lower().endswith("id")])[:1])


def _is_unique(parts: list[np.ndarray]) -> bool:
    if any((part == "").any() for part in parts):
        return False
    rows = set(zip(*(part.tolist() for part in parts), strict=True))
    return len(rows) == len(parts[0]) > 0


def _is_group(table: SurveyTable, name: str, n: int) -> bool:
    """Whether a column has several groups, and groups of several."""
    count = len(set(table.words(name).tolist()) - {""})
    return 10 <= count <= n / 2


def _guess_label(table: SurveyTable, names: Sequence[str], found: Guess) -> None:
    """The best column of classes: Hubble types, then stages T, then a few texts or whole numbers
    under a telling name.
    """
    candidates = []
    for place, name in enumerate(names):
        if name in found.identifier or not named(LABEL, name):
            continue
        kind, classes = _class_kind(table, name)
        if kind:
            rank = (("hubble", "t", "class").index(kind), named(AUTOMATIC, name), place)
            candidates.append((rank, name, kind, classes))
    candidates.sort(key=lambda item: item[0])
    if candidates:
        _, found.label, found.label_kind, found.classes = candidates[0]
    found.labels = [name for _, name, _, _ in candidates[1:]]
    if candidates:
        return
    texts = [name for name in names if name not in found.identifier and table.numbers(name) is None]
    found.labels = [name for name in texts if _class_kind(table, name)[0]]
    if len(found.labels) == 1:
        found.label, found.only_text = found.labels.pop(), True
        found.label_kind, found.classes = _class_kind(table, found.label)


def _class_kind(table: SurveyTable, name: str) -> tuple[str, dict[str, int]]:
    counts = Counter(text for text in table.words(name).tolist() if text)
    numbers = table.numbers(name)
    if counts and numbers is None and len(counts) > 2 and not hubble.unknown_strings(list(counts)):
        stages = hubble.hubble_to_t(list(counts))
        if np.isfinite(stages).sum() > 2:
            return "hubble", {}
    if (
        numbers is not None
        and named(r".*(t_?type|stage).*|t", name)
        and np.nanmin(numbers, initial=0.0) < 0.0
    ):
        return "t", {}
    frequent = {text: count for text, count in counts.most_common() if count >= FEWEST}
    if 2 <= len(frequent) <= FEW_CLASSES and len(counts) <= 5 * FEW_CLASSES:
        return "class", dict(counts.most_common())
    return "", {}


def _guess_inputs(table: SurveyTable, source: Source, taken: set[str], found: Guess) -> None:
    """The inputs, and the reason of every column that is none."""
    for field_ in source.fields:
        name = field_.name
        if name in taken:
            continue
        if field_.unreadable:
            found.left_out[name] = f"holds {field_.unreadable}"
        elif parts := [ref for ref in elements(field_) if ref in table.columns]:
            for ref in parts:
                _guess_input(table, ref, _why_not(table, ref, name), found)
        elif field_.shape:
            first = "".join("[0]" for _ in field_.shape)
            shape = " x ".join(map(str, field_.shape))
            found.left_out[name] = (
                f"an array of {shape} a row: take elements, such as {name}{first}"
            )
        else:
            _guess_input(table, name, _why_not(table, name, name), found)


def _guess_input(table: SurveyTable, ref: str, reason: str, found: Guess) -> None:
    """An input, with its sentinels, unless there is a reason that it is none."""
    if reason:
        found.left_out[ref] = reason
        return
    found.inputs.append(ref)
    numbers = table.numbers(ref)
    if numbers is not None and (blanks := sentinels(numbers)):
        found.blanks[ref] = blanks


def _why_not(table: SurveyTable, ref: str, name: str) -> str:
    """Why a column, or an element of the column of that name, is no input; '' if it is one."""
    if not _is_short(table, ref):
        return "long text"
    numbers = table.numbers(ref)
    if numbers is None:
        return _why_text(table, ref)
    if not np.isfinite(numbers).any():
        return "blank in every row"
    if named(VOTES, name):
        return "a share or a number of votes: it knows the label"
    if named(BOOKKEEPING, name):
        return "bookkeeping of the survey"
    if named(f"{RA}|{DEC}|{SKY}", name):
        return "a position"
    if named(IDENTIFIER, name) or name.lower().endswith(("objid", "_id", "sourceid")):
        return "a name"
    if named(LABEL, name):
        return "a class, by its name"
    if reason := _why_paired(name, list(table.columns)):
        return reason
    if named(OTHER, name):
        return "a flag, by its name"
    if len(numbers) > 2 and np.array_equal(numbers - numbers[0], np.arange(len(numbers))):
        return "the number of the row"
    known = numbers[np.isfinite(numbers)]
    if len(known) < KNOWN * max(len(numbers), 1):
        return f"known in {len(known)} of {len(numbers)} rows"
    if len(np.unique(known)) <= 2:
        return "not more than two different values"
    return ""


def _why_paired(name: str, names: list[str]) -> str:
    """Whether a column is the error or the flag of another: e_Bmag beside Bmag."""
    lower = {other.lower() for other in names}
    for pattern, place in ((ERRORS, 2), (AFTER, 1)):
        match = re.fullmatch(pattern, name, re.IGNORECASE)
        if match and match[place].lower().strip("_") in lower:
            return f"an error or a flag of {match[place]}"
    match = re.fullmatch(ERRORS, name, re.IGNORECASE)
    if match and match[1].lower() in ("e", "err", "sigma", "sig"):
        return "an error, by its name"
    match = re.fullmatch(AFTER, name, re.IGNORECASE)
    return "an error or a flag, by its name" if match else ""


def _why_text(table: SurveyTable, name: str) -> str:
    found = to_numbers(table.columns[name])
    words = {*WORDS, *NAN}
    text = next((cell for cell in table.text(name).tolist() if cell not in words), "")
    if not text:
        return "blank in every row"
    known = len(found.values) - found.values.null_count
    if known > found.strays + found.limits > 0:
        if found.strays:
            row, cell = found.shown[0]
            return f"numbers, but for {found.strays} cells such as {cell!r} in row {row + 1}"
        return f"numbers, but for {found.limits} limits such as {text!r}: name it to blank these"
    return f"text, such as {text[:30]!r}"


def _holds_classes(table: SurveyTable, name: str, found: Guess) -> bool:
    """Whether a column of texts holds nothing but classes of the label, two of them at least."""
    texts = set(table.words(name).tolist()) - {""}
    return len(texts) > 1 and texts <= set(found.classes or schemes.load("hubble_5").classes)


def labels_of(table: SurveyTable, found: Guess) -> np.ndarray:
    """The label of each row, (n,), '' where there is none."""
    if found.label_kind != "class":
        about = ClassColumn(found.label, found.label_kind)
        return toml_columns.classes(table, "label", about, schemes.load("hubble_5"), Faults(""))
    frequent = [name for name, count in found.classes.items() if count >= FEWEST]
    texts = table.words(found.label)
    return np.where(np.isin(texts, frequent), texts, "")


def frame_of(table: SurveyTable, found: Guess) -> pd.DataFrame:
    """The inputs, NaN where blank or a sentinel."""
    import pandas as pd

    frame = {}
    for name in found.inputs:
        numbers = table.numbers(name)
        if numbers is None:
            continue
        frame[name] = np.where(np.isin(numbers, found.blanks.get(name, [])), np.nan, numbers)
    return pd.DataFrame(frame, index=range(len(table)))


def _leaks(table: SurveyTable, found: Guess) -> dict[str, str]:
    """Why inputs are suspected to know the label; {} without a label."""
    if not found.label or not found.inputs:
        return {}
    leaks = audit(frame_of(table, found), labels_of(table, found))
    return {leak.column: str(leak) for leak in leaks}
