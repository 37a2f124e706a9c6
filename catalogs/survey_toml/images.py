"""The section [images] of a survey.toml: pictures of the user's own, one an object, named by the
object's identifier.

    [images]
    file = "pictures.tar"        # or a folder, read with all its folders: JPEG, PNG, TIFF, WebP,
                                 FITS (gzipped, fpack), npy, npz, HDF5; others are passed over
    from = "legacysurvey"        # or "hips", "sdss": the folder (by default "cutouts") is filled by
                                 `astronn cutouts survey.toml` with pictures about the objects' ra
                                 and dec
    arcsec = 60.0                # their side on the sky, and in
    pixels = 256                 # pixels
    layer = "ls-dr10"            # the service's survey or HiPS
    rate = 2.0                   # requests a second at most
    address = "https://..."      # another place of the same service
    mode = "RGB"                 # or "L", one band
    size = 64                    # pixels that the middle is averaged to, and
    crop = 0.6                   # what that middle is: a share of the picture's shorter side
    seen = 52                    # the central pixels that a network looks at; what is around shows
                                 in turned views
    measured_size = 128          # pixels that the whole picture is averaged to where the automatic
                                 schemes measure on it
    bands = ["g", "r", "i"]      # planes of a FITS cube or an array, in place of mode
    hdu = 1                      # or "SCI": the FITS extension, by default the first with an image
    file_name = "{band}/{object}.fits" # each band in a file of its own: what the paths from the
                                 folder on are, * for anything; or a list, one for each of bands
    key = "image"                # the array of npz or HDF5 files; of one HDF5 file with all
                                 pictures, its data set of (pictures, rows, columns, bands)
    id_key = "names"             # its data set of identifiers; without it, rows count from 1
    scaling = "asinh"            # or "linear", "lupton": to 8 bits, for classifiers; what is deeper
                                 is measured with its own numbers
    turns = true                 # an object turned by any angle stays in its class
    mirrors = true               # a mirror image shows an object of the survey at all
    mirror_pairs = [["clockwise", "anticlockwise"]]
    path_column = "FILE"         # the column that holds each object's picture, a path from the
                                 folder or archive; by default the identifier names it

Where the survey names no [features], the automatic schemes see what is measured on the pictures
(catalogs.images.morphology)."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.errors import CatalogueError
from catalogs.files.digests import sha256_unless_unchanged
from catalogs.images import services
from catalogs.images.arrays import hdf5_pictures
from catalogs.images.banded import bands_by_file
from catalogs.images.build import build
from catalogs.images.matching import Matching
from catalogs.images.morphology import measure
from catalogs.images.plan import ImagePlan, Progress
from catalogs.images.planes import SUFFIXES, Reading, is_deep, pixel_decoder
from catalogs.images.remote import Cutouts
from catalogs.images.scaling import SCALINGS
from catalogs.images.sources import Source, folder_files, stem, tar_files
from catalogs.survey_toml.sections import Section

if TYPE_CHECKING:
    from catalogs.images.stack import ImageStack
    from catalogs.schemes import ClassScheme

FIRST = 20  # pictures, of which the first that can be read tells the depth of all
HDF5_SUFFIXES = (".h5", ".hdf5")
MODES = {"RGB": ("red", "green", "blue"), "L": ("grey",)}


@dataclass(frozen=True)
class ImagesSection:
    """Where the pictures lie (a tar or a folder) and what the survey's files call that place, their
    mode, and how they are to be seen.
    """

    path: Path
    name: str
    mode: str
    size: int
    crop: float
    seen: int
    measured_size: int
    turns: bool
    mirrors: bool
    mirror_pairs: tuple[tuple[str, str], ...]
    bands: tuple[str, ...] = ()
    hdu: int | str | None = None
    key: str = ""
    scaling: str = ""
    file_name: tuple[str, ...] = ()
    id_key: str = ""
    cutouts: Cutouts | None = None
    path_column: str = ""

    @property
    def planes(self) -> tuple[str, ...]:
        """The names of the planes that a picture has here."""
        return self.bands or MODES[self.mode]

    @property
    def to_be_fetched(self) -> bool:
        """Whether a service has the pictures, and none was fetched yet."""
        return self.cutouts is not None and not self.path.exists()

    @property
    def reading(self) -> Reading:
        """How the planes of a file are found."""
        return Reading(self.planes, "planes" if self.bands else self.mode, self.hdu, self.key)

    def plan(
        self, called: Callable[[Mapping[str, Path]], Mapping[str, str]], measured: bool
    ) -> ImagePlan:
        """The plan of the pictures. ``called`` tells from the survey's files which objects should
        have one, and what the survey calls it; ``measured``: there are no other inputs than what
        is measured on the pictures.
        """
        return ImagePlan(
            build=partial(build_stack, self, called),
            build_measured=partial(build_stack, self, called, measured=True),
            bands=self.planes,
            measure=measure if measured else None,
            size=self.size,
            crop=self.crop,
            seen=self.seen,
            measured_size=self.measured_size,
            turns=self.turns,
            mirrors=self.mirrors,
            mirror_pairs=self.mirror_pairs,
        )


def read_images(section: Section, folder: Path, scheme: ClassScheme | None) -> ImagesSection:
    """The checked section; its faults are noted in it."""
    cutouts = _cutouts(section)
    file = section.take("file", str, *(["cutouts"] if cutouts else [])) or ""
    found = ImagesSection(
        path=folder / file,
        name=os.path.relpath(folder / file, folder),
        mode=section.choice("mode", MODES, "RGB") or "RGB",
        size=section.take("size", int, 64),
        crop=section.take("crop", float, 1.0),
        seen=section.take("seen", int, 0),
        measured_size=section.take("measured_size", int, 128),
        turns=section.take("turns", bool, True),
        mirrors=section.take("mirrors", bool, True),
        mirror_pairs=(),
        bands=section.items("bands", str),
        hdu=_hdu(section),
        key=section.take("key", str, ""),
        scaling=section.choice("scaling", SCALINGS, "") or "",
        file_name=section.items("file_name", str),
        id_key=section.take("id_key", str, ""),
        cutouts=cutouts,
        path_column=section.take("path_column", str, ""),
    )
    written = section.items("mirror_pairs", list)
    section.finish()
    if "file" in section and not cutouts and not os.path.exists(found.path):
        section.fault(
            "file",
            f"{str(found.path)!r} does not exist",
            "give a tar or a folder relative to the survey.toml",
        )
    _note_file_names(section, found)
    for key, pixels in (("size", found.size), ("measured_size", found.measured_size)):
        if pixels < 8:
            section.fault(key, f"{pixels} pixels are too few", "give 8 or more")
    if not 0.0 < found.crop <= 1.0:
        section.fault(
            "crop",
            f"{found.crop:g} is outside (0, 1]",
            "give the share of the shorter side that is kept",
        )
    if found.seen and not 8 <= found.seen <= found.size:
        section.fault(
            "seen",
            f"{found.seen} is neither 0 nor from 8 to size = {found.size}",
            "give the central pixels",
        )
    pairs = _pairs(section, written, scheme.classes if scheme else ())
    return replace(found, mirror_pairs=pairs)


def _pairs(
    section: Section, written: tuple[list, ...], known: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """The pairs of classes that become each other in the mirror; what is no pair is a fault."""
    pairs = []
    for each in written:
        pair = tuple(map(str, each))
        if len(pair) != 2 or (known and not set(pair) <= set(known)):
            section.fault(
                "mirror_pairs",
                f"{list(pair)} is not a pair of classes",
                f"use two of: {', '.join(known)}",
            )
        else:
            pairs.append((pair[0], pair[1]))
    return tuple(pairs)


def _cutouts(section: Section) -> Cutouts | None:
    """What is asked of the service `from`; None without one."""
    service = section.choice("from", services.names(), "")
    found = Cutouts(
        service or "",
        arcsec=section.take("arcsec", float, 60.0),
        pixels=section.take("pixels", int, 256),
        layer=section.take("layer", str, ""),
        rate=section.take("rate", float, 2.0),
        address=section.take("address", str, ""),
    )
    if not service:
        return None
    largest = services.load(service).LARGEST
    if found.arcsec <= 0 or not found.rate > 0:
        section.fault("arcsec", "arcsec and rate must be above 0", "give the side on the sky")
    if not 8 <= found.pixels <= largest:
        section.fault(
            "pixels",
            f"{found.pixels} is outside of what {service} gives",
            f"give 8 to {largest} pixels on a side",
        )
    return found


def _note_file_names(section: Section, found: ImagesSection) -> None:
    """Note what is wrong with the patterns of the bands' files, and where files are named twice."""
    one_file = found.path.name.lower().endswith(HDF5_SUFFIXES)
    if found.path_column and (found.file_name or one_file):
        beside = "file_name" if found.file_name else "an HDF5 file"
        section.fault("path_column", f"given beside {beside}", "leave one of the two out")
    if not found.file_name:
        return
    wrong = [each for each in found.file_name if each.count("{object}") != 1]
    one_for_all = len(found.file_name) == 1 and "{band}" in found.file_name[0]
    if not found.bands:
        section.fault("file_name", "no bands are named", 'give them, as bands = ["g", "r", "i"]')
    elif wrong:
        section.fault("file_name", f"{wrong[0]!r} has not one {{object}}", "write it in")
    elif not one_for_all and len(found.file_name) != len(found.bands):
        section.fault(
            "file_name",
            f"{len(found.file_name)} patterns for {len(found.bands)} bands",
            "give one with {band} in it, or one for each of bands",
        )


def _hdu(section: Section) -> int | str | None:
    """The FITS extension, by number or name."""
    if isinstance(section.content.get("hdu"), str):
        return str(section.take("hdu", str, ""))
    number = section.take("hdu", int, None)
    return None if number is None else int(number)


def _source(own: ImagesSection, name: Callable[[str], str], only: Collection[str] | None) -> Source:
    """What yields the pictures of the section's place, each called what `name` makes of its path
    (or of the identifier that its file gives).
    """
    place = own.path.resolve()
    if own.to_be_fetched:
        raise CatalogueError(
            f"{own.name}: the cutouts are not there; remedy: astronn cutouts survey.toml"
        )
    if own.file_name:
        return bands_by_file(place, SUFFIXES, own.file_name, own.bands, name)
    if place.is_dir():
        return folder_files(place, SUFFIXES, name, only)
    if place.name.lower().endswith(HDF5_SUFFIXES):
        return hdf5_pictures(place, own.key, own.id_key)
    return tar_files(place, SUFFIXES, name)


def build_stack(
    own: ImagesSection,
    called: Callable[[Mapping[str, Path]], Mapping[str, str]],
    files: Mapping[str, Path],
    folder: Path,
    *,
    size: int,
    crop: float,
    progress: Progress | None = None,
    measured: bool = False,
    only: Collection[str] | None = None,
) -> ImageStack:
    """The stack of the objects' pictures; ``files`` are the survey's own, by name; ``called`` tells
    from these what each object's picture is called. Pictures of more
    than 8 bits keep their numbers where they are ``measured``; for classifiers they are scaled.
    Of a folder only the files ``only`` are read where it is given, paths from there.
    """
    head = "" if own.name == os.curdir else f"{own.name}{os.sep}"
    ours = sorted(name for name in files if name == own.name or name.startswith(head))
    names = called(files)
    expected = list(names)
    source = _source(own, Matching(names, own.name), only)
    digests = sha256_unless_unchanged(files[name] for name in ours)
    deep = is_deep((data for _, data in islice(_source(own, stem, only)(0), FIRST)), own.reading)
    usual = "asinh" if deep else ""
    scaling = None if measured or not (own.scaling or usual) else SCALINGS[own.scaling or usual]()
    said = {"kind": "as given", "note": "the middle averaged over areas"}
    return build(
        source,
        pixel_decoder(own.reading, size, crop, scaling, deep=deep and measured),
        folder,
        bands=own.planes,
        shape=(size, size),
        dtype="float32" if deep and measured else "uint8",
        about={
            "files": dict(zip(ours, digests, strict=True)),
            "size": size,
            "crop": crop,
            "mode": own.mode,
            "reading": [own.hdu, own.key, list(own.bands), list(own.file_name), own.id_key],
            "objects": expected,
        },
        scaling=said if scaling is None else scaling.describe(),  # type: ignore[attr-defined]
        expected=expected,
        progress=progress,
    )
