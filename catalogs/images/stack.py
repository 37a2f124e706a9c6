"""A stack of pictures of equal size: one memory-mapped array of pixels and the names of the objects
it shows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from catalogs.errors import CatalogueError, listed
from catalogs.files.atomic import replacing
from catalogs.files.parquet import read_frame, write_frame

KIND = "image stack"
PIXELS, OBJECTS = "pixels.npy", "objects.parquet"
DTYPES = ("uint8", "float16", "float32")


@dataclass(frozen=True)
class SetAside:
    """One picture that is not in the stack, and why."""

    object_id: str
    reason: str


@dataclass(frozen=True, eq=False)
class ImageStack:
    """N pictures of C bands, each H by W pixels.

    object_id (N,) text, each once; pixels (N, C, H, W) uint8 or float, row 0 at the top of the
    picture as it is seen on the sky, memory-mapped when read; `bands` names the C planes; `scaling`
    says what was done to the pixel values and `provenance` what the stack was made from (both
    JSON); `set_aside` lists every picture that was left out. A stack may be empty. Every fault of
    the arrays is one CatalogueError."""

    object_id: np.ndarray
    pixels: np.ndarray
    bands: tuple[str, ...]
    scaling: dict = field(default_factory=dict)
    provenance: dict = field(default_factory=dict)
    set_aside: tuple[SetAside, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "object_id", np.asarray(self.object_id, dtype=str))
        shape, n = self.pixels.shape, len(self.object_id)
        if (
            len(shape) != 4
            or shape[:2] != (n, len(self.bands))
            or self.pixels.dtype.name not in DTYPES
        ):
            raise CatalogueError(
                f"image stack: pixels {shape} {self.pixels.dtype} must be (objects {n}, bands"
                f" {len(self.bands)}, rows, columns) of {' or '.join(DTYPES)}; remedy: give one"
                " picture an object and one plane a band"
            )
        names, counts = np.unique(self.object_id, return_counts=True)
        if (counts > 1).any():
            raise CatalogueError(
                f"image stack: objects shown twice: {listed(names[counts > 1])}; remedy: keep one"
                " picture each"
            )

    def __len__(self) -> int:
        return len(self.object_id)

    def rows(self, object_id: Sequence[str] | np.ndarray) -> np.ndarray:
        """The row of each named object, (M,) int64; CatalogueError names those that have no
        picture, with the reason.
        """
        names = np.asarray(object_id, dtype=str)
        import pandas as pd

        rows = pd.Index(self.object_id).get_indexer(names)
        if (rows < 0).any():
            why = {entry.object_id: entry.reason for entry in self.set_aside}
            shown = (f"{name} ({why.get(name, 'not in the stack')})" for name in names[rows < 0])
            raise CatalogueError(f"no picture of {listed(shown)}; remedy: leave these objects out")
        return rows

    def write(self, folder: Path | str) -> None:
        """Write the stack to `folder`; a reader sees the old stack, none, or the whole new one."""
        about = self._about()
        write_stack(
            folder, self.object_id, [self.pixels], self.pixels.shape[1:], self.pixels.dtype, about
        )

    @classmethod
    def read(cls, folder: Path | str) -> ImageStack:
        """The stack that lies in `folder`, its pixels memory-mapped; CatalogueError if it is not
        complete.
        """
        folder = Path(folder)
        frame, about = read_frame(folder / OBJECTS, KIND)
        try:
            pixels = np.load(folder / PIXELS, mmap_mode="r")
        except (OSError, ValueError, EOFError) as error:
            raise CatalogueError(
                f"{folder / PIXELS}: not a readable array ({error}); remedy: make the stack again"
            ) from error
        names = frame["object_id"].to_numpy(dtype=str)
        if pixels.shape != (len(names), *about["shape"]):
            raise CatalogueError(
                f"{folder}: {len(names)} objects of shape {tuple(about['shape'])} but pixels"
                f" {pixels.shape}; remedy: make the stack again"
            )
        set_aside = tuple(SetAside(*entry) for entry in about["set_aside"])
        return cls(
            names, pixels, tuple(about["bands"]), about["scaling"], about["provenance"], set_aside
        )

    def _about(self) -> dict:
        set_aside = [[entry.object_id, entry.reason] for entry in self.set_aside]
        return {
            "bands": list(self.bands),
            "scaling": self.scaling,
            "provenance": self.provenance,
            "set_aside": set_aside,
        }


def write_stack(
    folder: Path | str,
    object_id: Sequence[str] | np.ndarray,
    parts: Iterable[np.ndarray],
    shape: Sequence[int],
    dtype: np.dtype | str,
    about: dict,
) -> None:
    """Join parts (n_i, *shape) of pixels into the file of a stack, then name the objects: the stack
    exists from then on.

    Only one part is held in memory at a time. `about` holds bands, scaling, provenance and
    set_aside. ``object_id``: (N,) of the parts' objects in their order.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / OBJECTS).unlink(
        missing_ok=True
    )  # the old names must never stand beside the new pixels
    with replacing(folder / PIXELS) as scratch, open(scratch, "wb") as file:
        header = {
            "descr": np.dtype(dtype).str,
            "fortran_order": False,
            "shape": (len(object_id), *shape),
        }
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            file.write(np.ascontiguousarray(part).data)
        file.flush()
        os.fsync(file.fileno())
    import pandas as pd

    frame = pd.DataFrame({"object_id": np.asarray(object_id, dtype=str)})
    write_frame(folder / OBJECTS, frame, KIND, {**about, "shape": list(shape)}, {})
