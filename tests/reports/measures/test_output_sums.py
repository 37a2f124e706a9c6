"""Sums of outputs and reliability class by class, against numbers worked out by hand."""

import math

import numpy as np
import pytest

from reports.errors import ReportError
from reports.measures.output_sums import check_outputs, output_sums, side_by_side
from reports.measures.reliability import (
    calibration_error,
    classwise_calibration_error,
    classwise_reliability,
)

CLASSES = ["E", "S"]


def test_sums_of_known_outputs():
    found = output_sums([[0.5, 0.4], [0.6, 0.5], [0.7, 0.3]])
    assert (found.n, found.mean) == (3, pytest.approx(1.0))
    assert found.deviation == pytest.approx(math.sqrt(0.02 / 3))
    assert found.quantiles[3] == pytest.approx(1.0) and found.quantiles[0] == pytest.approx(0.902)


def test_no_outputs_have_no_sum():
    assert math.isnan(output_sums(np.zeros((0, 3))).mean)


def test_outputs_that_are_not_numbers():
    with pytest.raises(
        ReportError,
        match=r"outputs must be finite numbers \(objects, classes\), got the shape \(1, 2\)",
    ):
        output_sums([[0.5, np.nan]])


def test_a_classwise_table_judges_every_posterior():
    reference = ["E", "E", "E", "S"]
    early, late = classwise_reliability(reference, [[0.75, 0.25]] * 4, CLASSES)
    assert [(row.n, row.confidence, row.fraction_right) for row in early] == [(4, 0.75, 0.75)]
    assert [(row.n, row.confidence, row.fraction_right) for row in late] == [(4, 0.25, 0.25)]
    assert classwise_calibration_error((early, late)) == 0


def test_the_classwise_error_is_the_mean_over_classes():
    tables = classwise_reliability(["E", "S"], [[0.9, 0.3], [0.9, 0.3]], CLASSES)
    assert [calibration_error(table) for table in tables] == pytest.approx([0.4, 0.2])
    assert classwise_calibration_error(tables) == pytest.approx(0.3)


def test_posteriors_drawn_from_themselves_are_reliable():
    rng = np.random.default_rng(0)
    P = rng.dirichlet([1, 1, 1], 20_000)
    drawn = (rng.random((20_000, 1)) > P.cumsum(1)).sum(1)
    tables = classwise_reliability(drawn, P, [0, 1, 2])
    assert (
        classwise_calibration_error(tables) < 0.01
    )  # about 10 bins of 2,000: sqrt(p q / 2000) is .01 at most
    assert classwise_calibration_error(classwise_reliability(drawn, P**2, [0, 1, 2])) > 0.1


def test_networks_side_by_side():
    text = side_by_side(
        [
            check_outputs(name, ["E", "S"], [[0.9, 0.2], [0.2, 0.9]], CLASSES)
            for name in ("logistic", "other")
        ]
    )
    head, _, first, second = text.splitlines()
    assert head.startswith("| outputs | N | mean sum | sd ") and "error S" in head
    assert first.startswith("| logistic | 2 | 1.100 | 0.000 ") and second.startswith("| other ")


def test_networks_of_other_classes_have_no_common_table():
    checks = [
        check_outputs("a", ["E"], [[0.5, 0.5]], classes) for classes in (["E", "S"], ["E", "Irr"])
    ]
    with pytest.raises(ReportError, match="the networks must share their classes"):
        side_by_side(checks)
