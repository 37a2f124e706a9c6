"""Keys: the digest of everything that decides a result, so that no change ever reuses a stale
one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

KEY_LENGTH = 16


def canonical(value):
    """The one form in which equal parameter values are hashed: 1.0 as 1, tuples as lists, mappings
    by sorted name.

    Raises TypeError for a value that JSON cannot carry, rather than hashing something like an
    object's address."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return int(value) if float(value).is_integer() else float(value)
    if isinstance(value, Mapping):
        return {str(name): canonical(value[name]) for name in sorted(value)}
    if isinstance(value, Sequence):
        return [canonical(item) for item in value]
    raise TypeError(
        f"a parameter of type {type(value).__name__} cannot be part of a key: {value!r}"
    )


def digest(content) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of ``content`` in canonical JSON; same in
    every process.
    """
    text = json.dumps(canonical(content), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def file_digest(path: Path | str) -> str:
    """The SHA-256 of a file's bytes as 64 hexadecimal digits, computed once per size and
    modification time.
    """
    status = Path(path).stat()
    return _file_digest(str(path), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=1024)
def _file_digest(path: str, size: int, modified_ns: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
