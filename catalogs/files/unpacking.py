"""Gzipped bytes to plain ones, without the bombs: a few kilobytes can unpack to all the memory
there is.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import tempfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from catalogs.errors import CatalogueError

LARGEST = 1 << 32  # bytes: no file that a survey publishes unpacks to more


def gunzipped(data: bytes, largest: int = LARGEST) -> bytes:
    """The bytes packed in a gzip file, of one member or several; OSError if it is damaged or holds
    more than `largest`.
    """
    parts, size = [], 0
    while data:
        unpacker = zlib.decompressobj(wbits=31)  # 31: a gzip head and its checksum
        try:
            part = unpacker.decompress(data, largest - size + 1)
        except zlib.error as error:
            raise OSError(str(error)) from error
        size += len(part)
        if size > largest:
            raise OSError(f"it unpacks to more than {largest} bytes")
        if not unpacker.eof:
            raise EOFError("it ends before its end marker")
        parts.append(part)
        data = unpacker.unused_data.lstrip(b"\0")  # members may be padded with zeros
    return b"".join(parts)


PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}
TIMES, FREE = 400, 1 << 30  # how many times its size a file may unpack to, beyond the first GiB
PIECE = 1 << 22  # bytes unpacked at a time


def require_regular(path: Path | str) -> None:
    """Raise CatalogueError for what is neither a file nor a folder: a pipe or a device never
    ends.
    """
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        raise CatalogueError(
            f"{path}: cannot be read ({error}); remedy: give the path of a table"
        ) from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise CatalogueError(
            f"{path}: is a pipe or a device, not a file; remedy: save it to a file first"
        )


def packing(path: Path) -> str | None:
    """How a file is packed, by its first bytes: 'gzip', 'bzip2', 'xz' or None."""
    if not path.is_file():
        return None
    with open(path, "rb") as file:
        head = file.read(6)
    return next((name for start, name in PACKED.items() if head.startswith(start)), None)


def unpacked(path: Path) -> Path:
    """The file itself, or, of a file packed by gzip, bzip2 or xz, a plain copy that lasts as long
    as this process; bounded in size. CatalogueError for a damaged file, a bomb, a pipe.
    """
    require_regular(path)
    if packing(path) is None:
        return path
    status = path.stat()
    return _unpacked(str(path), status.st_size, status.st_mtime_ns).file


class _Copy:
    """A plain copy in a folder of its own, removed with this object; `clear` removes all of a
    process that ends without a word, as those of tasks do.
    """

    def __init__(self, path: Path) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="astronn-")
        suffixes = ("".join(path.suffixes[-2:-1]) or path.suffix) if path.suffix else ""
        self.file = Path(self.folder.name) / f"plain{suffixes}"
        most = max(FREE, TIMES * path.stat().st_size)
        openers: dict[str, Any] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
        opener = openers[packing(path) or "gzip"]
        try:
            with opener(path, "rb") as packed, open(self.file, "wb") as plain:
                size = 0
                while piece := packed.read(PIECE):
                    size += len(piece)
                    if size > most:
                        raise OSError(f"it unpacks to more than {most} bytes")
                    plain.write(piece)
        except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
            raise CatalogueError(
                f"{path}: damaged {packing(path)} file ({error}); remedy: fetch it again"
            ) from error

    def __del__(self) -> None:
        self.folder.cleanup()


@lru_cache(maxsize=4)
def _unpacked(path: str, size: int, modified_ns: int) -> _Copy:
    return _Copy(Path(path))


def clear() -> None:
    """Remove the plain copies that this process has made."""
    _unpacked.cache_clear()
