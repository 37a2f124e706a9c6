"""Which columns of a file are wanted, and small helpers that all table formats share."""

from __future__ import annotations

import difflib
import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

from catalogs.errors import CatalogueError, listed
from catalogs.files.unpacking import gunzipped


def choose(path: Path | str, columns: Sequence[str] | None, found: Sequence[str]) -> list[str]:
    """The wanted columns in the order asked for, all of them for None; the missing ones are one
    error with near names.
    """
    if columns is None:
        return list(found)
    missing = [name for name in columns if name not in found]
    if missing:
        near = {name: difflib.get_close_matches(name, found, n=1) for name in missing}
        renames = [f"{names[0]!r} for {name!r}" for name, names in near.items() if names]
        remedy = (
            f"perhaps {listed(renames)}"
            if renames
            else f"the file has {listed(map(repr, found), 12)}"
        )
        raise CatalogueError(
            f"{path}: missing column {listed(map(repr, missing), 20)}; remedy: {remedy}"
        )
    return list(dict.fromkeys(columns))


def text_of(path: Path) -> str:
    """The whole text of a file, gzipped or not: UTF-8, or Latin-1 where it is not UTF-8."""
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gunzipped(data)
        except (OSError, EOFError) as error:
            raise CatalogueError(
                f"{path}: damaged gzip file ({error}); remedy: fetch it again"
            ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def head_of(path: Path, size: int = 4096) -> bytes:
    """The first bytes of a file, unzipped if it is gzipped; b'' for a folder."""
    if path.is_dir():
        return b""
    with open(path, "rb") as file:
        head = file.read(size)
    if not head.startswith(b"\x1f\x8b"):
        return head
    try:
        with gzip.open(path, "rb") as file:
            return file.read(size)
    except (OSError, EOFError, zlib.error) as error:
        raise CatalogueError(
            f"{path}: damaged gzip file ({error}); remedy: fetch it again"
        ) from error
