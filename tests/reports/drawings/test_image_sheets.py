"""Sheets of pictures: who is on them, in which order, in which colours; and the same bytes
twice.
"""

import numpy as np
import pytest
from PIL import Image

from astronn.statistics.metrics import wilson_interval
from reports.comparison import from_json, to_json
from reports.drawings import image_sheets as sheets
from reports.drawings.picture import Picture
from reports.predictions import Predictions

CLASSES = ("E", "Sp")


def said(reference, predicted, sure):
    right = np.array(
        [[s if name == p else 1 - s for name in CLASSES] for p, s in zip(predicted, sure)]
    )
    ids = np.array([f"g{number}" for number in range(len(sure))])
    return Predictions(
        "net",
        "Network",
        "network",
        (),
        ids,
        np.array(reference),
        np.array(predicted),
        right,
        CLASSES,
        "",
    )


@pytest.fixture
def six():
    return said(
        ["E", "E", "E", "Sp", "Sp", "Sp"],
        ["E", "Sp", "Sp", "Sp", "E", "Sp"],
        [0.9, 0.6, 0.8, 0.7, 0.95, 0.99],
    )


def test_the_most_confident_mistakes_come_first(six):
    assert sheets.worst_mistakes(six).tolist() == [4, 2, 1]
    assert sheets.worst_mistakes(six, 2).tolist() == [4, 2]


def test_the_surest_of_each_class_are_right(six):
    assert {name: rows.tolist() for name, rows in sheets.surest(six).items()} == {
        "E": [0],
        "Sp": [5, 3],
    }


def test_three_bands_are_red_green_and_blue_and_one_is_grey():
    pixels = np.zeros((1, 3, 2, 2), np.uint8)
    pixels[0, 0] = 255
    assert (sheets.as_colour(pixels)[0, 0, 0] == [1, 0, 0]).all()
    grey = np.array([[[[0, 8], [16, 4]]]], np.uint8)  # digits of scikit-learn: 16 is ink
    assert sheets.as_colour(grey)[0, :, :, 1].tolist() == [[0, 0.5], [1, 0.25]]
    assert (sheets.as_colour(np.full((1, 1, 2, 2), np.nan, np.float16)) == 0).all()


def test_accuracy_in_bins_of_equally_many_objects():
    values, right = np.arange(80.0), np.arange(80) >= 40
    found = sheets.accuracy_by(right, values, 4)
    assert found[:, 0].tolist() == [9.5, 29.5, 49.5, 69.5] and found[:, 1].tolist() == [0, 0, 1, 1]
    assert found[0, 2:].tolist() == list(wilson_interval(0, 20))
    assert len(sheets.accuracy_by(right[:3], values[:3], 8)) == 3  # no empty bin


def test_sheets_are_pictures_and_the_same_twice(six, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (6, 3, 9, 9), dtype=np.uint8)
    maps = {"class map": np.random.default_rng(1).random((6, 9, 9))}
    for name in "ab":
        sheets.draw_mistakes(tmp_path / f"{name}1.png", pixels[:3], six, sheets.worst_mistakes(six))
        sheets.draw_maps(tmp_path / f"{name}2.png", pixels[:5], list(six.reference[:5]), maps)
        sheets.draw_accuracy(
            tmp_path / f"{name}3.png",
            six.predicted == six.reference,
            {"S/N": np.arange(1.0, 7)},
            "simulated",
        )
    for number in "123":
        first, second = ((tmp_path / f"{name}{number}.png").read_bytes() for name in "ab")
        assert first == second
        assert (
            np.asarray(Image.open(tmp_path / f"a{number}.png").convert("L")).std() > 5
        )  # something is drawn


def test_pictures_go_to_json_and_back_and_stand_on_the_page(comparison):
    from dataclasses import replace

    from reports import render

    shown = replace(comparison, figures=(Picture("figures/a.png", "Mistakes", "How to read it."),))
    assert from_json(to_json(shown)) == shown
    assert '<img src="figures/a.png" alt="Mistakes. How to read it."' in render.render(
        shown, "html"
    )
    assert "<img" not in render.render(comparison, "html")
