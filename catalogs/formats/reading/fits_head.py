"""The extensions of a FITS file and the columns of its tables, as their headers describe them; no
byte of the data is read.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from catalogs.errors import CatalogueError, foreign
from catalogs.formats.source import Field, unique_names

if TYPE_CHECKING:
    from astropy.io.fits import Header

TITLE = "a FITS table"
BLOCK = 2880
SIZES = {
    "L": 1, "X": 1, "B": 1, "I": 2, "J": 4, "K": 8, "A": 1, "E": 4, "D": 8, "C": 8, "M": 16,
    "P": 8, "Q": 16,
}  # fmt: skip
NUMPY = {"L": "u1", "B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}
UNREADABLE = {
    "C": "complex numbers",
    "M": "complex numbers",
    "P": "arrays of varying length",
    "Q": "arrays of varying length",
}
MOST_EXTENSIONS = 10_000


@dataclass(frozen=True)
class Binary:
    """One column: its letter of TFORM, where its cell begins in a row and how it lies there (of an
    ASCII table: characters [offset, offset + length)), the shape of a cell, and how it is scaled.
    """

    key: str
    name: str
    code: str
    offset: int
    length: int
    dtype: Any
    shape: tuple[int, ...]
    scale: float = 1.0
    zero: float = 0.0
    null: int | None = None
    null_text: str = ""
    unit: str = ""
    description: str = ""


@dataclass
class Extension:
    """A table extension: its number and name in the file, where its rows begin, how many there are
    and how long each is.
    """

    number: int
    name: str
    header: Header
    place: int
    width: int
    rows: int
    text: bool
    columns: list[Binary] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    choice: str = ""


def chosen(path: Path, plain: Path, wanted: int | str | None) -> Extension:
    """The extension of that number or name, or the one with most rows, whole and with its
    columns; CatalogueError where there is none.
    """
    found = list(_extensions(path, plain))
    tables = [hdu for hdu in found if isinstance(hdu, Extension)]
    named = [hdu for hdu in tables if wanted in (None, hdu.number, hdu.name)]
    if isinstance(wanted, str) and not named:
        named = [hdu for hdu in tables if hdu.name.upper() == wanted.upper()]
    if not named:
        has = ", ".join(f"{hdu.number} {hdu.name!r}" for hdu in tables) or "none (images only?)"
        raise CatalogueError(
            f"{path}: no table extension {'' if wanted is None else repr(wanted)}; it has: {has}"
        )
    hdu = max(named, key=lambda hdu: hdu.rows) if wanted is None else named[0]
    if len(tables) > 1:
        hdu.choice = f"hdu = {hdu.number}"
    _check_place(path, plain, hdu)
    with foreign(path, TITLE):
        hdu.columns = _text_columns(hdu) if hdu.text else _binary_columns(path, hdu)
    return hdu


def _extensions(path: Path, plain: Path) -> Iterator[Extension | None]:
    """Each header and data unit in turn; None for what is no table."""
    from astropy.io.fits import Header

    size, place, number = plain.stat().st_size, 0, 0
    with open(plain, "rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while place < size and number < MOST_EXTENSIONS:
            file.seek(place)
            try:
                header = Header.fromfile(file, endcard=True, padding=False)
                place = file.tell()
                place += -place % BLOCK
                length = _data_length(header, number)
            except Exception as error:  # of astropy, on bytes that are no header
                if number:
                    return  # bytes behind the last extension
                raise CatalogueError(
                    f"{path}: damaged, or not {TITLE} ({error!s:.200}); remedy: fetch or export"
                    " it again"
                ) from error
            yield _extension(path, header, number, place)
            place += length + -length % BLOCK
            number += 1


def _number(header: Header, key: str, default: int = 0) -> int:
    value = header.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise CatalogueError(f"{key} = {str(value)[:40]!r} is no whole number")
    return int(value)


def _data_length(header: Header, number: int) -> int:
    """Bytes of data behind a header, without what fills the last block up; 0 where they are
    negative, which is a fault of a table that is asked for.
    """
    axes = [_number(header, f"NAXIS{k + 1}") for k in range(min(_number(header, "NAXIS"), 999))]
    if not axes:
        return 0
    if axes[0] == 0 and header.get("GROUPS"):
        axes = axes[1:]
    elements = 1
    for axis in axes:
        elements *= axis
    bits = abs(_number(header, "BITPIX", 8))
    length = bits // 8 * _number(header, "GCOUNT", 1) * (_number(header, "PCOUNT") + elements)
    return max(length, 0)


def _extension(path: Path, header: Header, number: int, place: int) -> Extension | None:
    kind = str(header.get("XTENSION", "")).strip().upper()
    if kind not in ("BINTABLE", "A3DTABLE", "TABLE") or header.get("ZIMAGE"):
        return None
    with foreign(path, TITLE):
        rows, width = _number(header, "NAXIS2"), _number(header, "NAXIS1")
    name = str(header.get("EXTNAME", "")).strip()
    return Extension(number, name, header, place, width, rows, kind == "TABLE")


def _check_place(path: Path, plain: Path, hdu: Extension) -> None:
    if hdu.header.get("ZTABLE"):
        raise CatalogueError(
            f"{path}: the table of extension {hdu.number} is compressed tile by tile (ZTABLE);"
            " remedy: unpack it with funpack"
        )
    if hdu.rows < 0 or hdu.width < 0:
        raise CatalogueError(
            f"{path}: damaged: NAXIS2 = {hdu.rows} rows of NAXIS1 = {hdu.width} bytes; remedy:"
            " fetch or export it again"
        )
    held = plain.stat().st_size - hdu.place
    if held < hdu.rows * hdu.width:
        there = max(held, 0) // max(hdu.width, 1)
        raise CatalogueError(
            f"{path}: damaged: cut short, {there} of {hdu.rows} rows are there; remedy: fetch or"
            " export it again"
        )
    if held < hdu.rows * hdu.width + -(hdu.rows * hdu.width) % BLOCK:
        hdu.notes["last block not filled up to 2880 bytes"] += 1


def _binary_columns(path: Path, hdu: Extension) -> list[Binary]:
    header, columns, offset = hdu.header, [], 0
    n = _number(header, "TFIELDS")
    names = unique_names([str(header.get(f"TTYPE{k}", "")).strip() for k in range(1, n + 1)])
    for k, name in zip(range(1, n + 1), names, strict=True):
        form = str(header.get(f"TFORM{k}", "")).strip()
        match = re.fullmatch(r"(\d*)([LXBIJKAEDCMPQ])(.*)", form, re.IGNORECASE)
        if not match:
            raise CatalogueError(
                f"{path}: column {name!r} has TFORM{k} = {form!r}, which is no format; remedy:"
                " export it again"
            )
        repeat, code = int(match[1] or 1), match[2].upper()
        length = -(-repeat // 8) if code == "X" else repeat * SIZES[code]
        columns.append(_binary_column(hdu, k, name, code, repeat, match[3].strip(), offset, length))
        offset += length
    if offset != hdu.width:
        raise CatalogueError(
            f"{path}: damaged: a row has NAXIS1 = {hdu.width} bytes, its columns {offset}; remedy:"
            " export it again"
        )
    return columns


def _binary_column(
    hdu: Extension,
    k: int,
    name: str,
    code: str,
    repeat: int,
    rest: str,
    offset: int,
    length: int,
) -> Binary:
    header = hdu.header
    shape = _shape(hdu, k, name, code, repeat, rest)
    dtype: Any
    if code == "A":
        count = int(np.prod(shape, dtype=int)) or 1
        dtype = np.dtype((f"S{repeat // count or 1}", (count,))) if repeat else np.dtype("V0")
    elif code in NUMPY:
        dtype = np.dtype((NUMPY[code], (repeat,)))
    else:
        dtype = np.dtype((np.uint8, (length,)))
    scale, zero = _real(header, f"TSCAL{k}", 1.0), _real(header, f"TZERO{k}", 0.0)
    if code in "LXA":
        scale, zero = 1.0, 0.0
    null = header.get(f"TNULL{k}")
    if null is not None and (code not in "BIJK" or isinstance(null, bool | str)):
        hdu.notes[f"TNULL{k} on a column that is not of whole numbers ({name}), ignored"] += 1
        null = None
    if null is not None and isinstance(null, float):
        null = int(null) if null == int(null) else None
    return Binary(
        f"c{k}", name, code, offset, length, dtype, shape, scale, zero, null,
        unit=str(header.get(f"TUNIT{k}", "")).strip(), description=_described(header, k),
    )  # fmt: skip


def _real(header: Header, key: str, default: float) -> float:
    value = header.get(key, default)
    try:
        return float(value) if value not in (None, "") else default
    except (TypeError, ValueError) as error:
        raise CatalogueError(f"{key} = {str(value)[:40]!r} is no number") from error


def _shape(hdu: Extension, k: int, name: str, code: str, repeat: int, rest: str) -> tuple[int, ...]:
    """The shape of one cell, () for a single value: of TDIM where it fits the cell."""
    plain = () if repeat == 1 or code == "A" else (repeat,)
    if code == "A" and (width := re.fullmatch(r"(\d+)", rest)) and int(width[1]):
        count = repeat // int(width[1])
        plain = (count,) if count > 1 and count * int(width[1]) == repeat else ()
    text = str(hdu.header.get(f"TDIM{k}", "")).strip()
    match = re.fullmatch(r"\(\s*\d+(\s*,\s*\d+)*\s*\)", text)
    if not text or code in "PQ":
        return plain
    dims = tuple(int(part) for part in re.findall(r"\d+", text)) if match else ()
    if not match or int(np.prod(dims, dtype=object)) != repeat or repeat == 0:
        hdu.notes[f"TDIM{k} = {text[:20]!r} does not fit the cells ({name}), ignored"] += 1
        return plain
    dims = dims[1:] if code == "A" else dims
    return () if int(np.prod(dims, dtype=object)) == 1 and len(dims) <= 1 else tuple(reversed(dims))


def _described(header: Header, k: int) -> str:
    """The words of TCOMMn, or the comment of the card that names the column."""
    words = header.get(f"TCOMM{k}")
    if not words and f"TTYPE{k}" in header:
        words = header.comments[f"TTYPE{k}"]
    return str(words or "")


def _text_columns(hdu: Extension) -> list[Binary]:
    """The columns of an ASCII table: characters [TBCOL - 1, TBCOL - 1 + width) of a row."""
    header, columns = hdu.header, []
    n = _number(header, "TFIELDS")
    names = unique_names([str(header.get(f"TTYPE{k}", "")).strip() for k in range(1, n + 1)])
    for k, name in zip(range(1, n + 1), names, strict=True):
        form = str(header.get(f"TFORM{k}", "")).strip()
        match = re.fullmatch(r"([AIFED])(\d+)(\.\d+)?", form, re.IGNORECASE)
        start = _number(header, f"TBCOL{k}", 0) - 1
        if not match or not 0 <= start <= start + int(match[2]) <= hdu.width:
            raise CatalogueError(f"column {name!r} has no place in a row of {hdu.width} characters")
        null = str(header.get(f"TNULL{k}", "")).strip()
        columns.append(
            Binary(
                f"c{k}", name, match[1].upper(), start, int(match[2]), None, (),
                _real(header, f"TSCAL{k}", 1.0), _real(header, f"TZERO{k}", 0.0), None, null,
                str(header.get(f"TUNIT{k}", "")).strip(), _described(header, k),
            )
        )  # fmt: skip
    return columns


def fields_of(hdu: Extension) -> list[Field]:
    """The columns as a table of any format has them."""
    return [
        Field(
            column.name,
            None if column.code in UNREADABLE else _arrow(column, hdu.text),
            column.unit,
            column.description,
            column.shape,
            UNREADABLE.get(column.code, "nothing" if 0 in column.shape else ""),
        )
        for column in hdu.columns
    ]


def _arrow(column: Binary, text: bool) -> Any:
    import pyarrow as pa

    scaled = column.scale != 1.0 or column.zero != 0.0
    if column.code == "A":
        kind = pa.string()
    elif column.code in "LX":
        kind = pa.bool_()
    elif text:
        kind = pa.int64() if column.code == "I" and not scaled else pa.float64()
    else:
        whole = {
            ("B", -128.0): pa.int8(),
            ("I", 32768.0): pa.uint16(),
            ("J", 2147483648.0): pa.uint32(),
            ("K", 9223372036854775808.0): pa.uint64(),
        }.get((column.code, column.zero) if column.scale == 1.0 else ("", 0.0))
        own = pa.from_numpy_dtype(np.dtype(NUMPY[column.code]).newbyteorder("="))
        kind = whole or (pa.float64() if scaled else own)
    for size in reversed(column.shape):
        kind = pa.list_(kind, size)
    return kind
