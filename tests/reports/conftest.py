"""Made-up classifiers for the tests of reports: labels drawn around the true class, named as made
up.
"""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from reports import published
from reports.comparison import Predictions, compare, compare_published

CLASSES = ("E", "S0", "Sa+Sb", "Sc+Sd", "Irr")
TOTALS = (31, 59, 161, 76, 25)
FEATURES = ("colour [mag]", "concentration_index", "axial ratio b/a")


def made_up(
    name,
    kind="network",
    seed=0,
    noise=0.8,
    posteriors=True,
    classes=CLASSES,
    totals=TOTALS,
    **fields,
):
    """Predictions of a made-up classifier: posteriors fall off with class distance, plus noise."""
    codes = np.repeat(np.arange(len(classes)), totals)
    rng = np.random.default_rng(seed)
    logits = -np.abs(np.arange(len(classes)) - codes[:, None]) + noise * rng.normal(
        size=(len(codes), len(classes))
    )
    P = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    names = np.array(classes)
    options = {
        "title": f"Made-up {name}",
        "inputs": FEATURES,
        "object_id": np.array([f"M{i:04d}" for i in range(len(codes))]),
        "reference": names[codes],
        "predicted": names[P.argmax(1)],
        "posteriors": P.astype(np.float32) if posteriors else None,
        "classes": classes,
    }
    return Predictions(name=name, kind=kind, **{**options, **fields})


def trusted(found, temperature=2.0):
    """The predictions with all that a classifier may add: calibration, sets, raw outputs,
    mutual_information, stages.
    """
    rng = np.random.default_rng(5)
    P = np.asarray(found.posteriors, float)
    calibrated = P ** (1 / temperature) / (P ** (1 / temperature)).sum(1, keepdims=True)
    best = np.argsort(np.argsort(-P, axis=1), axis=1)
    stages = np.array([-5.0, -2.0, 3.0, 6.0, 10.0])
    return replace(
        found,
        calibrated=calibrated,
        sets={"adaptive": best < 2, "by_class": best < 3},
        outputs=P * rng.normal(1.0, 0.05, (len(P), 1)),
        mutual_information=1 - P.max(1),
        stage=stages[[CLASSES.index(name) for name in found.reference]]
        + rng.normal(0, 0.5, len(P)),
        calibration={
            "temperature": temperature,
            "n": 99,
            "how": "objects in a made-up way",
            "level": 0.9,
        },
        class_stage=tuple(stages),
        class_n_train=(20, 20, 20, 20, 20),
    )


def made_up_set(seed=0):
    """A network, two automatic schemes, one of them the majority class, and a learned baseline."""
    constant = np.full(sum(TOTALS), "Sa+Sb")
    return [
        made_up("network", seed=4 * seed),
        made_up("nearest_mean", "automatic", seed=4 * seed + 1, noise=1.2, posteriors=False),
        made_up("majority", "automatic", posteriors=False, predicted=constant, inputs=()),
        made_up("rival", "learned", seed=4 * seed + 2),
    ]


@cache
def made_up_comparison(seed=0, **fields):
    options = {
        "survey": "made_up",
        "split": "stratified",
        "ordered": True,
        "seed": seed,
        "n_train": 100,
        "noun": "galaxies",
    }
    return compare(made_up_set(seed), **{**options, **fields})


@pytest.fixture(scope="session")
def comparison():
    made = made_up_comparison(title="Made-up survey")
    return replace(made, provenance={"key": "ab12", "versions": {"numpy": "2", "scipy": "1"}})


@pytest.fixture(scope="session")
def calibrated():
    """A comparison in which the network has all that a classifier may add."""
    network, *others = made_up_set()
    options = {
        "survey": "made_up",
        "split": "stratified",
        "ordered": True,
        "n_train": 100,
        "noun": "galaxies",
    }
    return compare([trusted(network), *others], **options, title="Made-up survey")


@pytest.fixture
def trust():
    """The maker of predictions with all that a classifier may add."""
    return trusted


@pytest.fixture(scope="session")
def simulated():
    return made_up_comparison(title="Made-up survey", simulated=True)


@pytest.fixture
def predictions():
    """The maker of made-up predictions."""
    return made_up


@pytest.fixture
def compared():
    """The maker of made-up comparisons."""
    return made_up_comparison


@pytest.fixture(scope="session")
def margins_only(tmp_path_factory):
    """What a source would say of the 1992 table that prints its totals and statistics and no
    cells."""
    text = published.path("storrie_lombardi_1992_table2").read_text()
    blank = re.sub(r"^([A-Z][\w+]*,\d+),.*$", rf"\1{',' * 10}", text, flags=re.M)
    folder = tmp_path_factory.mktemp("published")
    (folder / "margins_only.ecsv").write_text(blank)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(published.reader, "FOLDER", folder)
        return compare_published("margins_only")


@pytest.fixture(scope="session")
def made_up_predictions():
    """The function that makes up a classifier."""
    return made_up
