"""ConfusionTable: full, known in part, and refused."""

import numpy as np
import pytest

from reports.confusion import ConfusionTable
from reports.errors import ReportError

FULL = ((50, 10), (5, 35))


def partial(counts=((None, None), (None, None)), totals=(60, 40), n_right=85, **fields):
    return ConfusionTable(
        "made_up", "Made up", "published", ("a", "b"), counts, totals, n_right, **fields
    )


def test_a_full_table_yields_its_margins():
    table = ConfusionTable.from_counts("made_up", "Made up", "network", ("a", "b"), np.array(FULL))
    assert (table.totals, table.n_right, table.n, table.diagonal) == ((60, 40), 85, 100, (50, 35))
    assert table.complete and table.matrix().tolist() == [[50, 10], [5, 35]]


def test_unknown_cells_stay_unknown():
    table = partial(counts=((50, None), (None, None)))
    assert table.counts == ((50, None), (None, None))
    assert table.diagonal is None and not table.complete and table.n == 100
    with pytest.raises(ReportError, match="cells that its source does not give"):
        table.matrix()


def test_a_known_diagonal_gives_the_number_right():
    assert partial(counts=((50, None), (None, 35)), n_right=None).n_right == 85


def test_a_constant_answer_is_seen():
    assert ConfusionTable.from_counts("x", "X", "automatic", ("a", "b"), [[0, 3], [0, 4]]).constant
    assert not ConfusionTable.from_counts("x", "X", "automatic", ("a", "b"), FULL).constant
    assert not partial().constant


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"counts": FULL, "totals": (61, 40)}, "row a adds up to 60, its class total is 61"),
        ({"counts": FULL, "n_right": 86}, "diagonal adds up to 85, the number right is 86 of 100"),
        ({"counts": ((61, None), (None, None))}, "row a adds up to 61, its class total is 60"),
        ({"n_right": 101}, "the number right is 101 of 100"),
        ({"totals": ()}, "needs the 2 class totals when cells are unknown, got 0"),
        ({"counts": ((1, 2),)}, "needs 2 x 2 cells"),
        ({"counts": ((-1, 2), (3, 4))}, "counts must be 0 or more, got -1"),
        ({"counts": ((0.5, 2), (3, 4))}, "a cell holds a count of objects, got 0.5"),
    ],
)
def test_numbers_that_disagree_are_refused(fields, fault):
    with pytest.raises(ReportError, match=fault):
        partial(**fields)


def test_all_faults_are_told_at_once():
    with pytest.raises(
        ReportError, match=r"kind 'oracle' is not one of .*; class names must differ"
    ):
        ConfusionTable("x", "X", "oracle", ("a", "a"), FULL)
