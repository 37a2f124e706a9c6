"""Which picture is whose: the objects' identifiers against the files' names.

An identifier may be a file's path from the folder or archive, with or without its suffix, its name
('s00.png'), or its name without suffix ('s00'); the first that fits counts. Two files that fit one
object by name alone are refused, as spiral/001.png and elliptical/001.png are for '001'."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

from catalogs.errors import CatalogueError
from catalogs.images.planes import SUFFIXES


def bare(name: str) -> str:
    """A path without the suffix of an image."""
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def forms(path: str) -> list[str]:
    """What a file may be called by, the most telling first."""
    path = path.removeprefix("./")
    name = PurePosixPath(path).name
    return list(dict.fromkeys([path, bare(path), name, bare(name)]))


class Matching:
    """Called with the path of a file, it answers with the identifier of the object that the file
    shows; with the file's name where it shows none of them.
    """

    def __init__(self, identifiers: Collection[str] | Mapping[str, str], place: str = "") -> None:
        """`identifiers` of the objects, or a mapping from these to what their pictures are called,
        '' for no picture; `place` is what the survey calls the folder or archive: those names may
        begin with it. CatalogueError where two objects have one picture.
        """
        called = (
            identifiers if isinstance(identifiers, Mapping) else dict(zip(identifiers, identifiers))
        )
        self.known: dict[str, str] = {}
        for name, path in called.items():
            if path and self.known.setdefault(path.removeprefix("./"), name) != name:
                raise CatalogueError(
                    f"objects {self.known[path.removeprefix('./')]!r} and {name!r} have one"
                    f" picture, {path!r}; remedy: keep one of the two"
                )
        head = f"{place.rstrip('/')}/" if place not in ("", ".") else ""
        for name, path in called.items():
            if head and path.startswith(head):
                self.known.setdefault(path.removeprefix(head), name)
        self.shown: dict[str, str] = {}

    def __call__(self, path: str) -> str:
        for form in forms(path):
            if form in self.known:
                return self._once(self.known[form], path)
        return forms(path)[-1]

    def _once(self, name: str, path: str) -> str:
        first = self.shown.setdefault(name, path)
        if first != path:
            raise CatalogueError(
                f"object {name!r}: both {first} and {path} may show it; remedy: name objects by the"
                f" path of their image ({bare(first)!r})"
            )
        return name
