"""Lines that are alike character by character, as a program prints them: digits, points and blanks
in the same places.

A number is its digits as one whole number m, below 2^53, over the power 10^f of its decimals; both
are exact in float64, so that m / 10^f is the float64 nearest to the text (Clinger 1990, PLDI '90,
92-101, section 4). A few operations on whole columns of characters read millions of lines; text of
any other form is left to a general reader."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

DIGITS = 15  # so many are always below 2^53
NINE, ZERO, POINT, BLANK = 9, ord("0"), ord("."), ord(" ")


def read(text: bytes, wanted: Sequence[int]) -> list[np.ndarray] | None:
    """The wanted columns, counted from 0, (N,) float64 each; None if the lines are not alike or
    hold anything but numbers in plain decimals without signs, parted by one blank.
    """
    length = text.find(b"\n") + 1
    if length < 2 or len(text) % length:
        return None
    lines = np.frombuffer(text, np.uint8).reshape(-1, length)
    first = lines[0]
    digit = (first >= ZERO) & (first <= ZERO + NINE)
    constant = lines[:, ~digit]
    if not (constant == constant[0]).all() or ((lines[:, digit] - np.uint8(ZERO)) > NINE).any():
        return None
    spans = _spans(first[:-1])
    if spans is None or max(wanted) >= len(spans):
        return None
    return [_number(lines, first, *spans[column]) for column in wanted]


def _spans(line: np.ndarray) -> list[tuple[int, int]] | None:
    """(start, end) of the numbers of a line; None if one of them is no plain number."""
    spans, start = [], 0
    for cell in bytes(line).split(b" "):
        digits = cell.replace(b".", b"", 1)
        if not digits.isdigit() or len(digits) > DIGITS:
            return None
        spans.append((start, start + len(cell)))
        start += len(cell) + 1
    return spans


def _number(lines: np.ndarray, first: np.ndarray, start: int, end: int) -> np.ndarray:
    whole, decimals, after = np.zeros(len(lines), dtype=np.int64), 0, False
    for place in range(start, end):
        if first[place] == POINT:
            after = True
            continue
        whole *= 10
        whole += lines[:, place]
        whole -= ZERO
        decimals += after
    return whole / 10.0**decimals
