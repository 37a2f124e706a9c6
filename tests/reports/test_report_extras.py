"""Beyond the tables: the surest mistakes, learning curves, VOTable, figures for a paper, valid HTML
and LaTeX.
"""

import io
import shutil
import subprocess
import warnings
from dataclasses import replace

import numpy as np
import pytest
from processes import HANG_S

from reports.comparison import compare, from_json, to_json
from reports.drawings import paper as paper_figures
from reports.measures import learning, mistakes
from reports.predictions import Predictions
from reports.render import render

CLASSES = ("E", "S0", "Sa+Sb")
HOSTILE = (
    "<script>alert(1)</script> & 50% $x_1^2$ # ~ {a} \\input{/etc/passwd} \\write18{id}"
    " \"quoted\" 'q'"
)


@pytest.fixture(scope="module")
def network():
    rng = np.random.default_rng(0)
    reference = rng.choice(CLASSES, 200)
    posteriors = rng.dirichlet(np.ones(3), 200)
    predicted = np.array(CLASSES)[posteriors.argmax(axis=1)]
    ids = np.array([f"G{i:03d}" for i in range(200)])
    return Predictions(
        "net", "Network 2:3", "network", ("a",), ids, reference, predicted, posteriors, CLASSES
    )


@pytest.fixture(scope="module")
def comparison(network):
    return compared(network)


def compared(network, **words):
    scheme = replace(network, name="auto", title="AUTO", kind="automatic")
    found = compare([network, scheme], survey="s", split="m", ordered=True, **words)
    measured = {"B-V": np.full(200, np.nan), "size": np.ones(200)}
    sheet = mistakes.surest(network, np.linspace(0, 359, 200), np.full(200, -41.5), measured)
    history = {"loss": [1.5, 1.0, 0.8], "validation_loss": [1.6, 1.2, 1.3], "best_epoch": [2]}
    curve = learning.curve("net", "Network 2:3", history)
    return replace(found, mistakes=(sheet,), learning=(curve,))


def test_the_surest_mistakes_come_first_and_are_mistakes(network):
    sheet = mistakes.surest(network, np.zeros(200), np.zeros(200), {}, most=5)
    wrong = network.predicted != network.reference
    assert sheet.n_wrong == wrong.sum() and len(sheet.rows) == 5
    posteriors = [row.posterior for row in sheet.rows]
    assert posteriors == sorted(posteriors, reverse=True)
    assert posteriors[0] == pytest.approx(network.posteriors.max(axis=1)[wrong].max(), abs=1e-4)
    assert all(row.reference != row.predicted for row in sheet.rows)


def test_there_is_no_sheet_without_posteriors_or_without_a_mistake(network):
    zeros = np.zeros(200)
    assert mistakes.surest(replace(network, posteriors=None), zeros, zeros, {}) is None
    assert mistakes.surest(replace(network, reference=network.predicted), zeros, zeros, {}) is None


def test_a_place_on_the_sky_is_an_address_and_none_without_a_position(comparison):
    row = comparison.mistakes[0].rows[0]
    assert (
        row.viewer.startswith("https://aladin.cds.unistra.fr/AladinLite/?target=")
        and "%20-41.50000" in row.viewer
    )
    assert replace(row, ra_deg=None).viewer == ""
    assert "%2B5.00000" in replace(row, dec_deg=5.0).viewer


def test_the_page_shows_them_with_links_and_dashes_for_what_is_not_measured(comparison):
    page = render(comparison, "html")
    row = comparison.mistakes[0].rows[0]
    assert f">{row.object_id}</a>" in page and "<td>-</td>" in page and "Learning curves" in page
    assert (
        "training loss from 1.5 to 0.8 in 3 epochs; on objects set aside from 1.6 to 1.3; epoch 2"
        " was kept" in page
    )


def test_both_survive_json(comparison):
    assert from_json(to_json(comparison)) == comparison


@pytest.mark.parametrize("history", [{}, {"loss": []}, {"loss": [1.0, float("nan")]}])
def test_no_curve_without_finite_losses(history):
    assert learning.curve("n", "N", history) is None


def test_a_curve_of_one_epoch_can_be_drawn():
    drawn = learning.plot(learning.curve("n", "N", {"loss": [1.0]}))
    assert "nan" not in drawn.training and drawn.best is None


def test_votable_validates_and_comes_back(comparison, tmp_path):
    from astropy.io.votable import parse, validate

    path = tmp_path / "report.vot"
    path.write_text(render(comparison, "votable"), encoding="utf-8")
    assert validate(path, output=io.StringIO())
    confusion, statistics = (table.to_table() for table in parse(path).iter_tables())
    assert len(confusion) == 6 and [int(confusion[f"n_{name}"][0]) for name in ("E", "S0")] == list(
        comparison.classifiers[0].table.counts[0][:2]
    )
    accuracy = [row["value"] for row in statistics if row["statistic"] == "accuracy"]
    assert accuracy[0] == pytest.approx(comparison.classifiers[0].statistics["accuracy"].value)


def test_paper_figures_are_vector_files_and_always_the_same_bytes(comparison, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        names = paper_figures.draw(comparison, tmp_path / name)
    assert names == ["confusion.pdf", "classes.pdf", "reliability.pdf", "learning.pdf"]
    for name in names:
        data = (tmp_path / "a" / name).read_bytes()
        assert data.startswith(b"%PDF") and len(data) > 5000
        assert data == (tmp_path / "b" / name).read_bytes()
    width = float(data.split(b"/MediaBox [ 0 0 ")[1].split()[0])
    assert width == pytest.approx(88 / 25.4 * 72, abs=0.5)  # points


@pytest.mark.parametrize("make", [paper_figures.classes, paper_figures.reliability])
@pytest.mark.parametrize("simulated", [True, False])
def test_the_key_of_a_figure_stands_above_it_and_says_what_is_simulated(
    comparison, make, simulated
):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    first, second = comparison.classifiers
    long = replace(
        first,
        table=replace(
            first.table, title="A network whose name is as long as names of networks may well get"
        ),
    )
    figure = make(replace(comparison, simulated=simulated), [long, second])
    FigureCanvasAgg(figure).draw()
    (key,) = figure.legends
    box = key.get_window_extent()
    assert (
        box.x0 >= 0
        and box.x1 <= figure.bbox.x1
        and all(box.y0 >= ax.get_window_extent().y1 for ax in figure.axes)
    )
    assert ("SIMULATED" in key.get_title().get_text()) == simulated


def test_names_with_dollars_are_no_formulae_in_figures(comparison, tmp_path):
    first, *others = comparison.classifiers
    named = replace(first, table=replace(first.table, title=HOSTILE + r" $\notacommand{$"))
    assert len(paper_figures.draw(replace(comparison, classifiers=(named, *others)), tmp_path)) == 4


def test_a_table_without_its_cells_has_no_figures(margins_only, tmp_path):
    assert paper_figures.draw(margins_only, tmp_path) == []


@pytest.fixture(scope="module")
def hostile(network):
    """Names that are markup, LaTeX, and shell in every place that a user can fill."""
    return compared(
        replace(network, title=HOSTILE, note=HOSTILE),
        title=HOSTILE,
        split_title=HOSTILE,
        citation=HOSTILE,
    )


def test_hostile_names_are_shown_and_not_run(hostile):
    page = render(hostile, "html")
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert page.count("<script") == 1  # the page's own, which sorts its tables


@pytest.mark.parametrize("which", ["comparison", "hostile"])
def test_html_is_valid(which, request):
    html5lib = pytest.importorskip("html5lib", reason="needs html5lib")
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(render(request.getfixturevalue(which), "html"))


@pytest.mark.slow
@pytest.mark.parametrize("which", ["comparison", "hostile"])
def test_latex_compiles(which, request, tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("needs pdflatex")
    (tmp_path / "report.tex").write_text(
        render(request.getfixturevalue(which), "latex"), encoding="utf-8"
    )
    command = [
        "pdflatex",
        "-interaction=nonstopmode",
        "-halt-on-error",
        "-no-shell-escape",
        "report.tex",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=HANG_S
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "root:" not in done.stdout and (tmp_path / "report.pdf").stat().st_size > 10_000


def test_ecsv_comes_back_whatever_the_names(hostile):
    from astropy.table import Table

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = Table.read(render(hostile, "ecsv"), format="ascii.ecsv")
    assert table.meta["title"] == HOSTILE
