"""Damage to good files, drawn from a seed: what disks, networks and ill will do to bytes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

WORDS = (
    b"",
    b"\x00",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x80\x03",
    b"-1",
    b"0",
    b"1e999",
    b"nan",
    b"-inf",
    b"99999999999999999999999",
    b"2147483648",
    b"../../etc/passwd",
    b"/etc/passwd",
    b"file:///etc/passwd",
    b"<script>alert(1)</script>",
    b"'; rm -rf /; '",
    b"$(id)",
    b"`id`",
    b"\\write18{id}",
    b"&a;",
    b"%s%n",
    b"{{7*7}}",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x94\xad",
    b"\xed\xa0\x80",
    b"\r",
    b"\n",
    b"\t",
    b",",
    b";",
    b'"',
    b"'",
    b"`",
    b"[",
    b"{",
    b"(",
    b"**",
    b"=",
    b"#",
    b"__class__",
    b"__import__('os')",
    b"!!python/object:os.system",
)
Damage = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def damaged(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of the good files after one to six kinds of damage (one time in fifty: bytes that are no
    file at all).
    """
    if rng.random() < 0.02:
        return rng.randbytes(rng.randrange(200))
    data = rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4, 6))):
        data = rng.choice(KINDS)(rng, data, seeds)
    return data[: 1 << 20]


def _flip(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Flip one bit."""
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _byte(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Set one byte to another."""
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def _cut(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Lose the end."""
    return data[: rng.randrange(len(data) + 1)]


def _lose(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Lose a stretch in the middle."""
    start, stop = _stretch(rng, data)
    return data[:start] + data[stop:]


def _double(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Say a stretch twice, or very often."""
    start, stop = _stretch(rng, data)
    often = rng.choice((2, 2, 2, 3, 50, 3000)) if stop - start < 100 else 2
    return data[:start] + data[start:stop] * often + data[stop:]


def _zero(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Blank a stretch with zeros, as a disk does with a block that was never written."""
    start, stop = _stretch(rng, data)
    return data[:start] + bytes(stop - start) + data[stop:]


def _word(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Put a hostile word in place of a stretch, or between two bytes."""
    start, stop = (
        _stretch(rng, data, longest=12)
        if rng.random() < 0.6
        else (rng.randrange(len(data) + 1),) * 2
    )
    return data[:start] + rng.choice(WORDS) + data[stop:]


def _number(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Put another binary number in place of four or eight bytes."""
    if len(data) < 8:
        return data
    at, width = rng.randrange(len(data) - 7), rng.choice((1, 2, 4, 8))
    value = rng.choice(
        (0, 1, (1 << 8 * width) - 1, 1 << (8 * width - 1), rng.getrandbits(8 * width))
    )
    return data[:at] + value.to_bytes(width, rng.choice(("little", "big"))) + data[at + width :]


def _swap(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Exchange two stretches."""
    start, stop = _stretch(rng, data)
    middle = rng.randint(start, stop)
    return data[:start] + data[middle:stop] + data[start:middle] + data[stop:]


def _graft(rng: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """Go on with the end of another good file."""
    other = rng.choice(seeds)
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]


def _stretch(rng: random.Random, data: bytes, longest: int = 4000) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + int(longest ** rng.random()))


KINDS: tuple[Damage, ...] = (
    _flip,
    _byte,
    _cut,
    _lose,
    _double,
    _zero,
    _word,
    _word,
    _number,
    _swap,
    _graft,
)
