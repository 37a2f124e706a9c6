"""SHA-256 of files, computed once for the same state of a file.

`sha256_of` always reads. `sha256_unless_unchanged` trusts what the file system says: a file with
the path, size, time of modification and time of status change (st_mtime_ns, st_ctime_ns) of before
has the bytes of before. Programs can set the former time at will, the latter not without setting
the machine's clock; what this does not see is a disk that decays. Where bytes are compared with a
pinned checksum, `sha256_of` is used. A state younger than two seconds is never trusted, since a
file may change again within one step of the file system's clock.

What takes long to compute is kept between runs, one JSON file a folder, in `digests` in the cache
folder. It holds nothing that cannot be computed anew: it may be removed at any time."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path

from catalogs.files.atomic import replacing
from catalogs.files.cache import cache_folder
from catalogs.files.folders import STEP_NS

logger = logging.getLogger(__name__)

MANY, LARGE = 100, 1 << 26  # files, or bytes, of a folder whose digests are kept between runs
State = tuple[int, int, int]  # size, time of modification, time of status change
Known = dict[str, tuple[State, str]]  # a folder's files by name

_known: dict[str, Known] = {}


def sha256_of(path: Path | str) -> str:
    """The SHA-256 of a file's bytes as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_unless_unchanged(paths: Iterable[Path | str]) -> list[str]:
    """The SHA-256 of each file, 64 hexadecimal digits; only those that changed since their digest
    was computed, in this process or an earlier one, are read.
    """
    found: list[str] = []
    read: dict[str, int] = {}  # folder: what was read of it, in files and shares of LARGE
    for path in paths:
        folder, name = os.path.split(os.path.abspath(path))
        known = _of_folder(folder)
        about = os.stat(path)
        state = about.st_size, about.st_mtime_ns, about.st_ctime_ns
        kept = known.get(name)
        if kept is None or kept[0] != state:
            kept = state, sha256_of(path)
            if max(state[1:]) < time.time_ns() - STEP_NS:
                known[name] = kept
                read[folder] = read.get(folder, 0) + 1 + about.st_size * MANY // LARGE
        found.append(kept[1])
    for folder, weight in read.items():
        if weight >= MANY:
            _keep(folder)
    return found


def _of_folder(folder: str) -> Known:
    """What is known of a folder's files; read from the cache folder when first asked for."""
    if folder not in _known:
        _known[folder] = _read(folder)
    return _known[folder]


def _place(folder: str) -> Path:
    return cache_folder() / "digests" / f"{hashlib.sha256(os.fsencode(folder)).hexdigest()}.json"


def _read(folder: str) -> Known:
    try:
        content = json.loads(_place(folder).read_bytes())
        return {
            name: ((int(size), int(modified), int(changed)), str(digest))
            for name, (size, modified, changed, digest) in content["files"].items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("%s cannot be used (%s): its files are read again", _place(folder), error)
        return {}


def _keep(folder: str) -> None:
    files = {name: [*state, digest] for name, (state, digest) in _known[folder].items()}
    place = _place(folder)
    try:
        with replacing(place) as scratch:
            scratch.write_text(json.dumps({"folder": folder, "files": files}), encoding="utf-8")
    except OSError as error:
        logger.warning(
            "%s cannot be written (%s): the next run reads the files of %s again",
            place,
            error.strerror or error,
            folder,
        )
