"""A convolutional network that sees and a recurrent one that says: digit strings and galaxies, with
a map a token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.drawings.attention_maps import lit, shown
from reports.drawings.theme import Theme, bare, new
from reports.textbook.item import Drawing, Item, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROWS = 3


@dataclass(frozen=True)
class Described:
    """Scores of one set on its test objects, and some of them with their maps.

    ``images`` (n, C, H, W) uint8, ``maps`` (n, T, H, W), ``outlines`` (n, T, H, W) bool: where each
    token's own part is known to be, empty where nobody knows. ``hits`` are of the pointing game:
    kind of part -> (maps, share of maps whose largest weight lies inside, the same for even
    attention)."""

    title: str
    noun: str
    images: np.ndarray
    maps: np.ndarray
    outlines: np.ndarray
    said: list[str]
    true: list[str]
    n_train: int
    n_test: int
    exact_match: float
    token_accuracy: float
    hits: dict[str, tuple[int, float, float]]


def item(digits: Described, galaxies: Described) -> Item:
    """The item of the two sets."""
    both = {"digit_strings": digits, "simulated_galaxies": galaxies}
    return Item(
        title="A network that sees and one that says, with attention",
        question=(
            "Show, attend and tell: can a network describe a picture token by token, and show where"
            " it looked for each?"
        ),
        findings=(
            _read(digits),
            _read(galaxies),
            (
                "Both are trained for minutes here, on a fraction of their training sets; astronn"
                " describe trains them in full."
            ),
        ),
        source=(
            "Xu et al. 2015, ICML, arXiv:1502.03044; pointing game: Zhang et al. 2016, ECCV; de"
            " Vaucouleurs 1959, Handbuch der Physik 53, 275. Digits: Alpaydin & Kaynak 1998, as in"
            " scikit-learn; their composition and the galaxies are simulated."
        ),
        simulated=True,
        drawings=_drawings(digits, galaxies),
        tables=_tables(digits, galaxies),
        numbers={name: _numbers(d) for name, d in both.items()},
    )


def _drawings(digits: Described, galaxies: Described) -> tuple[Drawing, ...]:
    return (
        Drawing(
            "digits",
            "Three pictures of the test part, the true string above each; then, digit by digit,"
            " what is said and where the network looked (orange). The thin square is where that"
            " digit really is. Look whether the light wanders from left to right, square by square."
            " Wrong tokens are crossed.",
            f"Three composed pictures of digits, read as {'; '.join(digits.said[:ROWS])}; for each"
            " token a map of attention.",
            lambda theme: rows(digits, theme),
        ),
        Drawing(
            "galaxies",
            "Three simulated galaxies, of the first tested those with most of bar, ring and arms"
            " known pixel by pixel (outlined where the token is right), described in de"
            " Vaucouleurs' manner. Look at the bar token (SAB, SB) and at the ring (r): does the"
            " light lie where the part is? Wrong tokens are crossed.",
            f"Three simulated galaxies, described as {'; '.join(galaxies.said[:ROWS])}; for each"
            " token a map of attention.",
            lambda theme: rows(galaxies, theme),
        ),
    )


def _tables(*sets: Described) -> tuple[Table, ...]:
    scores = [
        (
            d.title,
            f"{d.n_train:,}",
            f"{d.n_test:,}",
            f"{d.exact_match:.3f}",
            f"{d.token_accuracy:.3f}",
        )
        for d in sets
    ]
    hits = [
        (kind, f"{n:,}", f"{hit:.3f}", f"{even:.3f}")
        for d in sets
        for kind, (n, hit, even) in d.hits.items()
    ]
    game = (
        "Pointing game: share of maps whose largest weight lies in the part that the token speaks"
        " of; even attention hits with the share of the image that the part covers"
    )
    return (
        Table(
            "Scores on test objects",
            ("set", "trained on", "tested on", "exact match", "token accuracy"),
            tuple(scores),
        ),
        Table(game, ("part", "maps", "attention", "even attention"), tuple(hits)),
    )


def _numbers(d: Described) -> dict[str, Any]:
    own = {
        name: getattr(d, name) for name in ("exact_match", "token_accuracy", "n_train", "n_test")
    }
    return own | {"hits": {kind: list(values) for kind, values in d.hits.items()}}


def _read(d: Described) -> str:
    """How well one set is described, and how often attention points at the right part."""
    hits = ", ".join(
        f"{kind} {100 * hit:.0f}% (even attention {100 * even:.0f}%)"
        for kind, (_, hit, even) in d.hits.items()
    )
    return (
        f"{d.title}: {100 * d.exact_match:.0f}% of {d.n_test} {d.noun} described without a mistake,"
        f" {100 * d.token_accuracy:.0f}% of the tokens right; the largest weight lies inside the"
        f" right part for {hits}."
    )


def rows(described: Described, theme: Theme) -> Figure:
    """A row per object: the image, then a map per token."""
    said = [text.split() for text in described.said[:ROWS]]
    columns = 1 + max(map(len, said))
    figure = new(height=9.0 / columns * ROWS + 0.3 * ROWS)
    for number, line in enumerate(figure.subplots(ROWS, columns, squeeze=False)):
        true = described.true[number].split()
        image = shown(described.images[number])
        for axes in line:
            bare(axes)
        line[0].imshow(image, vmin=0, vmax=1)
        line[0].set_title(described.true[number], fontsize=9.5, loc="center")
        for place, (axes, token) in enumerate(zip(line[1:], said[number])):
            right = place < len(true) and true[place] == token
            axes.imshow(lit(image, described.maps[number, place]), vmin=0, vmax=1)
            if right:
                _outline(axes, described.outlines[number, place])
            mark, weight = ("", "bold") if right else (" \N{MULTIPLICATION SIGN}", "normal")
            colour = theme.ink if right else theme.series[4]
            axes.set_title(token + mark, fontsize=10, loc="center", color=colour, fontweight=weight)
    return figure


def _outline(axes: Axes, region: np.ndarray) -> None:
    if region.any() and not region.all():
        axes.contour(region, levels=[0.5], colors=["#8fd0ff"], linewidths=1.0)
