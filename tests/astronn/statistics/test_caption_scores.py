"""Scores of descriptions and of maps, counted by hand and in closed form."""

import numpy as np
import pytest

from astronn import Grammar
from astronn.errors import AstronnError
from astronn.statistics import attention_scores
from astronn.statistics.caption_scores import attributes, exact_match, legal_rate, token_accuracy

TRUE = ["SB (r) a", "SA (s) b", "E3", "E0"]
SAID = ["SB (r) a", "SA (r) c", "E4", "SA (s) a"]


def test_exact_match_and_token_accuracy():
    """Right tokens 3 + 1 + 0 + 0; places 3 + 3 + 1 + 3."""
    assert exact_match(TRUE, SAID) == 0.25 and token_accuracy(TRUE, SAID) == 4 / 10


def test_texts_and_tuples_are_the_same():
    assert exact_match(TRUE, [tuple(text.split()) for text in TRUE]) == 1


def test_no_sequences_have_no_score():
    assert np.isnan(
        [exact_match([], []), token_accuracy([], []), legal_rate([], Grammar.repeated("a", 1, 1))]
    ).all()


def test_attributes_are_counted_where_they_are_true():
    found = attributes(TRUE, SAID, {"variety": ("(r)", "(s)"), "flattening": ("E0", "E3", "E4")})
    assert found["variety"] == (2, 1, 1)  # SA (s) called (r); E0 called (s)
    assert found["flattening"] == (2, 0, 0)


def test_legal_rate():
    assert legal_rate(
        ["a b", "a", "b a"], Grammar.of_sequences([("a", "b"), ("a",)])
    ) == pytest.approx(2 / 3)


def test_one_description_an_object():
    with pytest.raises(AstronnError, match=r"3 sequences are said of 4 objects"):
        exact_match(TRUE, SAID[:3])


def test_a_map_that_is_the_region_scores_1():
    region = np.zeros((8, 8), bool)
    region[2:4, 5:7] = True
    found = attention_scores.look(region / 4, region)
    assert found.hit and found.overlap == found.inside == 1 and not found.centre_hit
    assert found.even_hit == 4 / 64 and found.even_overlap == 4 / 124


def test_even_attention_scores_what_is_said_of_it():
    """Random maps: hits and overlaps of 4,000 draws agree with the expected values within 4
    standard errors.
    """
    rng, region = np.random.default_rng(0), np.zeros((10, 10), bool)
    region[:3, :5] = True
    looks = [attention_scores.look(rng.random((10, 10)), region) for _ in range(4000)]
    found = attention_scores.mean(looks)
    assert found.hit == pytest.approx(found.even_hit, abs=4 * np.sqrt(0.15 * 0.85 / 4000))
    assert found.overlap == pytest.approx(
        found.even_overlap, abs=0.006
    )  # the mean of k / (2 n - k) is not that of the mean
    assert found.inside == pytest.approx(found.even_hit, abs=0.003)


def test_the_centre_of_an_even_side_is_four_pixels():
    region = np.zeros((6, 6), bool)
    region[3, 2] = True
    assert attention_scores.look(np.full((6, 6), 1 / 36), region).centre_hit


def test_maps_that_turn_with_the_image_are_alike():
    maps = np.random.default_rng(1).random((3, 9, 9))
    assert attention_scores.turned_likeness(maps, np.rot90(maps, 1, (1, 2)), 1) == pytest.approx(1)
    assert abs(attention_scores.turned_likeness(maps, maps, 1)).max() < 0.6
    assert np.isnan(attention_scores.turned_likeness(np.ones((1, 4, 4)), np.ones((1, 4, 4)), 1)[0])


def test_a_region_without_a_pixel_is_refused():
    with pytest.raises(
        AstronnError, match=r"a map of \(2, 2\) needs a region of that shape with a pixel"
    ):
        attention_scores.look(np.ones((2, 2)) / 4, np.zeros((2, 2), bool))


def test_no_looks_have_no_mean():
    assert attention_scores.mean([]).n == 0 and np.isnan(attention_scores.mean([]).hit)
