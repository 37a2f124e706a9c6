"""Pictures whose bands lie in a file each: 'g/{object}.fits', '{object}_{band}.fits.gz'."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from catalogs.errors import CatalogueError, listed
from catalogs.images.sources import Source, folder_images, tar_files

FIELDS = {"{object}": r"(?P<object>[^/]+?)", "*": r"[^/]*?"}
FIELD = re.compile(r"(\{object\}|\{band\}|\*)")


def bands_by_file(
    place: Path,
    suffixes: Sequence[str],
    patterns: Sequence[str],
    bands: Sequence[str],
    name: Callable[[str], str] = str,
) -> Source:
    """The objects of a folder or tar as {band: bytes of its file}, in alphabetical order.

    Parameters
    ----------
    place : Path
        A folder, of which one object is in memory at a time; or a tar, which is held whole, since
        the order of its files is free.
    suffixes : sequence of str
        Files with other suffixes are passed over.
    patterns : sequence of str
        What the files' paths from the place on are: one with '{object}' and '{band}', or one for
        each band with '{object}'; '*' stands for anything within a name.
    bands : sequence of str
    name : callable
        Makes the object's identifier of what stands for '{object}'.

    Returns
    -------
    Source
        A band without a file is left out of the mapping.

    Raises
    ------
    CatalogueError
        While it is read: if no file matches, or two files are of one object and band.
    """

    def of_folder(start: int) -> Iterator[tuple[str, Mapping[str, bytes]]]:
        found = grouped(folder_images(place, suffixes), patterns, bands, str(place))
        for each in list(found)[start:]:
            files = found[each]
            yield name(each), {band: (place / path).read_bytes() for band, path in files.items()}

    def of_tar(start: int) -> Iterator[tuple[str, Mapping[str, bytes]]]:
        held = {_from_here(path): data for path, data in tar_files(place, suffixes, str)(0)}
        found = grouped(list(held), patterns, bands, str(place))
        for each in list(found)[start:]:
            yield name(each), {band: held[path] for band, path in found[each].items()}  # type: ignore[misc]

    return of_folder if place.is_dir() else of_tar


def grouped(
    paths: Sequence[str], patterns: Sequence[str], bands: Sequence[str], place: str
) -> dict[str, dict[str, str]]:
    """{object: {band: path}} of the paths that match, objects in alphabetical order.

    Raises
    ------
    CatalogueError
        If none matches, or two are of one object and band.
    """
    each = patterns if len(patterns) == len(bands) else [patterns[0]] * len(bands)
    found: dict[str, dict[str, str]] = {}
    for band, pattern in zip(bands, each, strict=True):
        regex = _regex(pattern, band)
        for path in paths:
            if (match := regex.fullmatch(path)) is None:
                continue
            files = found.setdefault(match["object"], {})
            if band in files:
                raise CatalogueError(
                    f"{place}: both {files[band]} and {path} are band {band} of"
                    f" {match['object']!r}; remedy: write file_name so that one is"
                )
            files[band] = path
    if not found:
        has = listed(paths, 3) or "none"
        raise CatalogueError(
            f"{place}: none of its {len(paths)} files ({has}) is like {patterns[0]!r};"
            " remedy: correct file_name"
        )
    return dict(sorted(found.items()))


def _regex(pattern: str, band: str) -> re.Pattern[str]:
    fields = {**FIELDS, "{band}": re.escape(band)}
    pieces = FIELD.split(pattern.removeprefix("./"))
    return re.compile("".join(fields.get(piece, re.escape(piece)) for piece in pieces))


def _from_here(path: str) -> str:
    return path.removeprefix("./")
