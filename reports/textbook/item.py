"""One system of the textbook: figures, tables, numbers, and the words around them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from reports.drawings.theme import DARK, LIGHT, Theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 180  # of the PNG: 1620 pixels across, sharp on a projector and on a page of 1072


@dataclass(frozen=True)
class Drawing:
    """A figure: ``caption`` says what to look at, ``alt`` the same for those who do not see it;
    ``draw`` makes it.
    """

    name: str  # of its files, letters and dashes
    caption: str
    alt: str
    draw: Callable[[Theme], Figure]


@dataclass(frozen=True)
class Table:
    """A table of texts; the first column names the row."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    folded: bool = False  # on the page shown only when asked for: long ones


@dataclass(frozen=True)
class Item:
    """What the page says of one system. ``numbers`` is what its tests look at; plain JSON."""

    title: str
    question: str  # what the system is to show, in a sentence
    findings: tuple[str, ...]  # what came out, with the numbers in it
    source: str
    drawings: tuple[Drawing, ...]
    tables: tuple[Table, ...]
    numbers: dict[str, Any] = field(default_factory=dict)
    simulated: bool = False

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of every file: figures/NAME.png, NAME-dark.png and NAME.pdf, table.csv,
        numbers.json, item.json.
        """
        for drawing in self.drawings:
            yield f"figures/{drawing.name}.png", picture(drawing, LIGHT, "png")
            yield f"figures/{drawing.name}-dark.png", picture(drawing, DARK, "png")
            yield f"figures/{drawing.name}.pdf", picture(drawing, LIGHT, "pdf")
        yield "table.csv", self.as_csv().encode()
        yield "numbers.json", (json.dumps(self.numbers, indent=1) + "\n").encode()
        yield "item.json", json.dumps(self.record(), indent=1).encode()

    def as_csv(self) -> str:
        """The tables one under the other; a first column says which one a row is of."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        for number, table in enumerate(self.tables, 1):
            writer.writerow(["table", *table.header])
            writer.writerows([number, *row] for row in table.rows)
        return text.getvalue()

    def record(self) -> dict[str, Any]:
        """All but the drawing itself, as plain data for the page."""
        drawings = [{"name": d.name, "caption": d.caption, "alt": d.alt} for d in self.drawings]
        words = {
            name: getattr(self, name)
            for name in ("title", "question", "findings", "source", "numbers", "simulated")
        }
        return {**words, "drawings": drawings, "tables": [asdict(table) for table in self.tables]}


def picture(drawing: Drawing, theme: Theme, form: str, dpi: int = DPI) -> bytes:
    """The figure as "png" or "pdf" in one look; the same bytes at each call (no date is written
    into it).
    """
    import matplotlib

    with matplotlib.rc_context(theme.rc()):
        figure, target = drawing.draw(theme), io.BytesIO()
        figure.savefig(
            target, format=form, dpi=dpi, metadata={"CreationDate": None} if form == "pdf" else None
        )
    return target.getvalue()
