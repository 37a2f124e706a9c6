"""How a figure of the textbook looks, on white and on a dark page: the colours of
reports/render/style.css.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.drawings import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

# inches; with text of 10 points it reads on a slide, on a page, and at 600 pixels on a telephone
WIDTH = 9.0


@dataclass(frozen=True)
class Theme:
    """Colours as #rrggbb. ``series`` are told apart with any colour vision; where lines cross they
    also differ in dash.
    """

    dark: bool
    card: str  # behind the figure
    ink: str
    soft: str  # of what is said beside the matter
    line: str  # of grids and frames
    series: tuple[str, ...]

    def rc(self) -> dict[RcKeyType, Any]:
        """matplotlib's parameters for this look."""
        return {
            "figure.facecolor": self.card,
            "axes.facecolor": self.card,
            "savefig.facecolor": self.card,
            "axes.edgecolor": self.soft,
            "axes.labelcolor": self.ink,
            "axes.titlecolor": self.ink,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 11,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "grid.color": self.line,
            "grid.linewidth": 0.6,
            "text.color": self.ink,
            "xtick.color": self.soft,
            "ytick.color": self.soft,
            "xtick.labelcolor": self.ink,
            "ytick.labelcolor": self.ink,
            "lines.linewidth": 2.0,
            "legend.frameon": False,
            "legend.fontsize": 9.5,
            "font.size": 10,
            "font.family": (
                "DejaVu Sans"
            ),  # comes with matplotlib, so that every machine draws the same
            "axes.prop_cycle": _cycle(self.series),
            "pdf.fonttype": 42,  # text stays text in the PDF
            "pdf.compression": 9,
        }

    def ramp(self) -> Colormap:
        """From nothing (the page) to much (deep on white, bright on dark): the hue of the confusion
        tables.
        """
        from matplotlib.colors import LinearSegmentedColormap

        return LinearSegmentedColormap.from_list(
            "ramp", [fill for fill, _ in palette.ramp(self.dark)]
        )

    def diverging(self) -> Colormap:
        """From the second colour over the page to the first, for values on both sides of zero."""
        from matplotlib.colors import LinearSegmentedColormap

        return LinearSegmentedColormap.from_list(
            "diverging", [self.series[1], self.card, self.series[0]]
        )


LIGHT = Theme(
    dark=False,
    card="#ffffff",
    ink="#16202c",
    soft="#55616f",
    line="#dcdfe3",
    series=("#1d4f91", "#a8500a", "#1f7a4d", "#8a3f9c", "#b3261e", "#5d6673"),
)
DARK = Theme(
    dark=True,
    card="#19202a",
    ink="#e9edf2",
    soft="#a3afbd",
    line="#323c49",
    series=("#8fbcf5", "#f0a561", "#7fd0a0", "#d5a3e6", "#ff8f86", "#b4bdc8"),
)
DASHES = (
    (),
    (5, 2),
    (1.5, 1.5),
    (7, 2, 1.5, 2),
    (3, 1),
    (9, 3),
)  # of the series, in the same order


def new(width: float = WIDTH, height: float = 4.0) -> Figure:
    """An empty figure of that size in inches whose parts make room for each other."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def bare(axes: Axes) -> None:
    """Take ticks, grid and frame away, for pictures and diagrams."""
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _cycle(colours: tuple[str, ...]) -> Any:
    from matplotlib.rcsetup import cycler

    return cycler(color=list(colours))
