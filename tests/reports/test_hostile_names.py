"""Names that are legal and mean something to each of the formats: every output is read back by its
own reader, and says the same names.
"""

import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from conftest import CLASSES, TOTALS, made_up

from reports import render
from reports.comparison import compare, from_json, to_json

NAMES = ("E&<b>|_$%{}~^\\#\"'", "]]>--><!--", "`*_x_*`| a |", "\\input{x}\\\\&", "=1+1 😀 Σ ä")


@pytest.fixture(scope="module")
def hostile():
    named = dict(zip(CLASSES, NAMES))
    rng = np.random.default_rng(1)
    wrong = np.repeat(NAMES, TOTALS)[rng.permutation(sum(TOTALS))]
    found = [
        made_up(NAMES[0], classes=NAMES, title=NAMES[1], inputs=NAMES),
        made_up(NAMES[2], "automatic", 1, classes=NAMES, posteriors=False, note=NAMES[3]),
        made_up("m", "automatic", classes=NAMES, posteriors=False, predicted=wrong),
    ]
    assert len(named) == len(NAMES)
    options = {"survey": "made_up", "split": "stratified", "ordered": True, "n_train": 100}
    made = compare(
        found, **options, noun="galaxies", title=NAMES[0], citation=NAMES[1], notes=[NAMES[2]]
    )
    return replace(made, provenance={NAMES[1]: NAMES[0]})


def test_every_format_is_tried():
    assert set(render.formats()) == {"ecsv", "html", "latex", "markdown", "text", "votable"}


def test_json(hostile):
    assert from_json(to_json(hostile)) == hostile
    assert json.loads(json.dumps(hostile.summary()))


def test_ecsv_and_votable(hostile):
    from astropy.io.votable import parse_single_table
    from astropy.table import Table

    text = render.render(hostile, "ecsv")
    table = Table.read(text, format="ascii.ecsv")
    assert _words(table) >= set(NAMES)
    text = render.render(hostile, "votable")
    ElementTree.fromstring(text)
    found = parse_single_table(io.BytesIO(text.encode()), verify="exception").to_table()
    assert _words(found) >= set(NAMES)


def _words(table) -> set[str]:
    cells = {str(cell) for name in table.colnames for cell in table[name]}
    return cells | set(table.colnames)


class Tags(HTMLParser):
    """The text of a page, and its tags, each of which must be closed in its turn."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "col", "input", "path", "line", "rect"})

    def __init__(self):
        super().__init__()
        self.open, self.text, self.seen = [], [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.VOID or tag not in self.open:
            return
        while self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if self.open[-1:] not in (["style"], ["script"]):
            self.text.append(data)


def test_html(hostile, comparison):
    page, plain = Tags(), Tags()
    page.feed(render.render(hostile, "html"))
    plain.feed(render.render(comparison, "html"))
    said = "".join(page.text)
    assert all(name in said for name in NAMES)
    assert not page.open and page.seen <= plain.seen | {"b"} and "b" not in page.seen - plain.seen


def test_markdown_rows_have_as_many_cells_as_their_heads(hostile):
    import re

    tables, rows = 0, render.render(hostile, "markdown").splitlines()
    for head, line in pairwise(rows):
        if set(line) <= set("|-: ") and "---" in line:
            tables += 1
            cells = len(re.findall(r"(?<!\\)\|", head))
            assert cells == line.count("|")
            body = rows[rows.index(line, rows.index(head)) + 1 :]
            for row in body:
                if not row.startswith("|"):
                    break
                assert len(re.findall(r"(?<!\\)\|", row)) == cells, row
    assert tables >= 3


def test_latex_has_no_command_and_no_special_of_a_name(hostile, comparison):
    import re

    text, plain = render.render(hostile, "latex"), render.render(comparison, "latex")
    commands = set(re.findall(r"\\[a-zA-Z]+", text))
    assert r"\input" not in commands
    assert commands <= set(re.findall(r"\\[a-zA-Z]+", plain)) | {
        r"\textbackslash",
        r"\textasciitilde",
        r"\textasciicircum",
        r"\textless",
        r"\textgreater",
        r"\textbar",
        r"\textquotedbl",
    }
    bare = re.sub(r"\\.", "", text)
    assert bare.count("{") == bare.count("}")


def test_text_has_the_names(hostile):
    said = render.render(hostile, "text")
    assert NAMES[4] in said
