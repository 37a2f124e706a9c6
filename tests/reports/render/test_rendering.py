"""Every format, over all that are found: the numbers are in it, SIMULATED is on every table, and
readers can read it.
"""

import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from reports.comparison import compare_published, with_seeds
from reports.drawings import palette
from reports.errors import ReportError
from reports.pages import layout, wording
from reports.render import formats, latex, render, render_index, suffix
from reports.render.html import flatten

FORMATS = formats()
WORDY = [name for name in FORMATS if name != "ecsv"]
AWKWARD = r"50% of A&B_C #1 <i> {x} ~ ^ $ \ | * `y` [z] λ"


def plain(text):
    """The text without markup, wrapping and the characters that escape."""
    text = re.sub(r"<(style|svg)\b.*?</\1>|<[^>]+>", " ", text, flags=re.S)
    return re.sub(
        r"\s+",
        " ",
        text.replace("\\", "").replace("{[}", "[").replace("{]}", "]").replace("&#39;", "'"),
    )


@pytest.fixture(scope="module")
def published():
    return compare_published("storrie_lombardi_1992_table2")


def test_the_formats_that_the_project_promises_are_found():
    assert {"text", "markdown", "latex", "ecsv", "html"} <= set(FORMATS)
    assert len({suffix(name) for name in FORMATS}) == len(FORMATS)


def test_an_unknown_format_is_refused_with_the_known_ones(comparison):
    with pytest.raises(ReportError, match="unknown format 'pdf'; choose one of: ecsv, html"):
        render(comparison, "pdf")


@pytest.mark.parametrize("format", FORMATS)
def test_every_count_and_the_headline_are_in_every_format(comparison, format):
    text = plain(render(comparison, format))
    assert wording.headline(comparison)[:40] in text
    counts = comparison.classifier("network").table.matrix()
    assert all(re.search(rf"\b{count}\b", text) for count in counts.ravel())


@pytest.mark.parametrize("format", WORDY)
def test_tables_say_what_rows_and_columns_are(comparison, format):
    assert "Rows: reference class. Columns: prediction." in plain(render(comparison, format))


@pytest.mark.parametrize("format", FORMATS)
def test_simulated_is_said_and_only_where_it_is(simulated, comparison, format):
    assert render(simulated, format).count("SIMULATED") >= 2
    assert "SIMULATED" not in render(comparison, format)


def test_simulated_is_on_every_table_of_the_text(simulated):
    blocks = render(simulated, "text").split("\n\n")
    tables = [
        i
        for i, block in enumerate(blocks)
        if re.search(r"^-{20,}$", block, re.M) and "saw" not in block
    ]
    assert tables and all(blocks[i].startswith("SIMULATED") for i in tables)


@pytest.mark.parametrize("format", FORMATS)
def test_published_cells_stay_unknown_and_quoted_numbers_are_marked(margins_only, format):
    text = plain(render(margins_only, format))
    assert "quoted" in text and "29.587" in text
    if format not in ("ecsv", "votable"):
        assert (
            "0.5784 (quoted)" in text
            and "not derivable" in text
            and "at least one class must lose" in text
        )


@pytest.mark.parametrize("format", FORMATS)
def test_undecidable_is_the_word(published, format):
    (bound,) = published.bounds
    unclear = replace(published, bounds=(replace(bound, chi2_low=2.0),))
    assert "undecidable" in render(unclear, format)
    assert "undecidable" not in render(published, format)


@pytest.mark.parametrize("format", FORMATS)
def test_several_seeds_and_awkward_names_can_be_written(compared, format):
    found = with_seeds([compared(seed) for seed in range(2)])
    awkward = replace(found, title=AWKWARD, notes=(AWKWARD,), provenance={"key": [AWKWARD]})
    assert render(awkward, format)


def test_text_fits_100_columns(comparison, simulated, published, margins_only, compared):
    seeds = with_seeds([compared(seed) for seed in range(2)])
    for found in (comparison, simulated, published, margins_only, seeds):
        assert max(map(len, render(found, "text").splitlines())) <= 100


def test_text_puts_the_network_left_and_the_scheme_right(comparison):
    lines = render(comparison, "text").splitlines()
    left, right = (
        layout.table_title(comparison.classifier(name)) for name in ("network", "nearest_mean")
    )
    row = next(line for line in lines if line.startswith(left))
    assert row.index(right) > 40
    first = lines[lines.index(row) + 2].split()
    counts = [str(n) for n in comparison.classifier("network").table.counts[0]]
    assert first[:6] == ["E", *counts]


def test_tables_of_many_classes_stand_one_under_the_other(predictions, comparison):
    from reports.comparison import compare

    classes = tuple(f"class {i}" for i in range(10))
    made = [
        predictions(n, k, classes=classes, totals=(9,) * 10)
        for n, k in (("a", "network"), ("b", "automatic"))
    ]
    text = render(compare(made, survey="x", split="y", ordered=False), "text")
    assert max(map(len, text.splitlines())) <= 100
    assert "Made-up b: " in text and "classes not ordered" in text


def test_markdown_tables_have_as_many_cells_in_every_row(comparison):
    for block in render(comparison, "markdown").split("\n\n"):
        if block.startswith("|"):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_ecsv_is_read_back_with_its_header(comparison, margins_only):
    from astropy.table import Table

    table = Table.read(render(comparison, "ecsv"), format="ascii.ecsv")
    own = table[table["classifier"] == "network"]
    counts = np.column_stack([own[f"n_{label}"] for label in comparison.classes])
    assert counts.tolist() == comparison.classifier("network").table.matrix().tolist()
    assert own["completeness"].tolist() == [
        c.value for c in comparison.classifier("network").completeness
    ]
    assert (
        table.meta["survey"] == "made_up" and table.meta["provenance"]["versions"]["numpy"] == "2"
    )
    kappa = table.meta["classifiers"]["network"]["statistics: value, low, high, origin"]["kappa"]
    assert kappa[0] == comparison.classifier("network").statistics["kappa"].value
    assert Table.read(render(margins_only, "ecsv"), format="ascii.ecsv")["n_E"].mask.all()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(compared, published, margins_only, tmp_path):
    seeds = with_seeds([compared(seed, simulated=True) for seed in range(2)])
    for name, found in {
        "seeds": replace(seeds, title=AWKWARD, notes=(AWKWARD,)),
        "published": published,
        "margins_only": margins_only,
    }.items():
        (tmp_path / f"{name}.tex").write_text(render(found, "latex"), encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, errors="replace"
        )
        assert done.returncode == 0, done.stdout[-2000:]
        assert not re.findall(
            r"Overfull \\hbox \((\d{2,})", done.stdout
        )  # nothing sticks out by 10 pt


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_long_titles_do_not_stick_out_of_the_page(comparison, tmp_path):
    title = "3 recurrent networks (conv_gru, folded light curves)"
    long = [replace(c, table=replace(c.table, title=title)) for c in comparison.classifiers]
    text = render(replace(comparison, classifiers=tuple(long), pairs=comparison.pairs * 9), "latex")
    (tmp_path / "long.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "long.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0 and not re.findall(r"Overfull \\hbox \((\d{2,})", done.stdout)
    assert "Float too large" not in done.stdout


def test_every_latex_table_has_a_caption_and_a_label_of_its_own(comparison):
    text = latex.tables(comparison)
    labels = re.findall(r"\\caption\{.*\}\\label\{(tab:[a-zA-Z0-9-]+)\}", text)
    assert len(labels) == len(set(labels)) == text.count(r"\begin{table}") > 0


@pytest.mark.parametrize(
    "name",
    ["a short name", "a name of a method that is as long as names of differences of two methods"],
)
def test_latex_tables_of_many_columns_are_parts_that_fit_on_a_line(name):
    rows = [
        ["method", *(f"statistic number {i}" for i in range(9))],
        [name, *["0.805 (0.002)"] * 9],
    ]
    parts = latex._in_parts(["First.", "Continued."], rows)
    heads = [part.split(r"\hline")[1].strip().removesuffix(r" \\").split(" & ") for part in parts]
    assert [column for head in heads for column in head[1:]] == rows[0][1:] and all(
        head[0] == "method" for head in heads
    )
    first = min(len(name), latex.BROKEN)
    assert all(first + sum(len(column) + 2 for column in head[1:]) <= latex.LINE for head in heads)
    assert [part.count("Continued.") for part in parts] == [0, *[1] * (len(parts) - 1)]
    assert all((f"p{{{latex.NAMES}}}" in part) == (len(name) > latex.BROKEN) for part in parts)


def test_latex_tables_can_be_taken_out_alone(comparison):
    text = latex.tables(comparison)
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") >= 4
    assert "documentclass" not in text


class Page(HTMLParser):
    """Collects what a page must not have, or must have in order."""

    VOID = ("meta", "br", "link", "img", "hr", "input")
    ALONE = ("line", "rect", "circle")

    def __init__(self, text):
        super().__init__()
        self.ids, self.open, self.links, self.tags, self.images = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[name] for name in ("href", "src") if name in found]
        self.images += [found] if found.get("role") == "img" else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.remove(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module", params=["comparison", "margins_only", "1992"])
def page(request, published):
    found = published if request.param == "1992" else request.getfixturevalue(request.param)
    return render(found, "html")


def test_the_page_is_whole_and_self_contained(page):
    found = Page(page)
    assert not found.open and len(set(found.ids)) == len(found.ids)
    assert set(found.links) <= {
        "manifest.json",
        "report.tex",
        "report.ecsv",
        "report.vot",
        "report.md",
        "report.txt",
    }
    assert not {"link", "img", "iframe"} & set(found.tags)
    assert found.tags.count("script") == 1 and "<script>" in page  # its own, of no address
    assert not re.search(r"https?://|@import|url\((?!#)", page)


def test_every_drawing_has_words(page):
    found = Page(page)
    assert found.images and found.tags.count("h1") == 1
    for image in found.images:
        named = image.get("aria-labelledby", "").split()
        assert image.get("aria-label") or (named and set(named) <= set(found.ids))


def test_the_page_has_a_heat_map_beside_the_other_and_the_counts_again_as_tables(comparison):
    text = render(comparison, "html")
    assert text.count("<title id=") >= 2 and text.index("map-0-1") < text.index("map-0-2")
    right = comparison.classifier("network").table
    assert f"Right by reference class: E {right.counts[0][0]} of {right.totals[0]}" in text
    assert "The same counts as plain tables" in text


def test_the_page_escapes_what_it_is_given(comparison):
    bad = "<script>alert(1)</script>"
    text = render(replace(comparison, title=bad, notes=(bad,), provenance={bad: bad}), "html")
    assert text.count("<script") == 1 and bad not in text and "&lt;script&gt;" in text


def test_the_page_adapts_to_dark_narrow_and_paper(page):
    assert (
        "prefers-color-scheme: dark" in page
        and "@media print" in page
        and "max-width: 640px" in page
    )
    assert 'name="viewport"' in page


@pytest.mark.parametrize("dark", [False, True])
def test_the_ramp_is_one_hue_in_steps_of_lightness_that_text_can_stand_on(dark):
    ramp = palette.ramp(dark)
    assert len(ramp) == palette.STEPS == 11
    assert all(palette.contrast(fill, ink) >= 4.5 for fill, ink in ramp)  # WCAG 2.2, AA
    light = [palette.contrast(fill, "#000000") for fill, _ in ramp]
    assert light == sorted(light, reverse=not dark)


def test_contrast_is_that_of_the_standard():
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(
        4.48, abs=0.005
    )  # the best-known near miss
    assert (
        palette.oklch_hex(1.0, 0.0, 0.0) == "#ffffff"
        and palette.oklch_hex(0.0, 0.0, 0.0) == "#000000"
    )
    assert (palette.level(0), palette.level(0.449), palette.level(1)) == (0, 4, 10)


def test_the_index_lists_headlines_with_links(comparison, simulated):
    text = render_index([("a/report.html", comparison), ("b/report.html", simulated)])
    assert Page(text).links == 2 * [
        "a/report.html",
        "b/report.html",
    ]  # the table, then the headlines
    assert wording.headline(comparison) in text and text.count('class="badge"') == 1
    assert "Nothing to list yet" in render_index([])
    alone = render_index([], pages=[("textbook.html", "Nets & all")])
    assert (
        Page(alone).links == ["textbook.html"]
        and "Nets &amp; all" in alone
        and "Nothing to list yet" not in alone
    )


def test_nested_provenance_is_flattened_in_order():
    assert flatten({"b": {"y": [1, 2], "x": None}, "a": 1}) == [
        ("a", "1"),
        ("b / x", "None"),
        ("b / y", "1, 2"),
    ]
