"""Hubble strings, class schemes, sexagesimal positions, and quantities in closed form."""

import numpy as np
import pytest

from catalogs import schemes
from catalogs.astronomy import coordinates, hubble, photometry
from catalogs.errors import CatalogueError
from catalogs.schemes import ClassScheme


def test_stages_are_those_of_the_third_reference_catalogue():
    strings = [
        "E",
        "E-S0",
        "S0",
        "S0-a",
        "Sa",
        "Sab",
        "Sb",
        "Sbc",
        "Sc",
        "Scd",
        "Sd",
        "Sdm",
        "Sm",
        "I",
    ]
    assert hubble.hubble_to_t(strings).tolist() == [-5, -3, -2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]


BARS = (("SBab", "Sab"), ("SABb", "Sb"), ("SB0", "S0"), ("SAB0-a", "S0-a"), ("IAB", "I"))


@pytest.mark.parametrize(("barred", "plain"), BARS)
def test_a_bar_does_not_change_the_stage(barred, plain):
    assert hubble.stage(barred) == hubble.stage(plain)


def test_undecided_strings_have_no_stage():
    assert np.isnan(hubble.hubble_to_t(["E?", "S?", ""])).all() and hubble.hubble_to_t(
        []
    ).shape == (0,)


def test_unknown_strings_are_all_listed_with_counts():
    with pytest.raises(
        CatalogueError,
        match=r"2 Hubble strings outside the mapping \(with counts\): 'Q' \(2\), 'sb' \(1\)",
    ):
        hubble.hubble_to_t(["Q", "Sb", "sb", "Q"])


def test_classes_begin_and_end_where_the_scheme_says():
    scheme = schemes.load("hubble_5")
    t = [-7, -6, -5, -3, -2, 0, 1, 4, 5, 8, 9, 10, 11, 90, np.nan]
    expected = [
        "",
        *3 * ["E"],
        *2 * ["S0"],
        *2 * ["Sa+Sb"],
        *2 * ["Sc+Sd"],
        *2 * ["Irr"],
        "",
        "",
        "",
    ]
    assert scheme.from_t(np.array(t)).tolist() == expected
    assert scheme.ordered and scheme.classes == ("E", "S0", "Sa+Sb", "Sc+Sd", "Irr")


def test_every_shipped_scheme_loads():
    assert {"hubble_5", "digits"} <= set(schemes.names())
    for name in schemes.names():
        assert schemes.load(name).name == name and schemes.load(name).description


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: schemes.load("hubble"),
            "unknown class scheme 'hubble'; choose one of: .*digits.*hubble_5",
        ),
        (lambda: schemes.load("digits").from_t(np.zeros(1)), "'digits' has no limits on T"),
        (lambda: ClassScheme("x", ("a", "a"), None, False, "", ""), "at least two different names"),
        (lambda: ClassScheme("x", ("a", "b"), ((0, 2), (1, 3)), True, "", ""), "without overlap"),
        (
            lambda: ClassScheme("x", ("a", "b"), ((0, 2),), True, "", ""),
            "one .t_min, t_max. a class",
        ),
        (
            lambda: ClassScheme.from_mapping("x", {"classes": ["a", "b"], "order": True}),
            r"unknown or missing keys \['order'\]",
        ),
    ],
)
def test_scheme_faults(call, message):
    with pytest.raises(CatalogueError, match=message):
        call()


def test_positions_agree_with_astropy():
    from astropy.coordinates import Angle

    ra = ["00:00:00.00", "12:34:56.78", "23:59:59.99", "5:01:02"]
    dec = ["+90:00:00.0", "-00:24:54.8", "00:00:30", "-89:59:59.9"]
    degrees, bad = coordinates.right_ascension(ra)
    np.testing.assert_allclose(degrees, Angle(ra, "hourangle").deg, rtol=1e-13)
    assert not bad.any()
    degrees, bad = coordinates.declination(dec)
    np.testing.assert_allclose(degrees, Angle(dec, "deg").deg, rtol=1e-13)
    assert not bad.any() and degrees[1] < 0


def test_blank_positions_are_nan_and_no_fault():
    for read in (coordinates.right_ascension, coordinates.declination):
        degrees, bad = read(["", ""])
        assert np.isnan(degrees).all() and not bad.any()


@pytest.mark.parametrize(
    "text", ["24:00:00", "-01:00:00", "12:60:00", "12:00:60.0", "12 00 00", "abc", "180.5"]
)
def test_what_is_no_right_ascension(text):
    degrees, bad = coordinates.right_ascension([text, "01:00:00"])
    assert bad.tolist() == [True, False] and np.isnan(degrees[0])


@pytest.mark.parametrize("text", ["+90:00:00.1", "-91:00:00", "12:61:00", "+-1:00:00", "north"])
def test_what_is_no_declination(text):
    assert coordinates.declination([text])[1].all()


def test_mean_surface_brightness_of_a_disc_of_one_square_arcsecond():
    diameter = 2 / np.sqrt(np.pi) / 60  # arcmin
    assert photometry.mean_surface_brightness(15.0, diameter, diameter) == pytest.approx(
        15.0, abs=1e-12
    )
    assert photometry.mean_surface_brightness(15.0, 10 * diameter, diameter) == pytest.approx(
        17.5, abs=1e-12
    )


def test_distances_and_what_depends_on_them():
    redshift = 7000.0 / photometry.SPEED_OF_LIGHT  # 7,000 km/s: 100 Mpc
    distance = photometry.hubble_distance_mpc(redshift)
    assert distance == pytest.approx(100.0, rel=1e-14)
    assert photometry.absolute_magnitude(15.0, distance) == pytest.approx(-20.0, abs=1e-12)
    assert photometry.diameter_kpc(1.0, distance) == pytest.approx(
        29.0888, abs=1e-4
    )  # 1 arcmin = 2.90888e-4 rad


def test_what_has_no_distance_is_nan():
    redshift = np.array([0.0, -0.001, np.nan])
    assert np.isnan(photometry.hubble_distance_mpc(redshift)).all()
    assert np.isnan(photometry.log10_positive(redshift)).all()
