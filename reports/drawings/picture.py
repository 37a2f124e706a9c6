"""A picture of a page: where its file lies, what it shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """`file` is its place beside the page, `title` what it shows in a few words, `caption` how to
    read it.
    """

    file: str
    title: str
    caption: str
