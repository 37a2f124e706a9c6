"""What is read once a process: the survey, and the last catalogue and splits.

A folder of results is addressed by what made it, so a file read there once need not be read again.
What is given out is shared: nobody may change it."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

from catalogs import surveys
from catalogs.catalogue import Catalogue
from catalogs.splits.split import Split
from catalogs.survey import Survey


def survey(name: str) -> Survey:
    """The survey of that name, or that of a survey.toml whose path is given; that one is resolved
    anew when the toml or a folder that it names has changed: see catalogs.resolve.
    """
    return surveys.load(name) if name.endswith(".toml") else _shipped(name)


@cache
def _shipped(name: str) -> Survey:
    return surveys.load(name)


def catalogue(path: Path) -> Catalogue:
    """The catalogue in a file of a finished task."""
    return _catalogue(*_state(path))


def split(path: Path) -> Split:
    """The split in a file of a finished task."""
    return _split(*_state(path))


def _state(path: Path) -> tuple[Path, int]:
    """The absolute path and when it was written: a folder that lost a file is made anew."""
    return path.absolute(), path.stat().st_mtime_ns


@lru_cache(maxsize=1)  # it may be large
def _catalogue(path: Path, modified_ns: int) -> Catalogue:
    return Catalogue.read(path)


@lru_cache(maxsize=16)  # every fold of a pooled test set: two columns each
def _split(path: Path, modified_ns: int) -> Split:
    return Split.read(path)
