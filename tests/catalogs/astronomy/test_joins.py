"""The same galaxy in two catalogues: by number and by place; both against closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from catalogs.astronomy import joins
from catalogs.errors import CatalogueError


def test_pgc_numbers_have_one_form():
    assert joins.pgc_names(["PGC 212", "PGC0000212", " PGC 70680"]).tolist() == [
        "PGC0000212",
        "PGC0000212",
        "PGC0070680",
    ]
    assert joins.pgc_names([]).tolist() == []
    with pytest.raises(CatalogueError, match="no PGC number: 'NGC 1', 'PGC 0'; remedy"):
        joins.pgc_names(["PGC 1", "NGC 1", "PGC 0"])


def test_by_name_knows_who_is_absent_and_refuses_doubles():
    assert joins.by_name(np.array(["c", "x", "", "a"]), np.array(["a", "", "c", ""])).tolist() == [
        2,
        -1,
        -1,
        0,
    ]
    with pytest.raises(CatalogueError, match="identifiers twice: a; remedy"):
        joins.by_name(np.array(["a"]), np.array(["a", "a"]))


def test_by_position_is_mutual_and_within_the_angle(small):
    arcsec = 1.0 / 3600.0
    ra, dec = (
        np.array([10.0, 10.0, 0.0, 200.0, 50.0, np.nan]),
        np.array([0, 3 * arcsec, 0, 5, 60, 1]),
    )
    left = replace(small, ra_deg=ra, dec_deg=dec)
    ra, dec = (
        np.array([10.0, 359.9999, 200.0, 50 + 8 * arcsec, np.nan, 90]),
        np.array([0, 0, 5.1, 60, 0, 0]),
    )
    right = replace(small, ra_deg=ra, dec_deg=dec)
    assert joins.by_position(left, right, 5.0).tolist() == [0, -1, 1, -1, 3, -1]


def test_without_positions_nothing_matches(small):
    assert joins.by_position(small, small, 5.0).tolist() == [-1] * 6  # its declinations are NaN


def test_joined_catalogue_has_the_labels_of_one_and_the_inputs_of_the_other(small):
    other = replace(small.select(np.array(["a", "b"])), labels=np.array(["E", "S0"]))
    joined = joins.with_inputs_of(
        other, small, joins.by_name(other.object_id, small.object_id), "both"
    )
    assert joined.survey == "both" and joined.labels.tolist() == ["E", "S0"]
    assert joined.features["mag"].tolist() == [13.0, 11.0] and joined.provenance["joined"] == 2


def test_common_labels_leave_out_what_one_of_them_does_not_class(small):
    other = replace(small.select(np.array(["e", "a", "d"])), labels=np.array(["E", "E", "E"]))
    names, ours, theirs = joins.common_labels(small, other)
    assert (names.tolist(), ours.tolist(), theirs.tolist()) == (["d", "a"], ["E", "S0"], ["E", "E"])
    with pytest.raises(CatalogueError, match=r"class schemes .* differ"):
        joins.common_labels(
            small, replace(other, scheme=replace(other.scheme, classes=("E", "S"), limits=None))
        )
