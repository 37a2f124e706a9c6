"""The leak audit: copies of the label and columns made with its help are found, honest columns are
not.
"""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris, load_wine

from catalogs import leaks, schemes, surveys
from catalogs.errors import CatalogueError
from catalogs.formats.tables import read_table
from catalogs.leaks import audit, information


@pytest.fixture(scope="module")
def simulated():
    return surveys.load("simulated_catalogue").ingest({})


@pytest.fixture(scope="module")
def openngc(mirror):
    """The catalogue and the column SurfBr of its file."""
    path = mirror / "openngc" / "NGC.csv"
    catalogue = surveys.load("openngc").ingest({"NGC.csv": path})
    table = read_table(path, columns=["Name", "SurfBr"])
    known = dict(
        zip(table["Name"].tolist(), np.ma.filled(table["SurfBr"], np.nan).tolist(), strict=True)
    )
    return catalogue, np.array([known[name] for name in catalogue.object_id])


def codes(labels, seed=0):
    """A number for each class, in no order; NaN without a label."""
    classes = np.random.default_rng(seed).permutation(np.unique(labels[labels != ""]))
    return np.select(
        [labels == name for name in classes], np.arange(len(classes)) * 10.0 - 7.0, np.nan
    )


def test_a_copy_tells_all_and_chance_tells_nothing():
    label = np.random.default_rng(1).integers(0, 3, 3000)
    assert information(label * 2.5, label) == pytest.approx(1.0, abs=0.01)
    assert information(np.array(["a", "b", "c"])[label], label) == pytest.approx(1.0, abs=0.01)
    noise = np.random.default_rng(2).normal(size=3000)
    assert -0.03 < information(noise, label) < 0.0  # cross-validated: noise costs


def test_information_of_a_normal_mixture_is_that_of_its_integral():
    """Two classes one sigma either side of 0: ln 2 less the mean of ln(1 + exp(-2 y)), y normal
    about 1 (Gauss-Hermite).
    """
    rng = np.random.default_rng(3)
    label = rng.integers(0, 2, 20_000)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    told = np.log(2.0) - (weights * np.log1p(np.exp(-2.0 * (nodes + 1.0)))).sum() / np.sqrt(
        2.0 * np.pi
    )
    found = information(np.where(label == 1, 1.0, -1.0) + rng.normal(size=20_000), label)
    assert found == pytest.approx(told / np.log(2.0), abs=0.015)


@pytest.mark.parametrize("monotone", [np.exp, np.arctan, lambda x: -(x**3)])
def test_units_and_outliers_do_not_matter(monotone):
    rng = np.random.default_rng(4)
    label = rng.integers(0, 2, 2000)
    values = label + rng.normal(size=2000)
    assert information(monotone(values), label) == pytest.approx(
        information(values, label), abs=1e-9
    )


def test_a_missing_value_may_be_what_tells():
    label = np.random.default_rng(5).integers(0, 2, 500)
    values = np.where(label == 1, np.nan, np.random.default_rng(6).normal(size=500))
    assert information(values, label) > 0.95


@pytest.mark.parametrize(
    "copy", [codes, lambda labels: labels, lambda labels: np.where(labels == "E", "", labels)]
)
def test_copied_label_column_is_caught(simulated, copy):
    found = audit(simulated.features.assign(copied=copy(simulated.labels)), simulated.labels)
    assert [(leak.column, leak.kind) for leak in found] == [("copied", "alone")]
    assert found[0].information > 0.85 > 0.1 > found[0].shuffled


def test_copy_with_every_tenth_label_drawn_anew_is_caught_and_half_of_a_copy_too(simulated):
    rng = np.random.default_rng(7)
    labels = simulated.labels
    noisy = np.where(rng.random(len(labels)) < 0.1, rng.permutation(labels), labels)
    half = np.where(rng.random(len(labels)) < 0.5, np.nan, codes(labels))
    assert {
        leak.column for leak in audit(simulated.features.assign(noisy=noisy, half=half), labels)
    } == {"noisy", "half"}


def test_label_hidden_in_a_sum_with_other_columns_is_caught(simulated):
    ordered = pd.Series(simulated.labels).map(
        {name: i for i, name in enumerate(simulated.scheme.classes)}
    )
    hidden = simulated.features["b_mag"] - 0.3 * simulated.features["b_minus_r"] + 0.05 * ordered
    (leak,) = audit(simulated.features.assign(hidden=hidden), simulated.labels)
    assert (
        (leak.column, leak.kind) == ("hidden", "combined")
        and leak.gain > 0.9
        and "b_mag" in leak.partners
    )
    assert str(leak).startswith("column 'hidden' less a combination of b_mag") and str(
        leak
    ).endswith("is at fault)")


def test_surfbr_of_openngc_is_caught_and_its_13_parameters_are_not(openngc):
    catalogue, surface_brightness = openngc
    assert audit(catalogue.features, catalogue.labels) == []
    known = catalogue.labels != ""
    alone = information(
        surface_brightness[known], np.unique(catalogue.labels[known], return_inverse=True)[1]
    )
    (leak,) = audit(catalogue.features.assign(SurfBr=surface_brightness), catalogue.labels)
    assert (leak.column, leak.kind) == ("SurfBr", "combined")
    assert leak.gain > 1.3 * leaks.SMALL_GAIN and leak.information > 3.0 * alone


def test_surfbr_is_caught_among_the_raw_columns_of_the_file(mirror):
    """There the axes are no logarithms: the audit adds them."""
    from catalogs.astronomy.hubble import hubble_to_t

    names = ["MajAx", "MinAx", "B-Mag", "J-Mag", "H-Mag", "K-Mag", "Redshift", "SurfBr"]
    table = read_table(mirror / "openngc" / "NGC.csv", columns=[*names, "Hubble"])
    labels = schemes.load("hubble_5").from_t(hubble_to_t(table["Hubble"].tolist())).astype(str)
    frame = pd.DataFrame({name: np.ma.filled(table[name].astype(float), np.nan) for name in names})
    assert [leak.column for leak in audit(frame, labels)] == ["SurfBr"]
    assert audit(frame.drop(columns="SurfBr"), labels) == []


@pytest.mark.parametrize("magnitudes", [1.0, 2.0, 3.0])
def test_the_larger_a_correction_by_the_type_the_more_it_is_seen(openngc, magnitudes):
    """A corrected surface brightness in place of the honest one: a large correction must not pass
    because the column then tells much alone."""
    catalogue, _ = openngc
    known = np.isfinite(catalogue.stage)
    stage = np.where(known, catalogue.stage, 0.0)
    name = "mean_surface_brightness_b"
    corrected = catalogue.features[name] + magnitudes * (stage + 6.0) / 16.0
    found = audit(catalogue.features.assign(**{name: corrected}), catalogue.labels)
    assert [leak.column for leak in found] == [name]


def test_votes_are_the_label_together_and_a_tree_says_which(mirror):
    frame = pd.read_csv(mirror / "ceers" / "aggregated_classifications.csv")
    votes = [name for name in frame if name.endswith("_frac")]
    classes = np.array(frame["class"].tolist(), dtype=str)
    labels = np.where(np.isin(classes, ["disk", "spheroid", "peculiar"]), classes, "")
    (leak,) = audit(frame[votes], labels)
    assert leak.kind == "together" and leak.information > 0.99
    used = {leak.column, *leak.partners}
    assert used >= {"dsk_frac", "pec_frac"}  # the third follows: they add up
    assert "right for 99.9% of the objects" in str(leak) or "100.0%" in str(leak)


def test_magnitudes_of_the_sky_server_pass_and_its_redshift_and_plates_do_not(mirror):
    frame = pd.read_csv(next((mirror / "skyserver_dr14").glob("*.csv")))
    labels, bands = np.array(frame["class"].tolist(), dtype=str), list("ugriz")
    assert audit(frame[bands], labels) == []
    found = {leak.column: leak.kind for leak in audit(frame[[*bands, "redshift"]], labels)}
    assert found == {"redshift": "alone"}
    books = ["plate", "mjd", "fiberid", "run", "camcol", "field"]
    found = {leak.column: leak.kind for leak in audit(frame[bands + books], labels)}
    assert found == {"plate": "bookkeeping", "mjd": "bookkeeping"}


def test_a_tree_that_knows_no_more_than_the_commonest_class_is_no_leak():
    rng = np.random.default_rng(8)
    label = np.where(rng.random(2000) < 0.985, "star", "quasar")
    assert audit(pd.DataFrame(rng.normal(size=(2000, 3)), columns=list("abc")), label) == []


@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_honest_columns_of_easy_problems_pass(load):
    data = load(as_frame=True)
    assert audit(data.data, data.target.to_numpy().astype(str)) == []


def test_honest_columns_of_simulated_galaxies_pass(simulated):
    assert audit(simulated.features, simulated.labels) == []


def test_honest_columns_of_rc3_pass_and_its_own_stage_does_not(mirror):
    columns = [
        "BT_MAG",
        "LOG_D25",
        "LOG_R25",
        "LOG_AE",
        "BV_COLOR_TOT",
        "UB_COLOR_TOT",
        "SURF_BRTNESS_AE",
    ]
    table = read_table(mirror / "rc3" / "newrc3limited.fits", columns=[*columns, "HUBBLE_STAGE"])
    frame = pd.DataFrame({name: np.asarray(table[name], dtype=float) for name in table.colnames})
    labels = schemes.load("hubble_5").from_t(frame["HUBBLE_STAGE"]).astype(str)
    assert [leak.column for leak in audit(frame, labels)] == ["HUBBLE_STAGE"]


@pytest.mark.parametrize("seed", range(5))
def test_noise_names_and_constants_pass(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(200, 12)), columns=[f"x{i}" for i in range(12)])
    frame["name"], frame["one"] = [f"N{i}" for i in range(200)], 1.0
    assert audit(frame, rng.choice(["a", "b", "c"], 200)) == []


def test_too_few_objects_one_class_and_another_length():
    frame = pd.DataFrame({"x": np.arange(50.0)})
    assert audit(frame, np.repeat(["a", "b"], 25)) == []
    assert audit(pd.concat([frame] * 4), np.full(200, "a")) == []
    with pytest.raises(CatalogueError, match="3 labels for 50 rows; remedy: give one a row"):
        audit(frame, ["a", "b", "c"])
