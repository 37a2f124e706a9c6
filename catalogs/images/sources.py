"""Where pictures come from: each source is called with a number and yields (object_id, payload)
from that picture on.

Payloads are the bytes of a file, an array, or a mapping from bands to either; nothing is decoded
here and one picture is held at a time, so that a source of any length needs the memory of one."""

from __future__ import annotations

import math
import struct
import tarfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.files.folders import listing
from catalogs.files.unpacking import gunzipped

Payload = bytes | np.ndarray | Mapping
Source = Callable[[int], Iterator[tuple[str, Payload]]]
Decoder = Callable[[Any], np.ndarray]  # from the one form of payload that its source yields
SUFFIXES = (".jpg", ".jpeg", ".png")
LARGEST_FILE = (
    1 << 28
)  # bytes of one picture in an archive: more would be a bomb, and all of it is held in memory
IDX_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def stem(name: str) -> str:
    """The file name without folders and suffix: the usual name of the object."""
    return PurePosixPath(name).stem


def tar_files(
    path: Path | str, suffixes: Sequence[str] = SUFFIXES, name: Callable[[str], str] = stem
) -> Source:
    """The files of a tar, plain or compressed, in their order; other suffixes are passed over. Read
    once, as a stream.

    Raises
    ------
    CatalogueError
        While it is read: if the archive is not whole, or holds a file too large to be an image.
    """

    def source(start: int) -> Iterator[tuple[str, bytes]]:
        number = 0
        try:
            with _opened(path) as tar:
                while (member := tar.next()) is not None:
                    # else the list of members grows with the archive
                    tar.members.clear()  # type: ignore[attr-defined]
                    if member.isfile() and member.name.lower().endswith(tuple(suffixes)):
                        if member.size > LARGEST_FILE:
                            raise CatalogueError(
                                f"{path}: {member.name!r} says that it is {member.size} bytes long,"
                                f" at most {LARGEST_FILE} are allowed; remedy: fetch or pack the"
                                " archive again"
                            )
                        if number >= start:
                            file = tar.extractfile(member)
                            assert file is not None  # as of every member that is a file
                            yield name(member.name), file.read()
                        number += 1
        except (tarfile.TarError, EOFError, OSError) as error:
            raise CatalogueError(
                f"{path}: not a whole tar archive ({error}); remedy: fetch or pack it again"
            ) from error

    return source


def _opened(path: Path | str) -> tarfile.TarFile:
    try:
        return tarfile.open(path, "r|*")
    except TypeError as error:  # Python's own words for a gzip header that is cut short
        raise tarfile.ReadError("the gzip header is cut short") from error


def folder_images(path: Path | str, suffixes: Sequence[str] = SUFFIXES) -> list[str]:
    """The files of those suffixes in a folder and its folders, by their paths from there, in
    alphabetical order.
    """
    ends = tuple(suffixes)
    files = (file for file in listing(path).paths if file.name.lower().endswith(ends))
    return [file.relative_to(path).as_posix() for file in files]


def folder_files(
    path: Path | str,
    suffixes: Sequence[str] = SUFFIXES,
    name: Callable[[str], str] = stem,
    only: Collection[str] | None = None,
) -> Source:
    """The files in a folder and its folders, in alphabetical order of their paths; other suffixes
    are passed over, and so are files that are not among `only`, paths from the folder.

    Raises
    ------
    CatalogueError
        If there is no such folder.
    """
    if not Path(path).is_dir():
        raise CatalogueError(
            f"{path}: no such folder; remedy: give the folder that holds the pictures"
        )

    def source(start: int) -> Iterator[tuple[str, bytes]]:
        files = [each for each in folder_images(path, suffixes) if only is None or each in only]
        for file in files[start:]:
            yield name(file), (Path(path) / file).read_bytes()

    return source


def arrays(names: Sequence[str], array: np.ndarray) -> Source:
    """The entries of an array (N, ...) under N names.

    Raises
    ------
    CatalogueError
        If there are not as many names as entries.
    """
    if len(names) != len(array):
        raise CatalogueError(
            f"{len(names)} names for {len(array)} pictures; remedy: give one name per image"
        )

    def source(start: int) -> Iterator[tuple[str, np.ndarray]]:
        for row in range(start, len(array)):
            yield str(names[row]), array[row]

    return source


def hdf5_rows(path: Path | str, key: str, names: Sequence[str], block: int = 64) -> Source:
    """The rows of one HDF5 data set under as many names, read `block` at a time; needs h5py.

    Raises
    ------
    CatalogueError
        While it is read: if it is no HDF5 file, or has not as many rows as there are names.
    """

    def source(start: int) -> Iterator[tuple[str, np.ndarray]]:
        with open_hdf5(path) as file:
            images = file[key]
            if len(images) != len(names):
                raise CatalogueError(
                    f"{path}: {len(images)} rows of {key!r} for {len(names)} names; remedy: fetch"
                    " it again"
                )
            for first in range(start, len(images), block):
                for row, pixels in enumerate(images[first : first + block], start=first):
                    yield str(names[row]), pixels

    return source


def open_hdf5(path: Path | str):
    """The open HDF5 file; CatalogueError says which extra to install if h5py is not there, or what
    is wrong with it.
    """
    try:
        import h5py
    except ImportError as error:
        raise CatalogueError(
            f"{path}: HDF5 needs h5py, which is not installed; remedy: pip install"
            " 'astronn-pipelines[images]'"
        ) from error
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise CatalogueError(
            f"{path}: not a readable HDF5 file ({error}); remedy: fetch it again"
        ) from error


def read_idx(path: Path | str) -> np.ndarray:
    """The array of an idx file, gzip-compressed or not (the format of MNIST, LeCun, Cortes &
    Burges).

    Two zero bytes, the type, the number of axes, then each length as a big-endian 32-bit number,
    then the values. The array is (N,), (N, height, width), ... as the file says.

    Raises
    ------
    CatalogueError
        If the file is not a whole idx file.
    """
    data = Path(path).read_bytes()
    try:
        data = gunzipped(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError) as error:
        raise CatalogueError(
            f"{path}: not a whole gzip file ({error}); remedy: fetch it again"
        ) from error
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in IDX_DTYPES:
        raise CatalogueError(
            f"{path}: not an idx file (it begins with {data[:4]!r}); remedy: fetch it again"
        )
    start = 4 + 4 * data[3]
    shape = struct.unpack(f">{data[3]}I", data[4:start].ljust(start - 4, b"\0"))
    dtype = np.dtype(IDX_DTYPES[data[2]])
    fits = len(data) - start == dtype.itemsize * math.prod(shape)
    if (
        not fits or math.prod(filter(None, shape)) > 1 << 60
    ):  # numpy counts an empty array's other lengths too
        raise CatalogueError(
            f"{path}: {len(data)} bytes do not hold an array of shape {shape}; remedy: fetch it"
            " again"
        )
    return np.frombuffer(data, dtype, offset=start).reshape(shape)


def grouped(source: Source, split: Callable[[str], tuple[str, str]]) -> Source:
    """A source of single-band files as one of {band: bytes} an object; `split` makes (object, band)
    of a file's name.

    All bands of an object are held until the archive ends, because their order in it is free: for
    archives that fit in memory; unpack larger ones and use `band_files`."""

    def together(start: int) -> Iterator[tuple[str, dict[str, Payload]]]:
        objects: dict[str, dict[str, Payload]] = {}
        for name, data in source(0):
            object_id, band = split(name)
            objects.setdefault(object_id, {})[band] = data
        yield from list(objects.items())[start:]

    return together


def band_files(folder: Path | str, pattern: str, bands: Sequence[str]) -> Source:
    """Objects whose bands lie in one file each: `pattern` such as 'img-{band}/*_{band}.fits', *
    being the object's name.

    Objects come in alphabetical order of the names found in any band; a band without file is left
    out of the mapping.

    Raises
    ------
    CatalogueError
        If the pattern does not hold one * and {band}.
    """
    if pattern.count("*") != 1 or "{band}" not in pattern:
        raise CatalogueError(
            f"pattern {pattern!r} must hold one * and {{band}}; remedy: write it like"
            " 'img-{band}/*.fits'"
        )

    def source(start: int) -> Iterator[tuple[str, dict[str, bytes]]]:
        found: dict[str, dict[str, Path]] = {}
        for band in bands:
            head, tail = pattern.format(band=band).split("*")
            for path in Path(folder).glob(pattern.format(band=band)):
                found.setdefault(
                    path.relative_to(folder).as_posix().removeprefix(head).removesuffix(tail), {}
                )[band] = path
        for name in sorted(found)[start:]:
            yield name, {band: path.read_bytes() for band, path in found[name].items()}

    return source
