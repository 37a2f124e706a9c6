"""One text file per star, or per star and band, in folders or tars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from catalogs.keys import Rule, key
from catalogs.lightcurves.epochs import Epochs, Source
from catalogs.lightcurves.layout import Layout


@dataclass(frozen=True, kw_only=True)
class StarFiles(Layout):
    """A file's name without `suffix` is the object; with more than one band, each band's files lie
    in a folder of its name. `columns` are those of time, magnitude and error (or of the first two),
    counted from 1.
    """

    suffix: str = key(str, ".dat")
    columns: tuple[int, ...] = key(int, (1, 2, 3), many=True)

    kind: ClassVar[str] = "star_files"

    def rules(self) -> Iterator[Rule]:
        if not (2 <= len(self.columns) <= 3 and min(self.columns) >= 1):
            problem = f"{list(self.columns)} are not two or three columns, counted from 1"
            yield "columns", problem, "give those of time, magnitude and error"

    def source(self, places: Sequence[Path], bands: tuple[str, ...]) -> Source:
        from catalogs.lightcurves.sources import star_files

        suffix = self.suffix or ".dat"
        several = len(bands) > 1
        name = (
            star_files.by_folder(bands, suffix)
            if several
            else star_files.by_stem(bands[0], (suffix,))
        )
        time, magnitude, *error = (number - 1 for number in self.columns)
        files = star_files.StarFiles(name, time, magnitude, error[0] if error else None)
        sources = [star_files.star_files(place, files, bands) for place in places]

        def one_after_the_other() -> Iterator[Epochs]:
            for source in sources:
                yield from source()

        return one_after_the_other
