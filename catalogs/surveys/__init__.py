"""Surveys, one a file: a module of this folder that holds SURVEY is a survey of that name.

`names()` lists them, and `load(name)` gives one of them, or that of a survey.toml whose path is
given."""

from catalogs.resolve import survey as load
from catalogs.shipped import names

__all__ = ["load", "names"]
