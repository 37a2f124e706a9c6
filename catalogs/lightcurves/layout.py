"""How the epochs of a survey lie in files: what all layouts share. Each layout is a module of
catalogs/lightcurves/layouts.

A layout is a frozen dataclass whose fields made with `key` are its own keys in the section
[light_curves] of a survey.toml. It says which values they may have (`rules`) and how the epochs of
all objects are read (`source`); the keys that every layout takes (file, bands, time_standard,
cleaning, highest_frequency, ...) are read by catalogs.survey_toml.light_curves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

from catalogs.files.folders import listing
from catalogs.keys import Rule
from catalogs.lightcurves.epochs import Source
from catalogs.lightcurves.fluxes import Fluxes
from catalogs.lightcurves.timescales import TimeScale


@dataclass(frozen=True, kw_only=True)
class Layout(ABC):
    """One way in which epochs lie in files."""

    kind: ClassVar[str]  # that of the module
    fixed_bands: ClassVar[tuple[str, ...]] = ()  # () where the section names the bands
    fixed_time_scale: ClassVar[TimeScale | None] = None  # None where the section says what it is
    usual_level: ClassVar[str] = "none"  # "median" where the files of an object differ in level

    def fluxes(self) -> Fluxes | None:
        """What the fluxes are that `source` yields; None if it yields magnitudes."""
        return None

    @abstractmethod
    def source(self, places: Sequence[Path], bands: tuple[str, ...]) -> Source:
        """What yields the epochs of all objects in these files and folders, in bounded memory.

        Parameters
        ----------
        places : sequence of Path
            What the key `file` names, in its order.
        bands : tuple of str
            The survey's bands; the number of an epoch's band counts them.

        Returns
        -------
        Source
            Called without arguments, it yields Epochs, an object's in one or several of them:
            times as they are written (the time scale turns them into Julian Dates), magnitudes or
            fluxes (see `fluxes`), errors, NaN where there is none.
        """

    def rules(self) -> Iterator[Rule]:
        """What is wrong with the values of the keys, each with its key and the remedy."""
        yield from ()

    def given(self) -> dict[str, Any]:
        """The keys whose value is not the usual one, as JSON has them."""
        found = {}
        for each in fields(self):
            value = getattr(self, each.name)
            usual = each.default if each.default is not MISSING else {}
            if value != usual:
                found[each.name] = list(value) if isinstance(value, tuple) else value
        return found


def files_of(places: Sequence[Path]) -> list[Path]:
    """The files that the places are, and all those in the folders that they are, in alphabetical
    order of their paths.
    """
    return [
        file for place in places for file in (listing(place).paths if place.is_dir() else [place])
    ]
