"""A survey.toml and a table become a catalogue without code, and everything wrong with either is
said at once.
"""

import numpy as np
import pytest
from astropy.table import MaskedColumn, Table

from catalogs import schemes, surveys
from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError
from catalogs.survey_toml import survey as survey_toml

# The made-up unit 'MAG' is one that real files carry and astropy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:.*MAG", "ignore:.*W50")
TOML = """
name = "plates"
title = "Plates made for the tests"
scheme = "hubble_5"
noun = "galaxies"
automatic_features = ["colour"]

[table]
file = "plates.fits"

[objects]
id = "objid"
ra = "RA"
dec = "DEC"
group = "plate"
only = { kind = "G" }

[features.b_mag]
column = "B-Mag"
missing = [99.99]
low = 0.0
high = 30.0

[features.colour]
expression = "`B-Mag` - V"
unit = "mag"
missing = [99.99]

[label]
column = "T"
kind = "t"

[baseline]
title = "AUTO"
column = "auto"
mapping = { "1" = "E", "2" = "S0", "9" = "" }

[forbidden]
SurfBr = "it was corrected with the type"

[splits.main]
kind = "stratified"
test_fraction = 0.5

[splits.folds]
kind = "group_folds"
n_folds = 2

[splits.south]
kind = "declination"
test_dec_deg = [-90, 0]

[splits.given]
kind = "holdout"
column = "plate"
test = ["p1", "p3"]
"""
N = 40


@pytest.fixture
def folder(tmp_path):
    """A table of 40 galaxies on 8 plates and a star, and its survey.toml."""
    i = np.arange(N + 1)
    table = Table(
        {
            "objid": 2**60 + i,
            "kind": np.where(i < N, "G", "*"),
            "RA": (i * 7.0) % 360,
            "DEC": np.where(i % 2, 10.0, -10.0) + i / 10,
            "plate": np.char.add("p", (i // 5).astype(str)),
            "B-Mag": np.where(i == 3, 99.99, 14.0 + i / 100),
            "V": np.full(N + 1, 13.0),
            "T": MaskedColumn(np.where(i % 2, -5, -2), mask=i == 7),
            "auto": np.where(i % 4, 1, 9),
            "SurfBr": 22.0 + i,
        }
    )
    table["B-Mag"].unit, table["DEC"].unit = "MAG", "deg"
    table.write(tmp_path / "plates.fits")
    (tmp_path / "survey.toml").write_text(TOML)
    return tmp_path


def changed(folder, *replacements):
    """The path of the survey.toml after replacing text in it."""
    text = TOML
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    (folder / "survey.toml").write_text(text)
    return folder / "survey.toml"


def ingested(path):
    survey = surveys.load(str(path))
    return survey.ingest(survey.toml_files)


def test_catalogue_from_bytes(folder):
    catalogue = ingested(folder / "survey.toml")
    assert len(catalogue) == N and catalogue.object_id[1] == str(2**60 + 1)
    assert catalogue.labels[:8].tolist() == ["S0", "E", "S0", "E", "S0", "E", "S0", ""]
    assert catalogue.baseline[:5].tolist() == ["", "E", "E", "E", ""]
    assert catalogue.group[5] == "p1" and catalogue.dec_deg[1] == 10.1
    assert np.isnan(catalogue.features.loc[3]).all() and catalogue.features["colour"][0] == 1.0
    assert [(column.name, column.unit, column.derived) for column in catalogue.columns] == [
        ("b_mag", "mag", False),
        ("colour", "mag", True),
    ]


WEIGHED = ('kind = "t"', 'kind = "t"\nweight = "w"')


def with_weights(folder, weights):
    """The table with a column of weights."""
    table = Table.read(folder / "plates.fits")
    table["w"] = weights
    table.write(folder / "plates.fits", overwrite=True)


def test_weights_of_labelled_objects(folder, tmp_path):
    weights = np.where(np.arange(N + 1) == 7, np.nan, 1.0 + np.arange(N + 1) % 3)
    with_weights(folder, weights)  # object 7 has no label
    catalogue = ingested(changed(folder, WEIGHED))
    assert catalogue.sample_weight[:9].tolist() == [1, 2, 3, 1, 2, 3, 1, 0, 3]
    catalogue.write(tmp_path / "c.parquet")
    again = Catalogue.read(tmp_path / "c.parquet").select(catalogue.object_id[[2, 0]])
    assert again.sample_weight.tolist() == [3, 1]
    assert catalogue.to_table()["sample_weight"][2] == 3
    assert ingested(changed(folder)).sample_weight is None


def test_weights_that_are_none_are_refused(folder):
    for bad, said in ((-1.0, "-1 in row 4"), (np.nan, "nan in row 4")):
        with_weights(folder, np.where(np.arange(N + 1) == 3, bad, 1.0))
        with pytest.raises(CatalogueError, match=f"label.weight: 1 labelled objects .* {said}"):
            ingested(changed(folder, WEIGHED))
    text = ('kind = "t"', 'kind = "t"\nweight = "plate"')
    with pytest.raises(CatalogueError, match=r"label.weight: 'plate' holds text"):
        ingested(changed(folder, text))
    input_too = ('column = "B-Mag"', 'column = "w"')
    with pytest.raises(CatalogueError, match=r"takes column 'w', but it is the weight"):
        ingested(changed(folder, WEIGHED, input_too))


def test_survey_is_like_a_shipped_one(folder):
    survey = survey_toml.load(folder / "survey.toml")
    assert (survey.name, survey.noun, survey.baseline, survey.scheme) == (
        "plates",
        "galaxies",
        "AUTO",
        "hubble_5",
    )
    assert survey.class_scheme() == schemes.load("hubble_5") and survey.automatic_features == (
        "colour",
    )
    assert sorted(survey.toml_files) == ["plates.fits", "survey.toml"] and survey.files == ()
    with pytest.raises(
        CatalogueError, match="input 'surf_br' refused because it was corrected with the type"
    ):
        survey.inputs(["surf_br"])


def test_catalogue_survives_a_round_trip_with_its_baseline(folder):
    catalogue = ingested(folder / "survey.toml")
    catalogue.write(folder / "c.parquet")
    again = Catalogue.read(folder / "c.parquet")
    assert again.baseline.tolist() == catalogue.baseline.tolist()
    assert (
        again.select(again.labels == "E").baseline.tolist()
        == catalogue.baseline[catalogue.labels == "E"].tolist()
    )
    assert again.to_table()["baseline"][1] == "E"


def test_splits_of_all_kinds(folder):
    survey = survey_toml.load(folder / "survey.toml")
    catalogue = survey.ingest(survey.toml_files)
    assert list(survey.splits) == ["main", "folds_1", "folds_2", "south", "given"]
    tested = np.concatenate(
        [survey.split(catalogue, f"folds_{k}", seed=1).ids("test") for k in (1, 2)]
    )
    assert sorted(tested) == sorted(catalogue.labelled().object_id)
    assert set(catalogue.select(survey.split(catalogue, "given", seed=1).ids("test")).group) == {
        "p1",
        "p3",
    }


@pytest.mark.parametrize(
    "change, message",
    [
        (
            ('name = "plates"', 'name = "openngc"'),
            r"name: 'openngc' is a survey that the package carries",
        ),
        (
            ('name = "plates"', 'name = "My Survey"'),
            r"name: 'My Survey' is not a name of small letters",
        ),
        (
            ('scheme = "hubble_5"', 'scheme = "hubble"'),
            r"scheme: unknown class scheme 'hubble'; choose one of",
        ),
        (('scheme = "hubble_5"\n', ""), r"scheme: missing; remedy: give a text"),
        (('noun = "galaxies"', "noun = 3"), r"noun: 3 is not a text; remedy: give a text"),
        (
            ('noun = "galaxies"', 'nuon = "g"'),
            r"nuon: unknown key; remedy: perhaps 'noun' is meant",
        ),
        (
            ('["colour"]', '["color"]'),
            r"automatic_features: 'color' is no feature; remedy: choose among: b_mag, colour",
        ),
        (
            ('"plates.fits"', '"plate.fits"'),
            r"table.file: '.*plate\.fits' does not exist; remedy: give a path relative to",
        ),
        (
            ('"plates.fits"', '"plates.fits"\nformat = "xls"'),
            r"table.format: 'xls' is unknown; remedy: choose one of: arrow, cds",
        ),
        (
            ('file = "plates.fits"', 'file = "plates.fits"\nhud = 1'),
            r"table.hud: unknown key; remedy: perhaps 'hdu' is meant",
        ),
        (('id = "objid"\n', ""), r"objects.id: missing; remedy: give a text"),
        (('ra = "RA"\n', ""), r"objects.ra: missing; remedy: give both coordinates, or neither"),
        (
            ('group = "plate"', 'group = "plate"\ngroup_cell_deg = 5'),
            r"objects.group_cell_deg: given beside group",
        ),
        (
            ("low = 0.0", "low = 40"),
            r"features.b_mag.low: 40 is above high = 30; remedy: exchange them",
        ),
        (
            ('unit = "mag"', 'unit = "mgs"'),
            r"features.colour.unit: 'mgs' is no unit that astropy knows",
        ),
        (
            ('column = "B-Mag"', 'column = ""'),
            r"features.b_mag.column: give one of column and expression",
        ),
        (
            ("`B-Mag` - V", "`B-Mag` > V"),
            r"features.colour.expression: .* is not allowed; remedy: use numbers",
        ),
        (
            ("`B-Mag` - V", "SurfBr - V"),
            r"features.colour: takes column 'SurfBr', but it is forbidden",
        ),
        (
            ("`B-Mag` - V", "T + auto"),
            r"takes column 'T', but it is the label.*'auto', but it is the survey's own class",
        ),
        (
            ("[features.b_mag]", "[features.label]"),
            r"features.label: the name is reserved; remedy: rename",
        ),
        (
            ("[features.b_mag]", "[features.co_lour]"),
            r"features.co_lour: the name is given twice but for its signs",
        ),
        (
            ('kind = "t"', 'kind = "T"'),
            r"label.kind: 'T' is unknown; remedy: choose one of: class, t, hubble",
        ),
        (
            ('kind = "t"', 'kind = "t"\nmapping = { a = "E" }'),
            r"label.mapping: has no meaning for kind 't'",
        ),
        (
            ('"2" = "S0"', '"2" = "SO"'),
            r"baseline.mapping: 'SO' is no class of scheme 'hubble_5'; remedy: use E, S0, Sa\+Sb",
        ),
        (
            ("test_fraction = 0.5", "test_fraction = 1.5"),
            r"splits.main.test_fraction: 1.5 is outside \(0, 1\)",
        ),
        (("test_fraction = 0.5", ""), r"splits.main.test_fraction: no size is given"),
        (
            ('kind = "declination"', 'kind = "dec"'),
            r"splits.south.kind: 'dec' is unknown; remedy: choose one of: by_group, declination",
        ),
        (
            ("[-90, 0]", "[0, -90]"),
            r"splits.south.test_dec_deg: \[0.0, -90.0\] is not \[south, north\]",
        ),
        (("n_folds = 2", "n_folds = 1"), r"splits.folds.n_folds: 1 with fold 0: n_folds >= 2"),
        (('test = ["p1", "p3"]', ""), r"splits.given.test: missing; remedy: list the values"),
    ],
)
def test_each_fault_of_the_toml_is_named(folder, change, message):
    with pytest.raises(CatalogueError, match=message):
        survey_toml.load(changed(folder, change))


def test_all_faults_of_the_toml_at_once(folder):
    path = changed(
        folder,
        ("plates.fits", "none.fits"),
        ('kind = "t"', 'kind = "x"'),
        ("low = 0.0", 'low = "a"'),
    )
    with pytest.raises(CatalogueError, match=r"3 faults: \(1\).*\(2\).*\(3\)") as caught:
        survey_toml.load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content, message", [("a = ", "not readable as TOML"), (None, "does not exist")]
)
def test_no_toml_at_all(tmp_path, content, message):
    if content is not None:
        (tmp_path / "s.toml").write_text(content)
    with pytest.raises(CatalogueError, match=message):
        survey_toml.load(tmp_path / "s.toml")


@pytest.mark.parametrize(
    "change, message",
    [
        (
            ('column = "B-Mag"', 'column = "B_Mag"'),
            r"missing column 'B_Mag'; remedy: perhaps 'B-Mag'",
        ),
        (
            ('id = "objid"', 'id = "plate"'),
            r"objects.id: column 'plate' repeats 8 identifiers: p0, p1",
        ),
        (('id = "objid"', 'id = "RA"'), r"objects.id: column 'RA' holds floats, which lose digits"),
        (
            ('dec = "DEC"', 'dec = "objid"'),
            r"objects.dec: 40 values of objid are no angle within \[-90, 90\] degrees",
        ),
        (
            ('column = "B-Mag"', 'column = "kind"'),
            r"features.b_mag: column 'kind' holds text, such as 'G'",
        ),
        (
            ('"9" = ""', '"8" = ""'),
            r"baseline.column: 1 values of 'auto' mean no class \(with counts\): '9' \(10\)",
        ),
        (
            ('column = "T"\nkind = "t"', 'column = "plate"\nkind = "hubble"'),
            r"label.column: 8 Hubble strings outside",
        ),
        (
            ('column = "T"\nkind = "t"', 'column = "plate"\nkind = "t"'),
            r"label.column: 'plate' holds text, not stages T",
        ),
        (
            ("missing = [99.99]\nlow", "low"),
            r"column 'b_mag': 1 values outside \[0, 30\] mag: 99.99 for",
        ),
        (
            ('only = { kind = "G" }', 'only = { kind = "H" }'),
            r"objects.only.kind: none of 41 rows has 'H'",
        ),
    ],
)
def test_each_fault_of_the_data_is_named(folder, change, message):
    with pytest.raises(CatalogueError, match=message):
        ingested(changed(folder, change))


def test_scheme_of_ones_own_with_limits_and_with_a_mapping(folder):
    early = (
        '{ name = "two", classes = ["early", "late"], ordered = true, limits = [[-6, -3], [-3,'
        " 10]] }"
    )
    path = changed(folder, ('"hubble_5"', early), ('"1" = "E", "2" = "S0"', '"1" = "late"'))
    survey = survey_toml.load(path)
    assert survey.class_scheme().classes == ("early", "late")
    assert survey.ingest(survey.toml_files).class_counts() == {"early": 19, "late": 20}


@pytest.mark.parametrize("name", ["csv", "ecsv", "votable", "parquet"])
def test_the_same_catalogue_from_any_format(folder, name):
    table = Table.read(folder / "plates.fits")
    form = {"csv": "ascii.csv", "ecsv": "ascii.ecsv"}.get(name, name)
    table.write(folder / f"p.{name}", format=form)
    catalogue = ingested(folder / "survey.toml")
    again = ingested(changed(folder, ("plates.fits", f"p.{name}")))
    assert again.object_id.tolist() == catalogue.object_id.tolist()
    assert again.labels.tolist() == catalogue.labels.tolist()
    assert np.array_equal(again.features, catalogue.features, equal_nan=True)


def test_several_files_with_the_same_columns(folder):
    table = Table.read(folder / "plates.fits")
    table[:10].write(folder / "a.fits")
    table[10:].write(folder / "b.ecsv", format="ascii.ecsv")
    assert len(ingested(changed(folder, ('"plates.fits"', '["a.fits", "b.ecsv"]')))) == N


def test_coordinates_in_parts_and_in_sexagesimal(folder):
    rows = ("1,0,30,0.0,-,0,30,0,00:30:00,-00:30:00", "2,12,0,6.0,+,45,0,36,12 00 06,+45 00 36")
    (folder / "c.csv").write_text("\n".join(("id,RAh,RAm,RAs,DE-,DEd,DEm,DEs,s,d", *rows)) + "\n")
    head = (
        'scheme = "hubble_5"\n[table]\nfile = "c.csv"\n[features.x]\ncolumn = "RAh"\n[objects]\nid'
        ' = "id"\n'
    )
    parts = 'ra = ["RAh", "RAm", "RAs"]\ndec = ["DE-", "DEd", "DEm", "DEs"]\n'
    for columns in (parts, 'ra = "s"\ndec = "d"\n'):
        (folder / "c.toml").write_text(head + columns)
        catalogue = ingested(folder / "c.toml")
        assert np.allclose(catalogue.ra_deg, [7.5, 180.025]) and np.allclose(
            catalogue.dec_deg, [-0.5, 45.01]
        )
        assert catalogue.labels.tolist() == ["", ""] and catalogue.baseline is None
