"""Which columns of a file are wanted, and small helpers that all table formats share."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from catalogs.errors import CatalogueError, listed
from catalogs.files.unpacking import gunzipped, unpacked

HEAD = 1 << 18  # bytes of a file that its kind is told from


def choose(path: Path | str, columns: Sequence[str] | None, found: Sequence[str]) -> list[str]:
    """The wanted columns in the order asked for, all of them for None; the missing ones are one
    error with near names.

    Raises
    ------
    CatalogueError
        If a wanted column is missing.
    """
    if columns is None:
        return list(found)
    known = set(found)
    missing = [name for name in columns if name not in known]
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
    """The whole text of a file, gzipped or not: UTF-8, or Latin-1 where it is not UTF-8.

    Raises
    ------
    CatalogueError
        If a gzipped file is damaged.
    """
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


def head_of(path: Path, size: int = HEAD) -> bytes:
    """The first bytes of a file, unpacked if it is packed; b'' for a folder."""
    if path.is_dir():
        return b""
    with open(unpacked(path), "rb") as file:
        return file.read(size)
