"""The files of a tar, plain or compressed, one after the other: read once, a file at a time in
memory.

The standard library's tarfile reads such streams in small steps and keeps a list of all members;
for tens of thousands of small files that costs more than the files. Headers that are not ordinary
are read by tarfile.TarInfo here too, and long names of GNU and pax archives are known."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from catalogs.errors import CatalogueError

BLOCK = tarfile.BLOCKSIZE
MAGIC = {b"\x1f\x8b": "gzip", b"BZ": "bz2", b"\x28\xb5": "zstd"}


def members(path: Path | str) -> Iterator[tuple[str, bytes]]:
    """(path in the archive, content) of every file, in their order; CatalogueError for what is no
    whole tar.
    """
    try:
        with open(path, "rb") as file:
            compression = MAGIC.get(file.read(2))
        with pa.input_stream(str(path), compression=compression) as stream:
            yield from _members(io.BufferedReader(stream, 1 << 20))
    except (tarfile.TarError, EOFError, OSError, ValueError, pa.ArrowInvalid) as error:
        if isinstance(error, CatalogueError):
            raise
        raise CatalogueError(
            f"{path}: not a whole tar archive ({error}); remedy: fetch or pack it again"
        ) from error


def _members(stream: BinaryIO) -> Iterator[tuple[str, bytes]]:
    long_name = ""
    while True:
        header = stream.read(BLOCK)
        if not header.strip(b"\0"):
            if not header:
                raise EOFError("the end of the archive is missing")
            return
        quick = _plain_file(header)
        if quick is not None and not long_name:
            yield quick[0], _content(stream, quick[1])
            continue
        member = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        data = _content(stream, member.size)
        if member.type == tarfile.GNUTYPE_LONGNAME:
            long_name = data.rstrip(b"\0").decode("utf-8", "surrogateescape")
        elif member.type == tarfile.XHDTYPE:
            long_name = _pax_path(data) or long_name
        elif member.type != tarfile.XGLTYPE:
            name, long_name = long_name or member.name, ""
            if member.isreg():
                yield name, data


def _plain_file(header: bytes) -> tuple[str, int] | None:
    """Name and size of an ordinary file with a short name; None for every other header, which
    tarfile reads.
    """
    size, checksum = header[124:135], header[148:154]
    if header[156] not in b"0\0" or header[345] or not (size.isdigit() and checksum.isdigit()):
        return None
    if sum(header) - sum(header[148:156]) + 8 * ord(" ") != int(checksum, 8):
        return None
    return header[:100].rstrip(b"\0").decode("utf-8", "surrogateescape"), int(size, 8)


def _content(stream: BinaryIO, size: int) -> bytes:
    padded = -(-size // BLOCK) * BLOCK
    data = stream.read(padded)
    if len(data) < padded:
        raise EOFError(f"{padded - len(data)} bytes are missing at the end")
    return data[:size]


def _pax_path(data: bytes) -> str:
    """The path in a pax header, lines of 'length key=value'; '' without one."""
    while data:
        length = int(data.split(b" ", 1)[0])
        key, _, value = data[:length].split(b" ", 1)[1].rstrip(b"\n").partition(b"=")
        if key == b"path":
            return value.decode("utf-8", "surrogateescape")
        data = data[length:]
    return ""
