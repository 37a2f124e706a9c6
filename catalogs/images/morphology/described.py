"""What is measured on pictures of galaxies: the columns with their units, ranges and equations."""

from __future__ import annotations

from itertools import pairwise

from catalogs.schema import Column


def _column(name: str, unit: str, description: str, low: float, high: float) -> Column:
    return Column(name, unit, description, low, high, derived=True)


# What the literature classifies with: C, A and S (Conselice 2003), Gini and M20 (Lotz et al. 2004).
SCHEME_COLUMNS = (
    _column("concentration", "", "C = 5 log10(r80 / r20), Lotz et al. 2004 eq. 9", 0.0, 15.0),
    _column(
        "asymmetry",
        "",
        "A: light that differs after half a turn, less the sky's, eq. 10",
        -5.0,
        5.0,
    ),
    _column(
        "smoothness",
        "",
        "S: light in structure finer than r_P/4, less the sky's, eq. 11",
        -5.0,
        5.0,
    ),
    _column("gini", "", "G: inequality of the pixels' light, eq. 6", 0.0, 1.0),
    _column(
        "m20",
        "dex",
        "M20: second moment of the brightest fifth of the light over the total, eq. 8",
        -6.0,
        1.0,
    ),
)
# What else the same pixels tell, for classifiers that may use every number: a rival that is not
# made weak on purpose.
FURTHER_COLUMNS = (
    _column("ellipticity", "", "1 - b/a from the second moments of the light", 0.0, 1.0),
    _column(
        "asymmetry_90", "", "light that differs after a quarter turn, sky not taken off", 0.0, 5.0
    ),
    _column(
        "fine_structure",
        "",
        "light that a boxcar of 3 pixels smooths away over the sum of |I|, as S",
        0.0,
        5.0,
    ),
    _column(
        "half_light_radius",
        "pix",
        "radius with half of the light within 1.5 r_P, in pixels measured on",
        0.0,
        1000.0,
    ),
    _column(
        "log_surface_brightness",
        "dex",
        "log10 of the mean pixel within the half-light radius, above the sky",
        -3.0,
        6.0,
    ),
)


def colour_names(bands: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """(column name, bluer band, redder band) of each neighbouring pair of bands, which are listed
    from red to blue.
    """
    return [(f"colour_{blue}_{red}", blue, red) for red, blue in pairwise(bands)][::-1]


def columns(bands: tuple[str, ...]) -> tuple[Column, ...]:
    """What `measure` returns for a stack of these bands."""
    return SCHEME_COLUMNS + _colours(bands) + FURTHER_COLUMNS


def automatic_features(bands: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that the automatic scheme of the literature sees: C, A, S, Gini, M20 and the
    colours.
    """
    return tuple(column.name for column in SCHEME_COLUMNS + _colours(bands))


def _colours(bands: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(
        _column(
            name,
            "mag",
            f"-2.5 log10 of the light in {blue} over that in {red}, pixels as they are scaled",
            -10.0,
            10.0,
        )
        for name, blue, red in colour_names(bands)
    )
