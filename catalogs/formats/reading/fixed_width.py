"""Columns of fixed width, read as wholes: from a matrix of characters to text, floats and integers.

A number written in plain decimals ('  12.50', '-3', '+0.5  ') is digits, a sign and at most one
point. Its digits, read as one whole number m below 2^53, and the power 10^f of its decimals are
exact in float64, so m / 10^f is the float64 nearest to the text (Clinger 1990, "How to read
floating point numbers accurately", PLDI '90, 92-101, section 4). A column is read so with a few
operations on all rows; rows that are written otherwise (exponents, nan, long numbers) are read one
by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

BLANK, PLUS, MINUS, POINT, ZERO = (ord(character) for character in " +-.0")
EXACT = 15  # so many digits are always below 2^53


def characters(block: bytes, width: int) -> np.ndarray:
    """The lines of a block as a matrix of character codes, (n, width), longer lines cut and shorter
    ones filled up with blanks: uint8, or uint32 for a block that is not ASCII but UTF-8 (positions
    count characters, not bytes).
    """
    length = block.find(b"\n") + 1
    if length > width and len(block) % length == 0 and block.isascii() and b"\r" not in block:
        matrix = np.frombuffer(block, np.uint8).reshape(-1, length)
        if (matrix[:, -1] == ord("\n")).all() and block.count(b"\n") == len(matrix):
            return matrix[:, :width]  # all lines are equally long: nothing is copied
    lines = [
        line.rstrip("\r")[:width].ljust(width)
        for line in block.decode().removesuffix("\n").split("\n")
    ]
    encoding, kind = ("ascii", "<u1") if block.isascii() else ("utf-32-le", "<u4")
    return np.frombuffer("".join(lines).encode(encoding), kind).reshape(-1, width)


def stripped(cells: np.ndarray) -> np.ndarray:
    """The text of each row of characters, (..., width) to (...), without the blanks around it."""
    codes = np.ascontiguousarray(cells, dtype="<u4")
    return np.char.strip(codes.view(f"<U{codes.shape[-1]}")[..., 0])


def texts(
    matrix: np.ndarray, starts: Sequence[int], width: int, nulls: Sequence[Sequence[str]]
) -> tuple[np.ndarray, np.ndarray]:
    """The texts in k fields of equal width that begin at `starts` in n lines of characters, without
    the blanks around them, (k, n); and the (k, n) mask of the cells that are blank or hold one of
    the texts nulls[i] of their field.
    """
    codes = np.empty((len(starts), len(matrix), width), dtype="<u4")
    for i, start in enumerate(starts):
        codes[i] = matrix[:, start : start + width]
    values = stripped(codes)
    mask = values == ""
    for i, flags in enumerate(nulls):
        mask[i] |= _is_null(values[i], flags)
    return values, mask


def _is_null(text: np.ndarray, nulls: Sequence[str]) -> np.ndarray:
    """Which texts are one of the null flags, (n,)."""
    found = np.zeros(text.shape, dtype=bool)
    for null in nulls:
        found |= text == null
    return found


def numbers(
    matrix: np.ndarray,
    starts: Sequence[int],
    width: int,
    nulls: Sequence[Sequence[str]],
    *,
    whole: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """The numbers in k fields of equal width that begin at `starts` in n lines of characters: (k,
    n) float64, or int64 for `whole`; and the (k, n) mask of the cells without one, where the number
    is NaN or 0.

    A cell without a number is blank or holds one of the texts nulls[i] of its field. Any other text
    that is no number, no whole one for `whole`, is a ValueError, and one that 64 bits do not hold
    an OverflowError."""
    n, k = len(matrix), len(starts)
    codes = np.empty(
        (width, k, n), dtype=matrix.dtype
    )  # operations run along the rows of the table
    for i, start in enumerate(starts):
        codes[:, i] = matrix[:, start : start + width].T
    values, mask, plain = (
        part.reshape(k, n) for part in _decimals(codes.reshape(width, k * n), whole)
    )
    if whole:
        values = (values * plain).astype(np.int64)
    flagged = _flagged(values, nulls) & plain
    odd = ~(plain | mask)
    for i in np.flatnonzero((odd | flagged).any(axis=1)).tolist():
        cells = matrix[:, starts[i] : starts[i] + width]
        if flagged[i].any():  # the flag is a text: 99.99 is not the flag where a cell says 99.990
            rows = np.flatnonzero(flagged[i])
            mask[i, rows[_is_null(stripped(cells[rows]), nulls[i])]] = True
        if odd[i].any():
            _read_others(cells, np.flatnonzero(odd[i]), values[i], mask[i], nulls[i])
    values[mask] = 0 if whole else np.nan
    return values, mask


def _flagged(values: np.ndarray, nulls: Sequence[Sequence[str]]) -> np.ndarray:
    """Where a number (k, n) equals a null flag of its field, (k, n)."""
    found = np.zeros(values.shape, dtype=bool)
    for place in range(max(map(len, nulls), default=0)):
        flags = [_number(flags[place]) if place < len(flags) else np.nan for flags in nulls]
        found |= values == np.array(flags)[:, None]
    return found


def _number(text: str) -> float:
    """The number that a text is, NaN if it is none."""
    try:
        return float(text)
    except ValueError:
        return np.nan


def _read_others(
    cells: np.ndarray, rows: np.ndarray, values: np.ndarray, mask: np.ndarray, nulls: Sequence[str]
) -> None:
    """Read the given rows, neither plain nor of blanks alone, into `values`; mask null flags and
    white space (tabs).

    Zero bytes are no white space, though numpy's texts end at them.
    """
    text = stripped(cells[rows])
    is_null = _is_null(text, nulls) | ((text == "") & (cells[rows] != 0).all(axis=1))
    values[rows[~is_null]] = text[~is_null].astype(values.dtype)
    mask[rows[is_null]] = True


def _decimals(codes: np.ndarray, whole: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The numbers of the cells in plain decimals, characters (width, n) to (n,) float64; the (n,)
    masks of the blank cells and of the plain ones.

    `whole`: a cell with a point, or with blanks after its digits, is not plain. (After a point
    blanks count as zeros.)"""
    width = len(codes)
    digit = codes - codes.dtype.type(ZERO)  # wraps round below '0'
    is_digit, is_point, inked, minus = digit < 10, codes == POINT, codes != BLANK, codes == MINUS
    is_sign = minus | (codes == PLUS)
    starts = inked.copy()
    starts[1:] &= ~inked[
        :-1
    ]  # where a run of ink begins: a plain number is one run, with the sign, if any, at its start
    strange = (is_sign & ~starts) | (inked & ~(is_digit | is_point | is_sign))
    n_points, n_runs = _count(is_point), _count(starts)
    plain = (n_runs == 1) & (n_points <= 1) & is_digit.any(axis=0) & ~strange.any(axis=0)
    plain &= (inked[-1] & (n_points == 0)) if whole else (inked[-1] | (n_points == 1))
    if width > EXACT:  # places from the first digit on, that of the point too
        plain &= width - np.argmax(is_digit, axis=0) <= EXACT
    digit *= is_digit
    values = _assemble(digit, is_point, plain)
    np.negative(values, out=values, where=minus.any(axis=0))
    return values, n_runs == 0, plain


def _count(mask: np.ndarray) -> np.ndarray:
    """How many are true in each column of a mask, (n,)."""
    return np.add.reduce(
        mask.view(np.uint8), axis=0, dtype=np.uint8 if len(mask) < 256 else np.int64
    )


def _assemble(digits: np.ndarray, is_point: np.ndarray, plain: np.ndarray) -> np.ndarray:
    """m / 10^f of digits in their places, (width, n) with 0 where there is none, for the plain
    cells.
    """
    width = len(digits)
    powers = 10.0 ** np.arange(width + 1)
    at = np.flatnonzero(is_point.any(axis=1))  # the places where some cell has its point
    if len(at) == 1 and not (plain & ~is_point[at[0]]).any():  # all have it in one place, as a rule
        decimals = width - 1 - at[0]
        weights = np.insert(powers[: width - 1][::-1], at[0], 0.0)  # none for the point
        return _weighted(weights, digits) / powers[decimals]
    values = _weighted(
        powers[width - 1 :: -1], digits
    )  # before a point ten times too large: it has a place of its own
    for place in at:
        scale = powers[width - 1 - place]  # 10^f
        before = np.floor(values / (10.0 * scale))
        after = values - before * (10.0 * scale)
        values = np.where(is_point[place], (before * scale + after) / scale, values)
    return values


def _weighted(weights: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """The sums over the places of weight x digit, (width,) and (width, n) to (n,) float64: small
    whole numbers need no matrix product, and its threads would cost more than they give.
    """
    return np.einsum("j,jn->n", weights, digits)
