"""Cells of text as numbers: the words that mean nothing, limits, and what is no number at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

# What stands for a missing value in the tables of this field: SDSS and Gaia write null, pandas NA
# and None, IRAF INDEF, databases \N, astropy and VizieR dashes, journals dots.
WORDS = (
    "", "null", "NULL", "Null", "NA", "N/A", "n/a", "<NA>", "#N/A", "None", "none", "NONE", "-",
    "--", "---", "INDEF", "\\N", "...",
)  # fmt: skip
NAN = ("nan", "NaN", "NAN", "Nan")  # not a number: NaN among numbers, nothing among texts
NUMBER = (
    r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eEdD][+-]?[0-9]+)?|[+-]?([iI]nf(inity)?|INF)|[+-]?(?i:nan)"
)
LIMIT = rf"^[<>≤≥]=?\s*({NUMBER})$"
SHOWN = 3


@dataclass(frozen=True)
class Numbers:
    """Cells as float64, null where they are blank; how many of them hold a limit (`>13.6`), which
    is null too; and what is no number: how many cells, and the first few as (row from 0, text).
    """

    values: pa.Array
    limits: int = 0
    strays: int = 0
    shown: tuple[tuple[int, str], ...] = ()


def blanked(cells: pa.Array) -> pa.Array:
    """Text cells without blanks around them, null where they are blank or a word for nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = pc.utf8_trim_whitespace(cells)
    nothing = pc.is_in(cells, value_set=pa.array(WORDS, cells.type))
    return pc.if_else(nothing, pa.scalar(None, cells.type), cells)


def to_numbers(cells: pa.Array) -> Numbers:
    """Text cells as numbers; nothing is lost without being counted."""
    import pyarrow as pa

    known = blanked(cells)
    try:
        return Numbers(known.cast(pa.float64()))
    except pa.ArrowInvalid:
        return _one_by_one(known)


def _one_by_one(known: pa.Array) -> Numbers:
    """What the fast reading refuses: a plus sign, Fortran's exponents, limits, words."""
    import pyarrow as pa
    import pyarrow.compute as pc

    null = pa.scalar(None, known.type)
    is_number = pc.match_substring_regex(known, f"^({NUMBER})$")
    is_limit = pc.match_substring_regex(known, LIMIT)
    plain = pc.if_else(is_number, known, null)
    plain = pc.replace_substring_regex(plain, r"^\+", "")
    plain = pc.replace_substring_regex(plain, "[dD]", "e")
    stray = pc.and_(pc.invert(is_number), pc.invert(is_limit))
    rows = pc.indices_nonzero(pc.fill_null(stray, False))
    shown = tuple((row, known[row].as_py()) for row in rows[:SHOWN].to_pylist())
    limits = pc.sum(pc.fill_null(is_limit, False)).as_py() or 0
    return Numbers(plain.cast(pa.float64()), int(limits), len(rows), shown)


def is_number(text: str) -> bool:
    """Whether a text is a number as tables write it."""
    import re

    return re.fullmatch(NUMBER, text.strip()) is not None


class Kind:
    """What the cells of a column are, told block by block: whole numbers of 64 bits, numbers, or
    text. Whole numbers with a leading zero, or too long for 64 bits, are names and stay text: no
    digit of an identifier is lost.
    """

    def __init__(self) -> None:
        self.whole = self.digits = self.number = True
        self.known = 0

    def see(self, cells: pa.Array) -> None:
        """Look at the next cells, null where blank."""
        import pyarrow as pa
        import pyarrow.compute as pc

        self.known += len(cells) - cells.null_count
        if not self.number or cells.null_count == len(cells):
            return
        if self.whole and _casts(cells, pa.int64()) and not _leading_zero(cells):
            return
        was, self.whole = self.whole, False
        if self.digits:
            self.digits = bool(pc.all(pc.match_substring_regex(cells, "^[+-]?[0-9]+$")).as_py())
            if self.digits:
                whole = pc.utf8_ltrim(cells, characters="+")
                self.whole = was and _casts(whole, pa.int64()) and not _leading_zero(whole)
                return
        found = to_numbers(cells)
        self.number = not found.strays and not found.limits

    def type(self) -> pa.DataType:
        """The Arrow type of what was seen."""
        import pyarrow as pa

        if not self.known or not self.number or (self.digits and not self.whole):
            return pa.string()
        return pa.int64() if self.whole else pa.float64()


def _casts(cells: pa.Array, kind: pa.DataType) -> bool:
    import pyarrow as pa

    try:
        cells.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _leading_zero(cells: pa.Array) -> bool:
    import pyarrow.compute as pc

    zero = pc.and_(
        pc.match_substring_regex(cells, "^[+-]?0"),
        pc.greater(pc.binary_length(pc.utf8_ltrim(cells, characters="+-")), 1),
    )
    return bool(pc.any(zero).as_py())


def cast(cells: pa.Array, kind: pa.DataType) -> pa.Array:
    """Text cells as that type: null where a number is blank, '' where a text is."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pc.fill_null(pc.utf8_trim_whitespace(cells), "")
    if pa.types.is_integer(kind):
        return pc.utf8_ltrim(blanked(cells), characters="+").cast(kind)
    if pa.types.is_boolean(kind):
        known = blanked(cells)
        true = pc.is_in(known, value_set=pa.array(["True", "true", "T", "1"], known.type))
        return pc.if_else(pc.is_valid(known), true, pa.scalar(None, pa.bool_()))
    found = to_numbers(cells)
    if found.strays:
        raise pa.ArrowInvalid(f"no number: {found.shown[0][1]!r}")
    return found.values.cast(kind)
