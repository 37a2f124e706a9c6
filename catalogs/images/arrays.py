"""Pictures as arrays: the files of numpy and HDF5, and what an array must be to be a picture."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from catalogs.errors import CatalogueError, listed
from catalogs.images.decoding import BadImage, refuse_large_array
from catalogs.images.sources import Source, open_hdf5

NPY, ZIP, HDF5 = b"\x93NUMPY", b"PK\x03\x04", b"\x89HDF"
SUFFIXES = (".npy", ".npz", ".h5", ".hdf5")
BLOCK = 64  # pictures of an HDF5 file that are read at once


def is_array_file(data: bytes) -> bool:
    """Whether bytes begin as a file of numpy or HDF5 does."""
    return data[:6] == NPY or data[:4] in (ZIP, HDF5)


def read_array(data: bytes, key: str = "") -> np.ndarray:
    """The array of that key, or the only one, of the bytes of an npy, npz or HDF5 file.

    Parameters
    ----------
    data : bytes
    key : str
        The name of the array in an npz or HDF5 file; '' for the only one.

    Returns
    -------
    np.ndarray
        (H, W), (C, H, W), (H, W, C), or whatever the file has, of any dtype.

    Raises
    ------
    BadImage
        If the file is not whole, has no such array, or has several and no key.
    """
    try:
        if data[:4] == HDF5:
            return _of_hdf5(data, key)
        found = np.load(io.BytesIO(data), allow_pickle=False)
        if isinstance(found, np.lib.npyio.NpzFile):
            if not key and len(found.files) != 1:
                raise BadImage(f"arrays {', '.join(found.files)}; name one as key")
            found = found[key or found.files[0]]
        return found
    except BadImage:
        raise
    except Exception as error:  # any library error on foreign bytes
        kind = "HDF5 file" if data[:4] == HDF5 else "numpy array"
        raise BadImage(f"not a whole {kind} ({error})") from error


def as_planes(found: np.ndarray) -> np.ndarray:
    """An array of rows and columns, planes first where it has several; uint8 stays uint8, all else
    becomes float32. ``found``: (H, W), (C, H, W) or, of at most 4 bands, (H, W, C).

    Raises
    ------
    BadImage
        If it is no picture: text, complex numbers, another number of axes, too many pixels.
    """
    refuse_large_array(found.shape)
    if found.dtype.kind not in "uifb" or found.ndim not in (2, 3) or 0 in found.shape:
        raise BadImage(
            f"an array of shape {found.shape} and {found.dtype}, rows and columns wanted"
        )
    if found.ndim == 3 and found.shape[-1] <= 4 < min(found.shape[:2]):
        found = found.transpose(2, 0, 1)  # bands last
    return found if found.dtype == np.uint8 else found.astype(np.float32)


def hdf5_pictures(path: Path, key: str, id_key: str = "") -> Source:
    """All pictures of one HDF5 file: the rows of the data set `key`, named by those of `id_key`, or
    numbered from 1 as the rows of a table without identifiers are.

    Parameters
    ----------
    path : Path
    key : str
        The data set of shape (N, H, W), (N, H, W, C) or (N, C, H, W).
    id_key : str
        The data set of N identifiers, texts or whole numbers; '' numbers the rows.

    Returns
    -------
    Source
        Yields (identifier, array of one picture); BLOCK pictures are in memory at a time.

    Raises
    ------
    CatalogueError
        While it is read: no HDF5 file, no such data set, or not as many names as rows.
    """

    def source(start: int) -> Iterator[tuple[str, np.ndarray]]:
        with open_hdf5(path) as file:
            try:
                images = _data_set(file, key)
                names = _names(_data_set(file, id_key)[:]) if id_key else None
            except BadImage as error:
                raise CatalogueError(
                    f"{path}: {error}; remedy: name the data sets as key and id_key"
                ) from error
            if images.ndim not in (3, 4) or (names is not None and len(names) != len(images)):
                raise CatalogueError(
                    f"{path}: {key!r} has shape {images.shape}"
                    f"{'' if names is None else f' for {len(names)} identifiers'}; remedy: give a"
                    " data set of (pictures, rows, columns), with bands or without"
                )
            for first in range(start, len(images), BLOCK):
                for row, pixels in enumerate(images[first : first + BLOCK], start=first):
                    yield (str(row + 1) if names is None else names[row]), pixels

    return source


def _of_hdf5(data: bytes, key: str) -> np.ndarray:
    try:
        import h5py
    except ImportError as error:
        raise BadImage("HDF5 needs h5py: pip install 'astronn-pipelines[images]'") from error
    with h5py.File(io.BytesIO(data), "r") as file:
        found = _data_set(file, key)
        refuse_large_array(found.shape)
        return found[()]


def _data_set(file: Any, key: str) -> Any:
    """The data set of that name in an open HDF5 file, or the only one. Links to other files are not
    followed, nor is what is stored outside of the file.
    """
    import h5py

    found: dict[str, Any] = {}

    def note(name: str, each: Any) -> None:  # visits what lies in the file itself
        if isinstance(each, h5py.Dataset) and not each.external and not each.is_virtual:
            found[name] = each

    file.visititems(note)
    wanted = key.strip("/") or (next(iter(found)) if len(found) == 1 else "")
    if wanted not in found:
        said = f"no array {key!r}; it has" if key else "arrays"
        raise BadImage(f"{said} {listed(found) or 'none'}; name one as key")
    return found[wanted]


def _names(found: np.ndarray) -> list[str]:
    return [each.decode() if isinstance(each, bytes) else str(each) for each in found.tolist()]
