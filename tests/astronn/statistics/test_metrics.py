"""Confusion tables and their statistics: closed forms, the literature, and scikit-learn on random
tables.
"""

import math

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from astronn.errors import AstronnError
from astronn.statistics import counting, metrics

CLASSES = ("E", "S0", "Sa+Sb", "Sc+Sd", "Irr")
MADE_UP = np.array([[50, 10, 0], [5, 20, 5], [0, 3, 7]])  # 100 objects, 77 right


def labels_of(C, classes=CLASSES):
    """The reference and predicted labels that a table counts."""
    i, j = np.indices(C.shape).reshape(2, -1)
    names = np.array(classes[: len(C)])
    return np.repeat(names[i], C.ravel()), np.repeat(names[j], C.ravel())


def random_table(seed, size=5):
    return np.random.default_rng(seed).integers(0, 60, (size, size)) + np.eye(size, dtype=int)


def test_rows_are_the_reference_and_columns_the_prediction():
    C = metrics.confusion_matrix(["E", "E", "S0"], ["E", "S0", "S0"], ("E", "S0"))
    assert C.tolist() == [[1, 1], [0, 1]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int64, bool])
def test_codes_and_labels_give_one_table(dtype):
    a, b = np.random.default_rng(0).integers(0, 2, (2, 200_000))  # more than one chunk of 65,536
    found = metrics.confusion_matrix_from_codes(a.astype(dtype), b.astype(dtype), 2)
    names = np.array(["S0", "E"])
    assert found.tolist() == metrics.confusion_matrix(names[a], names[b], names).tolist()
    assert found.sum() == 200_000


def test_codes_of_many_classes_do_not_overflow_a_byte():
    a = np.arange(200, dtype=np.uint8)
    assert np.array_equal(metrics.confusion_matrix_from_codes(a, a, 200), np.eye(200))
    assert np.array_equal(metrics.confusion_matrix_from_codes(a[:17], a[:17], 17), np.eye(17))


@pytest.mark.parametrize("seed", range(5))
def test_random_tables_agree_with_scikit_learn(seed):
    C = random_table(seed)
    truth, given = labels_of(C)
    order = list(CLASSES)
    assert np.array_equal(metrics.confusion_matrix(truth, given, CLASSES), C)
    ours = [
        metrics.accuracy(C),
        metrics.balanced_accuracy(C),
        metrics.macro_f1(C),
        metrics.cohen_kappa(C),
        metrics.cohen_kappa(C, weights="quadratic"),
        metrics.matthews(C),
        *metrics.completeness(C),
        *metrics.purity(C),
    ]
    theirs = [
        sklearn_metrics.accuracy_score(truth, given),
        sklearn_metrics.balanced_accuracy_score(truth, given),
        sklearn_metrics.f1_score(truth, given, average="macro"),
        sklearn_metrics.cohen_kappa_score(truth, given),
        sklearn_metrics.cohen_kappa_score(truth, given, labels=order, weights="quadratic"),
        sklearn_metrics.matthews_corrcoef(truth, given),
        *sklearn_metrics.recall_score(truth, given, labels=order, average=None),
        *sklearn_metrics.precision_score(truth, given, labels=order, average=None),
    ]
    assert ours == pytest.approx(theirs, abs=1e-12)  # the same sums in another order


def test_a_made_up_table_in_closed_form():
    assert metrics.accuracy(MADE_UP) == 0.77
    assert metrics.balanced_accuracy(MADE_UP) == pytest.approx((50 / 60 + 20 / 30 + 7 / 10) / 3)
    assert metrics.macro_f1(MADE_UP) == pytest.approx((100 / 115 + 40 / 63 + 14 / 22) / 3)
    assert metrics.within_one(MADE_UP) == 1.0
    assert metrics.no_information_rate(MADE_UP) == 0.6
    expected = (60 * 55 + 30 * 33 + 10 * 12) / 100**2
    assert metrics.cohen_kappa(MADE_UP) == pytest.approx((0.77 - expected) / (1 - expected))


def test_within_one_leaves_out_what_is_two_classes_off():
    assert metrics.within_one([[1, 2, 3], [0, 0, 0], [4, 0, 0]]) == pytest.approx(3 / 10)


def test_a_perfect_table_scores_one_and_a_constant_answer_nothing():
    perfect, constant = np.diag([5, 3, 2]), np.array([[5, 0, 0], [3, 0, 0], [2, 0, 0]])
    scores = (
        metrics.accuracy,
        metrics.balanced_accuracy,
        metrics.macro_f1,
        metrics.cohen_kappa,
        metrics.matthews,
    )
    assert [score(perfect) for score in scores] == [1.0] * 5
    assert (metrics.cohen_kappa(constant), metrics.matthews(constant)) == (0.0, 0.0)
    assert metrics.balanced_accuracy(constant) == pytest.approx(1 / 3)


def test_a_class_without_objects_is_left_out_of_balanced_accuracy():
    C = [[3, 1, 0], [0, 0, 0], [0, 1, 1]]
    assert metrics.balanced_accuracy(C) == pytest.approx((0.75 + 0.5) / 2)
    assert np.isnan(metrics.completeness(C)[1])
    assert metrics.purity(C)[1] == 0.0


def test_an_empty_table_is_nan_throughout():
    empty = np.zeros((3, 3))
    scalars = (
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "cohen_kappa",
        "matthews",
        "within_one",
        "no_information_rate",
    )
    assert all(math.isnan(getattr(metrics, name)(empty)) for name in scalars)
    assert np.isnan(metrics.completeness(empty)).all() and np.isnan(metrics.purity(empty)).all()
    assert metrics.confusion_matrix([], [], CLASSES).sum() == 0


def test_one_class_alone_has_no_kappa_to_speak_of():
    assert math.isnan(metrics.cohen_kappa([[7]]))
    assert metrics.accuracy([[7]]) == 1.0


@pytest.mark.parametrize(
    "name", ["accuracy", "balanced_accuracy", "macro_f1", "cohen_kappa", "matthews", "within_one"]
)
def test_a_stack_of_tables_is_the_tables_one_by_one(name):
    stack = np.stack([random_table(seed) for seed in range(4)])
    function = getattr(metrics, name)
    assert function(stack).tolist() == pytest.approx([function(C) for C in stack], abs=1e-14)
    assert metrics.completeness(stack).shape == (4, 5)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_of_newcombe(k, n, low, high):
    """Newcombe 1998, Stat. Med. 17, 857, Table I, method 3, to the four digits printed."""
    assert [round(end, 4) for end in metrics.wilson_interval(k, n)] == [low, high]


def test_wilson_of_everything_and_of_nothing():
    low, high = metrics.wilson_interval([0, 5, 5, 0], [5, 5, 10, 0])
    assert (low[0], high[1]) == (0.0, 1.0)
    assert low[2] == pytest.approx(1 - high[2])
    assert np.isnan([low[3], high[3]]).all()


def test_wilson_covers_at_its_level():
    """The mean coverage over proportions is close to nominal (Agresti & Coull 1998, Am. Stat. 52,
    119).
    """
    rng = np.random.default_rng(1)
    p = rng.uniform(0.05, 0.95, 20_000)
    low, high = metrics.wilson_interval(rng.binomial(50, p), 50)
    assert 0.945 < ((low <= p) & (p <= high)).mean() < 0.96


def test_top_k_by_hand_with_ties_in_class_order():
    P = np.array([[0.5, 0.3, 0.2], [0.4, 0.4, 0.2], [0.4, 0.4, 0.2], [1 / 3, 1 / 3, 1 / 3]])
    truth = ["b", "a", "b", "c"]
    assert metrics.top_k_right(truth, P, "abc", k=1).tolist() == [False, True, False, False]
    assert metrics.top_k_right(truth, P, "abc", k=2).tolist() == [True, True, True, False]
    assert metrics.top_k_accuracy(truth, P, "abc", k=3) == 1.0
    assert math.isnan(metrics.top_k_accuracy([], np.empty((0, 3)), "abc"))


def test_top_k_and_losses_agree_with_scikit_learn():
    P = np.random.default_rng(3).dirichlet(np.ones(5), 500)
    truth = np.array(CLASSES)[np.random.default_rng(4).integers(0, 5, 500)]
    codes, labels = metrics.encode(truth, CLASSES), range(5)
    assert metrics.top_k_accuracy(truth, P, CLASSES) == sklearn_metrics.top_k_accuracy_score(
        codes, P, k=2, labels=labels
    )
    assert metrics.log_loss(truth, P, CLASSES) == pytest.approx(
        sklearn_metrics.log_loss(codes, P, labels=labels)
    )
    assert metrics.brier_score(truth, P, CLASSES) == pytest.approx(
        ((P - np.eye(5)[codes]) ** 2).sum(1).mean()
    )


def test_log_loss_of_an_impossible_object_is_finite():
    P = np.array([[1.0, 0.0]], np.float32)
    assert metrics.log_loss(["b"], P, "ab") == pytest.approx(-math.log(np.finfo(np.float32).eps))
    assert metrics.brier_score(["b"], P, "ab") == 2.0


@pytest.mark.parametrize("labels", [["E", "dE"], np.array(["E", None], object), ["E", ""]])
def test_a_label_outside_the_classes_is_named(labels):
    with pytest.raises(
        AstronnError,
        match=r"label '(dE|None|)' \(object 1, 1 in all .*is not one of: E, S0, Sa\+Sb",
    ):
        metrics.confusion_matrix(labels, ["E", "E"], CLASSES)


def test_inputs_that_cannot_be_meant_are_refused():
    with pytest.raises(AstronnError, match="one length, got"):
        metrics.confusion_matrix(["E"], ["E", "E"], CLASSES)
    with pytest.raises(AstronnError, match="predicted code 5 is outside 0 to 4"):
        metrics.confusion_matrix_from_codes([0], [5], 5)
    with pytest.raises(AstronnError, match="reference code -1 is outside 0 to 4"):
        metrics.confusion_matrix_from_codes([-1], [0], 5)
    with pytest.raises(AstronnError, match="codes must be integers, got float64"):
        metrics.confusion_matrix_from_codes([0.0], [1.0], 5)
    with pytest.raises(AstronnError, match="give both as text or both as numbers"):
        metrics.encode([1, 2], CLASSES)
    with pytest.raises(AstronnError, match="must be square"):
        metrics.accuracy([[1, 2]])
    with pytest.raises(AstronnError, match="negative or missing cell"):
        metrics.accuracy([[1, np.nan], [0, 1]])
    with pytest.raises(AstronnError, match="0 <= k <= n"):
        metrics.wilson_interval(3, 2)
    with pytest.raises(AstronnError, match="level must lie between 0 and 1"):
        metrics.wilson_interval(1, 2, level=95)
    with pytest.raises(AstronnError, match="unknown weights 'linear'"):
        metrics.cohen_kappa(MADE_UP, weights="linear")
    with pytest.raises(AstronnError, match="different names"):
        metrics.encode(["E"], ("E", "E"))


def test_posteriors_that_cannot_be_meant_are_refused():
    with pytest.raises(AstronnError, match=r"shape \(1, 2\) \(objects, classes\), got \(1, 3\)"):
        metrics.top_k_accuracy(["a"], [[0.2, 0.3, 0.5]], "ab")
    with pytest.raises(AstronnError, match="k must lie between 1 and the 2 classes, got 3"):
        metrics.top_k_accuracy(["a"], [[0.5, 0.5]], "ab", k=3)
    with pytest.raises(AstronnError, match="posteriors of 1 objects are not finite"):
        metrics.brier_score(["a"], [[np.nan, 0.5]], "ab")


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64, np.uint32])
@pytest.mark.parametrize("n_classes", [2, 5, 16, 17])
def test_counts_of_many_codes_by_all_cores(kind, n_classes, monkeypatch):
    """Against one addition an object; 16 classes are the most whose joint code is a byte; odd
    numbers leave one over.
    """
    monkeypatch.setattr(counting, "MANY", 0)
    monkeypatch.setattr(counting, "_threads", lambda n: 3)
    monkeypatch.setattr(counting, "CHUNK", 1000)
    reference, predicted = np.random.default_rng(0).integers(0, n_classes, (2, 10_007)).astype(kind)
    expected = np.zeros((n_classes, n_classes), int)
    np.add.at(expected, (reference.astype(int), predicted.astype(int)), 1)
    np.testing.assert_array_equal(
        metrics.confusion_matrix_from_codes(reference, predicted, n_classes), expected
    )


@pytest.mark.parametrize("wrong", [-1, 5, 256, 2**40])
def test_a_wrong_code_among_many_is_named(wrong):
    """256 and 2^40 have a low byte of 0: they must not pass for class 0."""
    codes = np.zeros(1000, np.int64)
    codes[700] = wrong
    with pytest.raises(AstronnError, match=f"predicted code {wrong} is outside 0 to 4"):
        metrics.confusion_matrix_from_codes(np.zeros(1000, np.int64), codes, 5)


def test_threads_are_those_that_the_machine_and_the_user_allow(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert counting._threads(10**8) == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert counting._threads(10**8) >= 1 == counting._threads(100)
