"""All systems of the textbook on one HTML page that needs nothing beside it: no script, font or
image from elsewhere.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jinja2

TITLE = "Neural networks for astronomy, system by system"


def render(
    entries: Sequence[Mapping[str, Any]], *, quick: bool, seed: int, provenance: Mapping[str, str]
) -> str:
    """The page of ``entries``: records of items (`Item.record`), each with ``number``, ``name`` and
    its PNGs.

    The PNGs are bytes by file name: ``pictures["NAME.png"]`` for white pages,
    ``pictures["NAME-dark.png"]`` for dark ones."""
    made = [
        {**entry, "figures": [_figure(d, entry["pictures"]) for d in entry["drawings"]]}
        for entry in entries
    ]
    return _template().render(
        title=TITLE, entries=made, quick=quick, seed=seed, provenance=provenance
    )


def _figure(drawing: Mapping[str, str], pictures: Mapping[str, bytes]) -> dict[str, Any]:
    light, dark = (pictures[f"{drawing['name']}{suffix}.png"] for suffix in ("", "-dark"))
    width, height = (
        int.from_bytes(light[start : start + 4]) for start in (16, 20)
    )  # of the PNG's header
    return {
        **drawing,
        "light": _address(light),
        "dark": _address(dark),
        "width": width,
        "height": height,
    }


def _address(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}"


@cache
def _template() -> jinja2.Template:
    import jinja2  # slow to import

    here = Path(__file__).parent
    loader = jinja2.FileSystemLoader(
        [here, here.parent / "render"]
    )  # style.css is that of all pages
    options: dict[str, Any] = {
        "autoescape": True,
        "undefined": jinja2.StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    }
    return jinja2.Environment(loader=loader, **options).get_template("textbook.html.j2")
