"""What posteriors are worth: numbers by hand, and the tables in which every rendering shows
them.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from astronn.statistics import metrics
from reports.comparison import from_json, to_json, with_seeds
from reports.errors import ReportError
from reports.measures import posteriors
from reports.pages import grids, wording
from reports.render import formats, render


def test_sets_are_measured_on_the_tested_objects(trust, predictions):
    made = trust(predictions("network"))
    adaptive, by_class = posteriors.report_on(made).sets
    top = metrics.top_k_accuracy(made.reference, made.posteriors, made.classes, k=2)
    assert (adaptive.kind, adaptive.coverage, adaptive.mean_size, adaptive.empty) == (
        "adaptive",
        top,
        2.0,
        0.0,
    )
    assert by_class.mean_size == 3.0 and by_class.coverage > adaptive.coverage
    assert adaptive.by_size[2] == top and adaptive.by_size[3] is None


def test_a_temperature_above_1_makes_posteriors_humbler(calibrated):
    found = calibrated.classifier("network")
    before, after = (
        sum(row.n * row.confidence for row in bins)
        for bins in (found.reliability, found.posteriors.calibrated)
    )
    assert after < before
    assert found.statistics["log_loss_calibrated"].value != found.statistics["log_loss"].value
    other = calibrated.classifier("rival").statistics["log_loss_calibrated"]
    assert not other.known and other.why == "not calibrated"


def test_stage_errors_of_posteriors_and_of_bare_classes(predictions):
    made = replace(
        predictions("network"), stage=np.full(352, 3.0), class_stage=(-5.0, -2.0, 3.0, 6.0, 10.0)
    )
    mean = np.asarray(made.posteriors, float) @ np.array(made.class_stage)
    assert posteriors.stage_error(made) == pytest.approx(math.sqrt(np.mean((mean - 3.0) ** 2)))
    bare = replace(made, posteriors=None, predicted=np.full(352, "S0"))
    assert posteriors.stage_error(bare) == 5.0
    assert math.isnan(posteriors.stage_error(replace(made, class_stage=()))) and math.isnan(
        posteriors.stage_error(replace(made, stage=np.full(352, np.nan)))
    )


def test_objects_in_parts_by_disagreement():
    found = posteriors.agreement(
        np.array([0.3, 0.1, 0.2, 0.4]), np.array([False, True, True, False]), parts=2
    )
    assert [(p.low, p.high, p.n, p.fraction_right) for p in found] == [
        (0.1, 0.2, 2, 1.0),
        (0.3, 0.4, 2, 0.0),
    ]


def test_another_class_mix_is_found_and_worth_something(trust, predictions):
    """Posteriors that are right for equal shares, and a test part of which nine tenths are of the
    first class.
    """
    rng = np.random.default_rng(0)
    codes = rng.choice(2, 4000, p=[0.9, 0.1])
    x = rng.normal(np.where(codes == 0, -0.7, 0.7), 1.0)
    P = 1 / (
        1 + np.exp(np.stack([1.4 * x, -1.4 * x], axis=1))
    )  # p(k|x) of these normal distributions, equal priors
    made = predictions("n", classes=("a", "b"), totals=(2000, 2000), posteriors=False)
    names = np.array(["a", "b"])
    made = replace(
        made,
        reference=names[codes],
        predicted=names[P.argmax(1)],
        posteriors=P,
        class_n_train=(50, 50),
    )
    mix = posteriors.report_on(made).mix
    assert mix.found[0] == pytest.approx(0.9, abs=0.03) and mix.training == (0.5, 0.5)
    assert mix.log_loss_shifted < mix.log_loss and mix.accuracy_shifted > mix.accuracy
    assert posteriors.report_on(replace(made, class_n_train=(0, 50))).mix is None


def test_the_summary_has_one_row_a_method_and_holm_against_the_network(comparison):
    grid = grids.summary(comparison)
    head, *rows = grid.rows
    assert head == (
        "method",
        "inputs",
        "N",
        "accuracy",
        "balanced",
        "macro-F1",
        "kappa",
        "top-2",
        "ECE",
        "p (Holm)",
    )
    assert [row[0] for row in rows] == [r.title for r in comparison.classifiers]
    tests = [t.p_holm for t in comparison.pairs if t.a == "network"]
    assert list(grids.against(comparison, "network").values()) == tests
    assert rows[0][-1] == "-" and "Holm over all 6 pairs" in grid.caption


def test_the_spread_over_seeds_stands_apart_from_the_sampling_error(compared):
    made = with_seeds([compared(0), compared(1)])
    head, first, *_ = grids.summary(made).rows
    over = made.seeds.statistics["network"]["accuracy"]
    assert first[head.index("sd over seeds")] == f"{over.sd:.3f}"
    assert first[head.index("accuracy")].startswith(f"{over.mean:.3f} ± ")
    assert "no sampling error" in grids.summary(made).caption


def test_the_leading_pair_is_set_apart_class_by_class(comparison):
    grid = grids.by_class(comparison)
    _, *rows = grid.rows
    a, b = wording.leading_pair(comparison)
    assert (
        grid.caption.startswith(f"A: {a.title}. B: {b.title}. On the test galaxies")
        and "Tango 1998" in grid.caption
    )
    assert [(row[0], int(row[1])) for row in rows] == list(zip(comparison.classes, a.table.totals))
    steps = [int(row[4]) - int(row[5]) for row in rows]
    assert steps == [i - j for i, j in zip(a.table.diagonal, b.table.diagonal)]
    points = [float(row[6].split()[0]) for row in rows]
    assert points == pytest.approx(
        [100 * step / n for step, n in zip(steps, a.table.totals)], abs=0.051
    )


@pytest.mark.parametrize("format", formats())
def test_every_rendering_has_every_table(calibrated, format):
    text = render(calibrated, format)
    if format == "ecsv":
        assert all(
            word in text
            for word in ("temperature: 2.0", "mean_size", "summary:", "agreement", "training:")
        )
    elif format == "votable":  # confusion tables and statistics, as its module says
        assert all(f'name="{name}"' in text for name in ("confusion", "statistics"))
    else:
        titles = (
            "All methods",
            "Completeness class by class",
            "Calibration",
            "Prediction sets",
            "Do the outputs behave",
        )
        titles += ("Where the networks of the ensemble", "Class mix")
        for title in titles:
            assert title in text
    assert render(from_json(to_json(calibrated)), format) == text


def test_the_header_of_ecsv_is_yaml_for_every_reader(calibrated):
    text = render(calibrated, "ecsv")
    header = "\n".join(
        line[2:] for line in text.splitlines() if line.startswith("# ") and "%ECSV" not in line
    )
    yaml = pytest.importorskip("yaml", reason="needs PyYAML, which astropy brings")
    pairs = dict(yaml.safe_load(header)["meta"])["pairs"]  # refuses Python's own tags
    assert (
        len(pairs) == len(calibrated.pairs)
        and pairs[0]["classes"][0]["n"] == calibrated.pairs[0].classes[0].n
    )


def test_text_with_every_table_fits_100_columns(calibrated):
    assert max(map(len, render(calibrated, "text").splitlines())) <= 100


def test_the_page_draws_reliability_before_and_after(calibrated):
    page = render(calibrated, "html")
    assert "Made-up network, as given" in page and "Made-up network, calibrated" in page


def test_nothing_is_shown_of_what_is_not_there(comparison):
    assert [grid.key for grid in grids.grids(comparison)] == ["measures", "by_class", "confusions"]
    untested = replace(comparison, pairs=())
    assert [grid.key for grid in grids.grids(untested)] == ["confusions"]


def test_arrays_that_do_not_fit_are_refused(predictions):
    with pytest.raises(
        ReportError,
        match=r"adaptive must have the shape \(352, 5\), got \(3, 5\); stage must have the shape",
    ):
        replace(predictions("network"), sets={"adaptive": np.ones((3, 5), bool)}, stage=np.zeros(3))
    with pytest.raises(ReportError, match="calibrated must be 0 or more and add up to 1"):
        replace(predictions("network"), calibrated=np.ones((352, 5)))
