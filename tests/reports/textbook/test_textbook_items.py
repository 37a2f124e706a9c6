"""Items of the textbook from made-up results: the words follow the numbers, and every figure can be
drawn in both looks.
"""

import numpy as np
import pytest

from astronn.textbook import activations, backpropagation, convolution, fits, memory, spirals
from reports.comparison import compare_published
from reports.drawings import theme
from reports.textbook import page
from reports.textbook.item import Drawing, Item, Table, picture
from reports.textbook.items import activations as activations_item
from reports.textbook.items import attention, bishop, table2
from reports.textbook.items import backpropagation as backpropagation_item
from reports.textbook.items import convolution as convolution_item
from reports.textbook.items import memory as memory_item
from reports.textbook.items import spirals as spirals_item

RNG = np.random.default_rng(0)


def remembering(elman=0.2, lstm=1.0):
    sizes = memory.Sizes(seeds=2, longest=4, lags=(1, 4))
    recall = {
        "elman": np.full((2, 2), elman),
        "gru": np.ones((2, 2)),
        "lstm": np.full((2, 2), lstm),
    }
    errors = {kind: np.full((2, 12), 0.25) for kind in memory.KINDS}
    reach = {kind: np.full((2, 6), 0.1) for kind in memory.KINDS}
    return memory.Result(errors, recall, reach, reach, sizes)


def racing(relu=3, tanh=5):
    took = {"logistic": None, "tanh": tanh, "relu": relu, "gelu": 4}
    curves = {
        (name, depth): activations.Curve(np.linspace(2, 0.05, 8), 0.1, n, np.array([0.1, 0.2]))
        for name, n in took.items()
        for depth in (2, 10)
    }
    grid = np.linspace(-4, 4, 9)
    values = dict.fromkeys(activations.SHOWN, grid)
    races = {
        (name, width, "standardised", 2): activations.Race(np.array(epochs), np.array([0.01, 0.02]))
        for width in (48, 256)
        for name, epochs in {
            "relu": [relu, relu] if width == 48 else [4, 4],
            "tanh": [tanh, tanh] if width == 48 else [4, 9],
        }.items()
    }
    return activations.Result(grid, values, values, curves, (2, 10), 1, 8, races)


def convolved(dense=0.97):
    accuracy = np.array([[0.96, 0.9, 0.6, 0.3, 0.2]])
    ours, other = (
        convolution.Trained(9194, accuracy),
        convolution.Trained(90000, accuracy + dense - 0.96),
    )
    stages = [("inputs", RNG.random((1, 8, 8)))]
    stages += [
        (f"layer {k}: {what}", RNG.random((4, 8, 8)))
        for k in (1, 2)
        for what in ("convolution, ReLU", "pooling")
    ]
    names = ("inputs", "layer 1: pooling", "layer 2: pooling")
    return convolution.Result(
        digit="3",
        stages=stages,
        posterior=np.full(10, 0.1),
        classes=list("0123456789"),
        pooled={"max": RNG.random((4, 4))},
        unpooled=RNG.random((8, 8)),
        by_pooling={name: ours for name in convolution.POOLINGS},
        dense={128: other},
        convolutional={(8, 16): ours},
        change={name: np.linspace(0, 1, 5) for name in names},
        n_train=9,
        n_test=5,
        sizes=convolution.Sizes(),
    )


def fitted():
    x = np.linspace(-1, 1, 50)
    return {
        name: fits.Fit(x, f(x), x, f(x) + 1e-3, np.zeros((3, 50)), np.zeros(3), 1e-3, (1e-3, 0.1))
        for name, f in fits.FUNCTIONS.items()
    }


def untangled():
    plane, lines = RNG.uniform(-1, 1, (20, 2)), RNG.uniform(-1, 1, (4, 9, 2))
    counts = {1: (0, 8), 3: (5, 8)}
    classes, boundary, field = np.repeat([0, 1], 10), np.array([1.0, 1.0, 0.0]), RNG.random((9, 9))
    return spirals.Result(
        classes, [plane] * 4, [lines] * 4, boundary, field, 2.0, 3, 1.0, 0.01, counts
    )


def described(title="Digit strings", said="1 2 3"):
    maps, outlines = RNG.random((3, 3, 16, 16)), np.zeros((3, 3, 16, 16), bool)
    outlines[:, :, 4:8, 4:8] = True
    images = RNG.integers(0, 255, (3, 1, 16, 16)).astype(np.uint8)
    return attention.Described(
        title,
        "strings",
        images,
        maps,
        outlines,
        [said] * 3,
        ["1 2 3"] * 3,
        9,
        3,
        0.5,
        0.75,
        {"bar": (9, 0.5, 0.1)},
    )


@pytest.fixture(scope="module")
def made(request):
    return {
        "spirals": spirals_item.item(untangled()),
        "activations": activations_item.item(racing(), 0.1),
        "bishop": bishop.item(fitted()),
        "backpropagation": backpropagation_item.item(backpropagation.compute()),
        "convolution": convolution_item.item(convolved(), convolution.SHIFTS),
        "memory": memory_item.item(remembering(), 0.125),
        "attention": attention.item(described(), described("Galaxies", "1 2")),
        "table2": table2.item(
            compare_published("storrie_lombardi_1992_table2"), request.getfixturevalue("simulated")
        ),
    }


ITEMS = (
    "spirals",
    "activations",
    "bishop",
    "backpropagation",
    "convolution",
    "memory",
    "attention",
    "table2",
)


@pytest.mark.parametrize("name", ITEMS)
def test_every_item_says_what_to_look_at_and_where_it_is_from(made, name):
    item = made[name]
    assert item.question.endswith("?") and len(item.source) > 30 and item.findings and item.numbers
    assert all(
        len(d.caption) > 60 and len(d.alt) > 40 and d.alt != d.caption for d in item.drawings
    )
    assert all(len(row) == len(table.header) for table in item.tables for row in table.rows)
    assert "nan" not in " ".join(item.findings)


@pytest.mark.parametrize("name", ITEMS)
def test_every_figure_can_be_drawn_and_is_as_wide_as_it_says(made, name):
    for drawing in made[name].drawings:
        png = picture(drawing, theme.DARK, "png", dpi=50)
        width = int.from_bytes(png[16:20])
        assert png.startswith(b"\x89PNG") and 250 < width <= 50 * theme.WIDTH


def test_the_words_on_memory_follow_the_numbers():
    holds = memory_item.item(remembering(), 0.125).findings[1]
    assert (
        holds
        == "At a lag of 4 GRU and LSTM recalled a share of 1.00 at least; Elman (0.20) did not"
        " (guessing gives 0.125)."
    )
    other = memory_item.item(remembering(elman=0.95, lstm=0.5), 0.125).findings[1]
    assert "Elman and GRU recalled a share of 0.95 at least; LSTM (0.50) did not" in other


def test_the_words_on_activations_say_where_each_is_faster():
    def said(**took):
        return activations_item.item(racing(**took), 0.1).findings[-1]

    first, last = "(width 48, inputs standardised, 2 layers)", "(width 256, inputs standardised, 2"
    assert f"with ReLU in 1 {first}, with neither in 1 {last}" in said(relu=3, tanh=5)
    assert f"with tanh in 1 {first}" in said(relu=5, tanh=4)
    assert (
        "ReLU is a factor of 1.7 in epochs" in said(relu=3, tanh=5) and "not reproduced" in said()
    )
    table = activations_item.item(racing(relu=3, tanh=9), 0.1).tables[-1]
    assert table.rows[0] == ("48", "standardised", "2", ">8", "3", "0.015", "0.015")
    assert table.rows[1][3] == "4 to >8"
    assert "logistic not within 8" in activations_item.item(racing(), 0.1).findings[1]


def test_the_words_on_parameters_follow_the_numbers():
    better = convolution_item.item(convolved(dense=0.97), convolution.SHIFTS).findings[0]
    worse = convolution_item.item(convolved(dense=0.95), convolution.SHIFTS).findings[0]
    assert (
        "has 90,000, 9.8 times as many" in better
        and "no fully connected network up to 90,000" in worse
    )


def test_simulated_galaxies_are_called_so_loudly(made, comparison):
    item = made["table2"]
    assert item.simulated and item.findings[0].startswith("SIMULATED") and item.numbers["simulated"]
    assert "SIMULATED" in item.drawings[0].caption and any(
        row[1] == "SIMULATED" for row in item.tables[0].rows
    )
    real = table2.item(compare_published("storrie_lombardi_1992_table2"), comparison)
    assert not real.simulated and "SIMULATED" not in " ".join(
        [*real.findings, *(d.caption for d in real.drawings)]
    )


def test_the_published_numbers_are_those_of_the_paper(made):
    """Table 2 of reports/published: 2254 and 1981 of 3517 right; balanced accuracy .5784 and
    .5813."""
    found = made["table2"].numbers["published"]
    assert [found[name]["right"] for name in ("ann", "eso_auto")] == [2254, 1981]
    balanced = [found[name]["balanced_accuracy"] for name in ("ann", "eso_auto")]
    assert [f"{value:.4f}" for value in balanced] == ["0.5784", "0.5813"]
    text = " ".join(made["table2"].findings)
    assert "Sc+Sd (-216)" in text and "Sa+Sb as Sc+Sd (664 of 1,611; the reverse 24 of 760)" in text
    assert "Above the tables of 1992" in made["table2"].drawings[0].caption


def test_pictures_side_by_side_keep_their_pixels():
    tiles = RNG.random((3, 4, 4))
    row = convolution_item.mosaic(tiles)
    assert (
        row.shape == (4, 14) and np.array_equal(row[:, 5:9], tiles[1]) and np.isnan(row[:, 4]).all()
    )


def test_the_page_escapes_and_holds_every_figure_in_both_looks(made):
    drawing = Drawing("one", "caption <b>", "alternative & text", made["spirals"].drawings[1].draw)
    item = Item(
        "A <title>",
        "Why?",
        ("one finding",),
        "a source",
        (drawing,),
        (Table("t", ("a", "b"), (("x", "1 < 2"),)),),
        {},
    )
    pictures = {
        name.removeprefix("figures/"): content
        for name, content in item.files()
        if name.endswith(".png")
    }
    html = page.render(
        [{**item.record(), "number": 1, "name": "x", "pictures": pictures}],
        quick=False,
        seed=0,
        provenance={"key": "k"},
    )
    assert (
        "A &lt;title&gt;" in html
        and "1 &lt; 2" in html
        and "alternative &amp; text" in html
        and "<b>" not in html
    )
    assert html.count("data:image/png;base64,") == 2 * len(item.drawings)
