"""Published tables: the 1992 golden values, and transcriptions that disagree."""

from pathlib import Path

import pytest

from astronn.statistics import metrics, significance
from reports import published
from reports.comparison import compare_published
from reports.errors import ReportError
from reports.pages import wording
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


def test_the_1992_margins():
    ann, auto = published.load(NAME).tables
    assert ann.totals == auto.totals == (311, 587, 1611, 760, 248)
    assert (ann.n, ann.n_right, auto.n_right) == (3517, 2254, 1981)
    assert not ann.complete and ann.diagonal is None


def test_the_1992_golden_values():
    """Accuracy and its interval are derived; what needs the cells is quoted to the digits given,
    and marked.
    """
    found = compare_published(NAME)
    ann, auto = (found.classifier(name).statistics for name in ("ann", "eso_auto"))
    assert [f"{100 * s['accuracy'].value:.1f}" for s in (ann, auto)] == ["64.1", "56.3"]
    assert ann["accuracy"].low == metrics.wilson_interval(2254, 3517)[0]
    assert [s["balanced_accuracy"].value for s in (ann, auto)] == [0.578, 0.581]
    assert [s["kappa"].value for s in (ann, auto)] == [0.470, 0.417]
    assert (ann["top_2"].value, auto["top_2"].known) == (0.90, False)
    assert {s[key].origin for s in (ann, auto) for key in ("balanced_accuracy", "kappa")} == {
        "quoted"
    }
    assert ann["no_information_rate"].value == 1611 / 3517


def test_the_1992_bounds():
    (bound,) = compare_published(NAME).bounds
    assert (bound.chi2_low, bound.chi2_high) == significance.mcnemar_bounds(2254, 1981, 3517)
    assert (bound.quoted_low, bound.quoted_high) == ("29.6", "100.6")
    assert (
        bound.chi2_low < 29.6 < 100.6 < bound.chi2_high
    )  # what the cells allow lies within what the margins allow
    assert (bound.margins, bound.verdict) == ("numbers right", "significant")


def test_the_1992_report_does_not_hide_that_the_gain_is_not_shared():
    found = compare_published(NAME)
    text = " ".join(wording.findings(found))
    assert "the gain is not shared by all classes" in wording.headline(found)
    assert "at least one class must lose" in text
    assert (
        "0.578 for Network (ANN 1992) against 0.581 for ESO AUTO (quoted; if anything ESO AUTO did"
        " better)" in text
    )
    assert "Quoted, not derived here: The accuracy gain of the network is all in Sa+Sb" in text


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
