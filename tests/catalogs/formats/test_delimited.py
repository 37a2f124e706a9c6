"""Delimited text: cells as written, lines as numbered in the file, malformed lines named."""

import numpy as np
import pytest

from catalogs.errors import CatalogueError, Faults
from catalogs.formats.reading.delimited import read_delimited
from catalogs.schema import Column, numbers


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "t.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_cells_are_text_with_line_numbers_and_blanks_stripped(file):
    frame = read_delimited(
        file('\ufeffa;b;c\n1; x ;\n\n"2;3";NaN;z\r\n'), ["c", "a", "b"], delimiter=";"
    )
    assert frame.to_dict("list") == {"c": ["", "z"], "a": ["1", "2;3"], "b": ["x", "NaN"]}
    assert frame.index.tolist() == [2, 4] and frame.index.name == "line"


def test_unicode(file):
    assert read_delimited(
        file("a,b\nSodré,β\n"), ["a", "b"], delimiter=","
    ).to_numpy().tolist() == [["Sodré", "β"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "a;x\n1;2\n",
            "missing column 'b', 'c'; remedy: add them; the first line of the file names 'a', 'x'",
        ),
        ("a;b;C\n1;2;3\n", "missing column 'c'; remedy: rename 'C' to 'c'"),
        (
            "a,b,c\n1,2,3\n",
            "missing column .*remedy: separate the columns by a semicolon, not by a comma",
        ),
        ("a;b;b;c\n1;2;3;4\n", "column names given twice: 'b'"),
        ("a;b;c\n", "the file has column names but no rows"),
        (
            "a;b;c\n1;2;3\n\n1;2\n1;2;3;4\n7;8;9\n",
            "2 of 5 lines do not have 3 cells: line 4 has 2, line 5 has 4;",
        ),
        (
            "a;b;c\n1;2;3\n4;5",
            r"1 of 3 lines .*line 3 has 2 \(the last line: the file is cut short\); remedy",
        ),
        (
            "a;b;c\n1;2;3\n4;5;6",
            "the last line, 3, has no line end: the file may be cut short; remedy",
        ),
        (b"a;b;c\n1;2;\xe9\n", "cannot be read as UTF-8.*remedy: save it as UTF-8"),
    ],
)
def test_faults(file, content, message):
    with pytest.raises(CatalogueError, match=f"t.csv: {message}") as caught:
        read_delimited(file(content), ["a", "b", "c"], delimiter=";")
    assert "\n" not in str(caught.value)


def test_numbers_blank_is_nan_and_all_faults_come_at_once(file):
    frame = read_delimited(file("id;m\nA;1.5\nB;\nC;nan\nD;-1e1\n"), ["id", "m"], delimiter=";")
    values = numbers(frame, [Column("m", "mag", "", -20, 20)], Faults("t.csv"), naming="id")["m"]
    np.testing.assert_array_equal(values, [1.5, np.nan, np.nan, -10.0])


def test_numbers_faults_name_value_line_and_object(file):
    frame = read_delimited(file("id;m\nA;abc\nB;99.99\nC;inf\nD;1,5\n"), ["id", "m"], delimiter=";")
    faults = Faults("t.csv")
    numbers(frame, [Column("m", "mag", "", -20, 20)], faults, naming="id")
    message = (
        r"2 values not a number: 'abc' at line 2 \(A\), '1,5' at line 5 \(D\); remedy: .*"
        r"2 values outside \[-20, 20\] mag: '99.99' at line 3 \(B\), 'inf' at line 4 \(C\)"
    )
    with pytest.raises(CatalogueError, match=message):
        faults.raise_if_any()
