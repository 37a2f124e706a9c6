"""EFIGI: what is undetermined is NaN, what is cut short is refused, the join to OpenNGC, and the
real files' counts.
"""

import numpy as np
import pytest

from catalogs import surveys
from catalogs.astronomy import joins
from catalogs.errors import CatalogueError
from catalogs.surveys import efigi, rc3

EFIGI, JOINED = surveys.load("efigi"), surveys.load("efigi_openngc")
STAGES = {"PGC0000564": 3, "PGC0000002": -5, "PGC0000009": 11}


@pytest.fixture
def written(tmp_path):
    """Write both tables, with `value` as the last galaxy's Arm_Strength, and return their paths by
    name.
    """

    def write(value="-1", cut=0):
        names = ["T", *efigi.SEEN]
        header = ["PGCname", *(f"{name}{end}" for name in names for end in ("", "_inf", "_sup"))]
        lines = [[name, *[str(stage)] * 3, *["0.25"] * 48] for name, stage in STAGES.items()]
        lines[-1][header.index("Arm_Strength")] = value
        lines[-1] = lines[-1][: len(header) - cut]
        places = [
            "PGC_name RA DEC",
            "PGC0000564 1.8160000 27.7080833",
            "PGC0000002 40.0 1.0",
            "PGC0000009 50.0 1.0",
        ]
        paths = {file.name: tmp_path / file.name for file in efigi.FILES}
        paths[efigi.ATTRIBUTES.name].write_text(
            "\n".join("  ".join(line) for line in [header, *lines]) + "\n"
        )
        paths[efigi.PLACES.name].write_text("\n".join(places) + "\n")
        return paths

    return write


def test_undetermined_is_nan_and_dwarf_spheroidals_have_no_class(written):
    catalogue = EFIGI.ingest(written())
    assert catalogue.labels.tolist() == ["Sa+Sb", "E", ""] and catalogue.ra_deg.tolist() == [
        1.816,
        40.0,
        50.0,
    ]
    assert catalogue.features["arm_strength"].isna().tolist() == [False, False, True]
    assert catalogue.provenance["undetermined"] == 1


def test_values_off_the_scale_and_lines_cut_short_are_refused(written):
    with pytest.raises(
        CatalogueError, match=r"column 'arm_strength': 1 values outside \[0, 1\]: 2 for PGC0000009"
    ):
        EFIGI.ingest(written("2"))
    with pytest.raises(
        CatalogueError, match="line of 'PGC0000009' is cut short; remedy: fetch it again"
    ):
        EFIGI.ingest(written(cut=1))


def test_label_and_its_limits_are_no_inputs():
    with pytest.raises(CatalogueError, match="'T_inf' refused because it is a limit of the label"):
        EFIGI.inputs(["T_inf", "flocculence"])


def test_join_by_number_then_by_position(written, ngc_file):
    by_number = JOINED.ingest({**written(), "NGC.csv": ngc_file()})
    assert (
        by_number.object_id.tolist() == ["PGC0000564", "PGC0000002"]
        and by_number.provenance["by_pgc"] == 2
    )
    assert by_number.labels.tolist() == [
        "Sa+Sb",
        "E",
    ]  # EFIGI's, where OpenNGC's second one is Sa+Sb
    assert by_number.features["b_mag"].tolist() == [13.69, 15.0]
    by_place = JOINED.ingest({**written(), "NGC.csv": ngc_file(("PGC 000564", "2MASX J1"))})
    assert (
        by_place.object_id.tolist() == by_number.object_id.tolist()
        and by_place.provenance["by_position"] == 1
    )


@pytest.fixture(scope="module")
def real(mirror):
    return EFIGI.ingest({file.name: mirror / "efigi" / file.name for file in efigi.FILES})


def test_real_files(real):
    assert len(real) == 4458 and real.provenance["pinned"]
    assert real.class_counts() == {"E": 478, "S0": 544, "Sa+Sb": 1465, "Sc+Sd": 1391, "Irr": 511}
    assert sorted(np.unique(real.features)[:5]) == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_humans_against_humans(real, mirror):
    other = rc3.SURVEY.ingest({rc3.FILE.name: mirror / "rc3" / rc3.FILE.name})
    names, reference, predicted = efigi.human_agreement(real, other)
    assert len(names) == 802 and (reference == predicted).mean() == pytest.approx(0.718, abs=0.001)
    number = joins.by_name(real.object_id, other.object_id)
    place = joins.by_position(real, other, 60.0)
    assert (number >= 0).sum() == 811 and (place >= 0).sum() == 773
    assert (place[place >= 0] == number[place >= 0]).all()  # the two ways never disagree


def test_real_join(mirror):
    catalogue = JOINED.ingest(
        {file.name: mirror / file.survey / file.name for file in JOINED.files}
    )
    assert (
        len(catalogue),
        catalogue.provenance["by_pgc"],
        catalogue.provenance["by_position"],
    ) == (1829, 1825, 4)
    split = JOINED.split(catalogue, "stratified", 0)
    assert (split.count("train"), split.count("test")) == (1000, 500)


def test_people_stand_in_the_place_of_a_scheme(mirror):
    """RC3's galaxies with EFIGI's types: two catalogues by eye agree on about 7 in 10 of five
    classes.
    """
    survey = surveys.load("rc3_efigi")
    catalogue = survey.ingest(
        {file.name: mirror / file.survey / file.name for file in survey.files}
    )
    assert len(catalogue) == 802 and survey.baseline_kind == "human"
    assert (catalogue.labels == catalogue.baseline).mean() == pytest.approx(0.718, abs=0.001)
    assert survey.split(catalogue, "fold_1", 0).count("test") == pytest.approx(802 / 5, abs=3)
