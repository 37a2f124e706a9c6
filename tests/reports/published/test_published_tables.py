"""Published tables: the 1992 golden values, and transcriptions that disagree."""

import math
from fractions import Fraction
from pathlib import Path

import pytest

from astronn.statistics import metrics, significance
from reports import published
from reports.comparison import compare_published
from reports.errors import ReportError
from reports.pages import grids, wording
from reports.render import render

NAME = "storrie_lombardi_1992_table2"
GOLDEN = Path(__file__).parent / "golden" / f"{NAME}.txt"
MADE_UP = """\
# %ECSV 1.0
# ---
# datatype:
# - {name: reference, datatype: string}
# - {name: total, datatype: int64}
# - {name: 'new:a', datatype: int64}
# - {name: 'new:b', datatype: int64}
# - {name: 'old:a', datatype: int64}
# - {name: 'old:b', datatype: int64}
# delimiter: ','
# meta:
#   title: A made-up table
#   citation: nobody
#   doi: none
#   noun: objects
#   ordered: false
#   split_title: made-up objects
#   classifiers:
#     new: {title: New, sample: made_up, n_right: 85,
#           quoted: {balanced_accuracy: '0.854', kappa: '0.694'}}
#     old: {title: Old, sample: made_up, n_right: 70, quoted: {balanced_accuracy: '0.75'}}
#   quoted_bounds: [{pair: [new, old], chi2: ['5.0', '9.0']}]
# schema: astropy-2.0
reference,total,new:a,new:b,old:a,old:b
a,60,50,10,30,30
b,40,5,35,0,40
"""


def read(tmp_path, text):
    file = tmp_path / "made_up.ecsv"
    file.write_text(text)
    return published.read(file)


@pytest.mark.parametrize("name", published.names())
def test_every_published_table_loads_with_its_citation(name):
    found = published.load(name)
    assert found.citation and found.doi and found.tables
    assert published.path(name).name == found.file


def test_there_is_a_published_table():
    assert NAME in published.names()


ANN = [
    [203, 77, 25, 1, 5],
    [109, 229, 240, 7, 2],
    [12, 85, 1281, 218, 15],
    [1, 4, 304, 415, 36],
    [0, 0, 53, 69, 126],
]
AUTO = [
    [197, 87, 17, 5, 5],
    [184, 218, 155, 28, 2],
    [106, 12, 791, 664, 38],
    [22, 11, 24, 631, 72],
    [22, 9, 31, 42, 144],
]


def exact(C):
    """Every statistic of a table of whole numbers by its definition, as a fraction; Matthews's is
    squared."""
    K = range(len(C))
    n = sum(map(sum, C))
    rows, columns = [sum(row) for row in C], [sum(row[j] for row in C) for j in K]
    right = sum(C[i][i] for i in K)

    def kappa(cost):
        seen = sum(cost(i, j) * C[i][j] for i in K for j in K)
        return 1 - Fraction(seen * n, sum(cost(i, j) * rows[i] * columns[j] for i in K for j in K))

    covariance = right * n - sum(r * c for r, c in zip(rows, columns))
    spread = (n**2 - sum(r * r for r in rows)) * (n**2 - sum(c * c for c in columns))
    return {
        "accuracy": Fraction(right, n),
        "balanced_accuracy": sum(Fraction(C[i][i], rows[i]) for i in K) / len(C),
        "macro_f1": sum(Fraction(2 * C[i][i], rows[i] + columns[i]) for i in K) / len(C),
        "kappa": kappa(lambda i, j: i != j),
        "quadratic_kappa": kappa(lambda i, j: (i - j) ** 2),
        "matthews": Fraction(covariance**2, spread),
        "within_one": Fraction(sum(C[i][j] for i in K for j in K if abs(i - j) < 2), n),
        "no_information_rate": Fraction(max(rows), n),
        "completeness": [Fraction(C[i][i], rows[i]) for i in K],
        "purity": [Fraction(C[i][i], columns[i]) for i in K],
    }


def test_the_1992_table_as_printed():
    ann, auto = published.load(NAME).tables
    assert (ann.matrix().tolist(), auto.matrix().tolist()) == (ANN, AUTO)
    assert ann.totals == auto.totals == (311, 587, 1611, 760, 248)
    assert (ann.n, ann.n_right, auto.n_right) == (3517, 2254, 1981)
    assert [a - b for a, b in zip(ann.diagonal, auto.diagonal)] == [6, 11, 490, -216, -18]


@pytest.mark.parametrize(("name", "cells"), [("ann", ANN), ("eso_auto", AUTO)])
def test_every_number_of_the_1992_table_is_that_of_its_cells(name, cells):
    """To the last digit: fractions of whole numbers beside what the page holds (rounding of a few
    sums, 4e-16)."""
    result, right = compare_published(NAME).classifier(name), exact(cells)
    for key in ("completeness", "purity"):
        found = [f.value for f in getattr(result, key)]
        assert found == pytest.approx([float(f) for f in right.pop(key)], rel=0, abs=4e-16)
    right["matthews"] = math.sqrt(right["matthews"])
    for key, value in right.items():
        assert result.statistics[key].value == pytest.approx(float(value), rel=0, abs=4e-16), key
        assert result.statistics[key].origin == "derived"


def test_what_was_quoted_of_1992_follows_from_the_cells():
    found = compare_published(NAME)
    ann, auto = (found.classifier(name).statistics for name in ("ann", "eso_auto"))
    assert [f"{100 * s['accuracy'].value:.1f}" for s in (ann, auto)] == ["64.1", "56.3"]
    assert ann["accuracy"].low == metrics.wilson_interval(2254, 3517)[0]
    digits = {"balanced_accuracy": ["0.5784", "0.5813"], "kappa": ["0.4703", "0.4166"]}
    for key, stated in digits.items():
        assert [f"{s[key].value:.4f}" for s in (ann, auto)] == stated
    assert (ann["top_2"].value, ann["top_2"].origin, auto["top_2"].known) == (0.90, "quoted", False)


def test_the_1992_bounds():
    """Of 2254 and 1981 right both were right for between 1426 and 1730 galaxies, class by class."""
    (bound,) = compare_published(NAME).bounds
    assert (bound.chi2_low, bound.chi2_high) == (273**2 / 2519, 273**2 / 741)
    assert (f"{bound.chi2_low:.3f}", f"{bound.chi2_high:.3f}") == ("29.587", "100.579")
    assert (bound.margins, bound.verdict) == ("numbers right per class", "significant")
    low, high = significance.mcnemar_bounds(2254, 1981, 3517)
    assert low < bound.chi2_low < bound.chi2_high < high  # the sums alone allow more


def test_the_1992_report_says_in_which_classes_the_gain_is():
    found = compare_published(NAME)
    text = " ".join(wording.findings(found))
    assert (
        "gained in Sa+Sb (+490), S0 (+11) and E (+6) and lost in Sc+Sd (-216) and Irr (-18)" in text
    )
    assert "(balanced accuracy 0.578 against 0.581)" in text
    assert "the gain is not shared by all classes" in wording.headline(found)


def test_the_1992_report_says_what_each_scheme_confuses_and_both_ways():
    found = compare_published(NAME)
    said = next(s for s in wording.findings(found) if s.startswith("Most often confused"))
    assert "Sc+Sd as Sa+Sb (304 of 760; the reverse 218 of 1,611)" in said
    assert "by ESO AUTO Sa+Sb as Sc+Sd (664 of 1,611; the reverse 24 of 760)" in said
    (grid,) = [grid for grid in grids.grids(found) if grid.key == "confusions"]
    rows = {row[0]: row[1:] for row in grid.rows[1:]}
    assert len(rows) == 10
    assert rows["Sa+Sb, Sc+Sd"] == ("218 of 1611", "304 of 760", "664 of 1611", "24 of 760")
    assert rows["E, S0"] == ("77 of 311", "109 of 587", "87 of 311", "184 of 587")


def test_without_its_cells_the_table_yields_what_the_margins_allow_and_quotes_the_rest(
    margins_only,
):
    ann, auto = (margins_only.classifier(name).statistics for name in ("ann", "eso_auto"))
    assert ann["accuracy"].low == metrics.wilson_interval(2254, 3517)[0]
    assert [s["balanced_accuracy"].value for s in (ann, auto)] == [0.5784, 0.5813]
    assert {s[key].origin for s in (ann, auto) for key in ("balanced_accuracy", "kappa")} == {
        "quoted"
    }
    (bound,) = margins_only.bounds
    assert (bound.chi2_low, bound.chi2_high) == significance.mcnemar_bounds(2254, 1981, 3517)
    assert (bound.quoted_low, bound.quoted_high) == ("29.587", "100.579")
    assert (bound.margins, bound.verdict) == ("numbers right", "significant")


def test_without_its_cells_the_table_shows_that_some_class_must_lose(margins_only):
    text = " ".join(wording.findings(margins_only))
    assert "at least one class must lose" in text
    assert (
        "0.5784 for Network (ANN 1992) against 0.5813 for ESO AUTO (quoted; if anything ESO AUTO"
        " did better)" in text
    )
    assert not any(grid.key == "confusions" for grid in grids.grids(margins_only))


def test_the_1992_report_as_text_is_the_golden_one():
    assert render(compare_published(NAME), "text") == GOLDEN.read_text(encoding="utf-8")


def test_a_full_transcription_is_computed_throughout(tmp_path):
    found = read(tmp_path, MADE_UP)
    new, old = found.tables
    assert new.matrix().tolist() == [[50, 10], [5, 35]] and old.diagonal == (30, 40)


def test_the_bounds_of_a_full_transcription_come_from_its_diagonals(tmp_path, monkeypatch):
    (tmp_path / "made_up.ecsv").write_text(MADE_UP)
    monkeypatch.setattr(published.reader, "FOLDER", tmp_path)
    found = compare_published("made_up")
    (bound,) = found.bounds
    # class a: both in [20, 30] of 60; class b: both = 35 of 40; b + c = 155 - 2 both in [25, 45],
    # (b - c)^2 = 225
    assert (bound.chi2_low, bound.chi2_high) == (225 / 45, 225 / 25)
    assert (bound.margins, bound.quoted_low) == ("numbers right per class", "")
    assert found.classifier("new").statistics["kappa"].origin == "derived"


@pytest.mark.parametrize(
    ("slip", "fault"),
    [
        (("a,60,50,10", "a,60,51,9"), "diagonal adds up to 86, the number right is 85 of 100"),
        (("a,60,50,10", "a,60,50,11"), "row a adds up to 61, its class total is 60"),
        (
            ("a,60,50,10,30,30\nb,40,5,35", "a,60,46,14,30,30\nb,40,1,39"),
            "new balanced_accuracy of the cells is 0.870833, quoted is 0.854",
        ),
        (
            ("0.694", "0.695"),
            "new kappa of the cells is 0.693878, quoted is 0.695; check the transcription",
        ),
        (("'5.0'", "'5.1'"), "McNemar bound of new and old of the cells is 5, quoted is 5.1"),
    ],
)
def test_a_slip_in_transcription_is_refused(tmp_path, slip, fault):
    with pytest.raises(ReportError, match=fault):
        read(tmp_path, MADE_UP.replace(*slip))


def test_a_missing_column_is_named(tmp_path):
    text = MADE_UP.replace("'old:b'", "'old:c'").replace("old:a,old:b", "old:a,old:c")
    with pytest.raises(ReportError, match="table 'old': column 'old:b' is missing"):
        read(tmp_path, text)


def test_an_unknown_table_is_refused_with_the_known_ones():
    with pytest.raises(
        ReportError, match=f"unknown published table 'naim_1995'; choose one of: .*{NAME}"
    ):
        published.load("naim_1995")
