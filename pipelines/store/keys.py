"""Keys: the digest of everything that decides a result, so that no change ever reuses a stale
one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.errors import PipelineError

KEY_LENGTH = 16


def canonical(value):
    """The one form in which equal parameter values are hashed: 1.0 as 1, tuples as lists, mappings
    by sorted name.

    Raises TypeError for a value that JSON cannot carry, rather than hashing something like an
    object's address, and PipelineError for one that is not a number."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        if value != value:
            raise PipelineError("a parameter is not a number (nan); give a number")
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
    seen = (os.path.abspath(path), status.st_size, status.st_mtime_ns)
    if seen not in _digests:
        with open(path, "rb") as file:
            _digests[seen] = hashlib.file_digest(file, "sha256").hexdigest()
    return _digests[seen]


Digests = dict[tuple[str, int, int], str]  # of (path, size, time of change in ns)
_digests: Digests = {}


def known() -> Digests:
    """The digests computed so far, to be handed to another process of the same run."""
    return dict(_digests)


def renamed(old: Path, new: Path) -> None:
    """Know the digests of a folder's files under its new name; size and time go with a file."""
    before, after = f"{os.path.abspath(old)}{os.sep}", f"{os.path.abspath(new)}{os.sep}"
    _digests.update(
        {
            (after + path.removeprefix(before), size, time): value
            for (path, size, time), value in _digests.items()
            if path.startswith(before)
        }
    )


def learn(digests: Digests) -> None:
    """Take over what another process of the same run has computed."""
    _digests.update(digests)
