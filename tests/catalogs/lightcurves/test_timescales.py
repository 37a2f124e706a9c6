"""Times: standards, offsets, and conversion to the Sun and the barycentre."""

import numpy as np
import pytest

from catalogs.errors import CatalogueError
from catalogs.lightcurves.timescales import (
    TimeScale,
    as_time,
    barycentric,
    heliocentric,
    likely_zeros,
    plausible,
)


def test_modified_dates():
    assert TimeScale("JD", zero=2400000.5).julian(np.array([55000.0]))[0] == 2455000.5


def test_unknown_standard_is_refused():
    with pytest.raises(
        CatalogueError, match=r"time scale 'MJD' .*write MJD as JD with zero 2400000.5"
    ):
        TimeScale("MJD")


def test_plausible_years():
    assert plausible(np.array([2455000.0, 5000.0, 55000.0, 4910000.0, np.nan])).tolist() == [
        True
    ] + 4 * [False]


def test_zeros_that_would_fit():
    assert likely_zeros(np.array([55000.0, 55001.0])) == [2400000.5, 2400000.0]
    assert likely_zeros(np.array([np.nan])) == []


def test_no_digit_is_lost_to_astropy():
    julian = np.array([2455000.123456789])
    time = as_time(julian, "utc")
    assert (time.jd1 + time.jd2 == julian).all() and time.scale == "utc"


@pytest.fixture(scope="module")
def paranal():
    from astropy import units as u
    from astropy.coordinates import EarthLocation

    return EarthLocation.from_geodetic(-70.4 * u.deg, -24.6 * u.deg, 2635 * u.m)


def test_light_travel_is_a_year_long_wave_of_eight_minutes(paranal):
    """On the ecliptic the Earth is 499 s of light nearer or farther (1 au / c); at the pole of the
    ecliptic hardly at all.
    """
    julian = 2455000.0 + np.arange(0.0, 365.0, 5.0)
    delay = (heliocentric(julian, 0.0, 0.0, paranal) - julian) * 86400
    assert delay.max() == pytest.approx(499, abs=12) and delay.min() == pytest.approx(-499, abs=12)
    assert abs((heliocentric(julian, 270.0, 66.56, paranal) - julian) * 86400).max() < 15


def test_barycentre_and_clock(paranal):
    """BJD (TDB) is 66 s (UTC to TT in 2009), give or take the 4 s of the Sun's way, from HJD (UTC):
    Eastman et al. 2010.
    """
    julian = np.array([2455000.0])
    place = (80.0, -69.0, paranal)
    difference = (barycentric(julian, *place) - heliocentric(julian, *place)) * 86400
    assert 66.18 - 5 < difference[0] < 66.18 + 5
