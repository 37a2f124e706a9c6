"""The sentences: which pair leads, what a headline may not hide, who gains and who loses."""

import re
from dataclasses import replace
from itertools import product

import pytest

from reports.comparison import compare, with_seeds
from reports.confusion import ConfusionTable
from reports.measures.pairs import ClassDifference
from reports.pages import sharing, wording

OPTIONS = {"survey": "made_up", "split": "published", "ordered": True}


def table(name, right, totals=(100, 800), quoted=None, known=True):
    """A made-up published table of two classes of which the diagonal is known, or its sum alone."""
    cells = [(right[0], totals[0] - right[0]), (totals[1] - right[1], right[1])]
    counts = tuple(cells) if known else ((None, None), (None, None))
    title = f"Made-up {name}"
    return ConfusionTable(
        name,
        title,
        "published",
        ("a", "b"),
        counts,
        totals,
        sum(right),
        quoted or {},
        sample="made_up",
    )


def two(first, second):
    return compare((), published=[first, second], **OPTIONS)


def test_the_network_leads_beside_the_best_scheme_that_answers_more_than_one_class(comparison):
    left, right = wording.leading_pair(comparison)
    assert (left.name, right.name) == ("network", "nearest_mean")


def test_without_other_schemes_the_majority_class_is_the_automatic_one(comparison):
    alone = replace(
        comparison,
        classifiers=tuple(c for c in comparison.classifiers if c.name in ("network", "majority")),
    )
    assert wording.leading_pair(alone)[1].name == "majority"
    assert wording.leading_pair(replace(alone, classifiers=alone.classifiers[:1]))[1] is None


def test_the_headline_of_one_classifier_stands_alone(comparison):
    alone = replace(comparison, classifiers=comparison.classifiers[:1], pairs=())
    assert wording.headline(alone).startswith("Made-up network put ")
    assert "points" not in wording.headline(alone)


def test_simulated_data_are_called_so(simulated):
    assert wording.headline(simulated).startswith("SIMULATED data: ")
    assert "say nothing about the sky" in wording.findings(simulated)[0]


def test_gains_and_losses_are_named_by_class():
    found = two(table("new", (40, 700)), table("old", (60, 500)))
    assert "gained in b (+200) and lost in a (-20)" in " ".join(wording.findings(found))


def test_a_gain_in_every_class_is_said_so():
    found = two(table("new", (60, 700)), table("old", (50, 500)))
    text = " ".join(wording.findings(found))
    assert (
        "did at least as well in every class" in text
        and "the gain is in b (+200) and a (+10)" in text
    )
    assert "not shared" not in wording.headline(found)


def test_a_gain_with_equal_balanced_accuracy_is_in_the_headline():
    found = two(table("new", (45, 700)), table("old", (70, 500)))
    assert wording.headline(found).endswith("but the gain is not shared by all classes.")


@pytest.mark.parametrize(
    ("old_balanced", "loses"),
    [
        ("0.612", True),  # d / (K m) = 175 / (2 * 800) = .1094: an excess of .050 proves a loss
        ("0.554", True),  # and so does one of .108, the digits off by .001 at the most
        ("0.553", False),  # one of .109 may be .110
    ],
)
def test_balanced_accuracies_prove_a_loss_only_below_the_bound(old_balanced, loses):
    new = table("new", (45, 700), quoted={"balanced_accuracy": "0.662"}, known=False)
    old = table("old", (70, 500), quoted={"balanced_accuracy": old_balanced}, known=False)
    found = two(new, old).classifiers
    assert sharing.some_class_loses(*found) is loses


def test_the_bound_on_losses_holds_for_every_small_table():
    """Enumerated: whenever the balanced accuracies claim a loss, some class does lose; and no loss
    is never claimed.
    """
    totals = (2, 3)
    rights = list(product(range(3), range(4)))
    for new, old in product(rights, rights):
        if sum(new) > sum(old):
            pair = two(table("new", new, totals), table("old", old, totals)).classifiers
            assert not sharing.some_class_loses(*pair) or new[0] < old[0] or new[1] < old[1]


def test_undecidable_bounds_are_called_so():
    found = two(table("new", (50, 420), known=False), table("old", (45, 400), known=False))
    assert "significance is undecidable from the published margins" in wording.headline(found)
    assert "is undecidable" in " ".join(wording.findings(found))


def test_a_difference_that_is_not_shown_is_not_sold(comparison, predictions):
    made = compare([predictions("network"), predictions("scheme", "automatic", seed=2)], **OPTIONS)
    gains = {key: replace(gain, p_holm=0.4) for key, gain in made.pairs[0].gains.items()}
    test = replace(made.pairs[0], gains=gains)
    assert "cannot tell from none" in wording.headline(replace(made, pairs=(test,)))
    assert "no difference that this test set can show" in wording.paired_sentence(made, test)


def test_schemes_below_the_no_information_rate_are_named(predictions):
    wrong = predictions("network").reference[::-1]
    made = compare(
        [predictions("network"), predictions("scheme", "automatic", predicted=wrong)], **OPTIONS
    )
    assert "would be right for 45.7%; Made-up scheme did worse than that." in " ".join(
        wording.findings(made)
    )


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.5, "p = 0.500"), (0.0123, "p = 0.012"), (3.2e-6, "p = 3e-06"), (0.0, "p < 1e-16")],
)
def test_p_values_are_printed_with_the_digits_they_bear(p, text):
    assert wording.p_value(p) == text


def test_points_are_never_minus_zero():
    assert [wording.points(x) for x in (0.0234, -0.0001, -0.05)] == ["+2.3", "+0.0", "-5.0"]


SINGULAR = re.compile(
    r"Made-up (networks|schemes)( \(.*?\))? (is|was|has|does|puts|gains|loses|gets|answers)\b"
)
RIGHT = [
    ((80, 780), (70, 500)),
    ((45, 700), (70, 500)),
    ((45, 700), (45, 400)),
    ((70, 500), (70, 500)),
    ((9, 30), (70, 500)),
]


def agreeing(one, several):
    """The sentences of a comparison of methods of a plural name are those of a singular name, but
    for the name.
    """
    one, several = (
        " ".join([wording.headline(made), *wording.findings(made)]) for made in (one, several)
    )
    assert not SINGULAR.search(several), SINGULAR.search(several)[0]
    assert several.replace("networks", "network").replace("schemes", "scheme") == one


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(("new", "old"), RIGHT)
def test_verbs_agree_with_a_published_method_of_a_plural_name(new, old, known):
    made = (("network", "scheme"), ("networks", "schemes"))
    agreeing(*(two(table(a, new, known=known), table(b, old, known=known)) for a, b in made))


def test_verbs_agree_with_a_tested_method_of_a_plural_name(predictions):
    def made(network, scheme):
        def one(seed):
            left = predictions("network", seed=seed, title=f"Made-up {network}")
            right = predictions(
                "scheme", "automatic", seed=seed + 2, noise=1.5, title=f"Made-up {scheme}"
            )
            return compare([left, right], **OPTIONS, seed=seed)

        return with_seeds([one(1), one(2)])

    agreeing(made("network", "scheme"), made("networks", "schemes"))
    text = " ".join(wording.findings(made("networks", "schemes")))
    assert "Made-up networks had a mean accuracy" in text and "Made-up networks did better" in text


def test_classes_in_which_the_difference_is_beyond_noise_are_named(comparison):
    left, right = wording.leading_pair(comparison)
    test = next(t for t in comparison.pairs if {t.a, t.b} == {left.name, right.name})
    gain, loss, none = (ClassDifference(50, 9, 4, d, d - 0.05, d + 0.05) for d in (0.1, -0.2, 0.04))

    def words(a, b, *classes):
        pair = replace(test, a=a, b=b, classes=(*classes, None))
        return " ".join(wording.findings(replace(comparison, pairs=(pair,))))

    said = words(left.name, right.name, none, gain, none, loss)
    assert (
        f"completeness for {left.title}, the classes" in said
        and "are S0 (+10.0), Sc+Sd (-20.0); no other is." in said
    )
    assert "are Sc+Sd (+20.0), S0 (-10.0)" in words(right.name, left.name, none, gain, none, loss)
    assert "In no class is the difference in completeness beyond" in words(
        left.name, right.name, none, none, none, none
    )


def test_the_headline_has_its_intervals(predictions):
    made = compare([predictions("network"), predictions("scheme", "automatic", seed=2)], **OPTIONS)
    found = [c.statistics["accuracy"] for c in made.classifiers]
    network, scheme = (
        f"{100 * f.value:.1f}%{{}}{100 * f.low:.1f} to {100 * f.high:.1f}" for f in found
    )
    headline = wording.headline(made)
    assert (
        f"network put {network.format(' (')}) of " in headline
        and f"scheme ({scheme.format(', ')})" in headline
    )
