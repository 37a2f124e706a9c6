"""Every reader on a dozen damaged files (`make fuzz` gives each 100,000): it reads them, or refuses
them in one line.
"""

import ast
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from damage import damaged
from readers import MRT, readers
from run import judged

ROOT = Path(__file__).resolve().parents[2]


def test_every_table_format_has_a_reader_here():
    from catalogs.formats.tables import formats

    needs_h5py = set() if find_spec("h5py") else {"hdf5"}
    no_bytes = {"folders"}  # what it reads are names
    assert set(formats()) - needs_h5py - no_bytes <= set(readers())


@pytest.mark.parametrize("name", readers())
def test_good_files_are_read(name):
    reader = readers()[name]
    assert [judged(reader, data) for data in reader.seeds()] == ["read"] * len(reader.seeds())


@pytest.mark.parametrize("name", readers())
def test_damaged_files_are_read_or_refused_in_one_line(name):
    reader = readers()[name]
    seeds = reader.seeds()

    @settings(
        max_examples=12,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=False))
    def check(rng):
        assert judged(reader, damaged(rng, seeds)) in ("read", "refused")

    check()


# What fuzzing has found (the error that came through): each is refused in one line now.
FOUND = {
    ("expressions", b"B + " + b"9" * 380): "OverflowError: int too large to convert to float",
    ("idx", b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff\xff"): "zlib.error",
    ("idx", b"\0\0\x08\x04" + b"\0\1\0\0" * 4): "the product of the lengths wrapped round to 0",
    ("delimited", b'Name;B-Mag\n"a\nb";1\n'): "ValueError: lengths differ, after a quoted line end",
    ("csv", b"a;b\n1;2\n\xff;3;4\n"): "an exception in pyarrow's callback, printed and lost",
    ("csv", b"\xff;b\n1;2\n"): "ArrowKeyError",
    (
        "model",
        (
            b'{"format": "astronn model", "format_version": 1, "estimator": "EnsembleClassifier",'
            b' "weights": {}}'
        ),
    ): "KeyError",
    (
        "model",
        b'{"format": "astronn model", "format_version": 1, "estimator": ["a"], "weights": {}}',
    ): "TypeError",
    ("survey_toml", b"a = " + b"[" * 5000): "RecursionError",
    ("comparison", b"[" * 200_000): "RecursionError",
    (
        "idx",
        b"\0\0\x08\x04" + b"\xff\xff\xff\xff" * 3 + b"\0\0\0\0",
    ): "numpy: lengths too large, though one of them is 0",
    ("tar", b"\x1f\x8b\x08\xff\x00\xd1\x82nan"): "TypeError of tarfile: a gzip header cut short",
    (
        "survey_toml",
        b'name = "x"\n[table]\nfile = "' + b"a" * 5000 + b'"\n',
    ): "OSError: file name too long",
    (
        "cds",
        MRT.replace(b"  3\nNGC 2", b" \0\0\nNGC 2"),
    ): "ValueError: a cell of zero bytes looks blank",
}


def test_an_endless_count_is_refused():
    """OverflowError: cannot convert float infinity to integer."""
    reader = readers()["comparison"]
    (seed,) = reader.seeds()
    endless = seed.replace(b'"totals": [\n     311', b'"totals": [\n     1e999')
    assert endless != seed and judged(reader, endless) == "refused"


@pytest.mark.parametrize("case", FOUND, ids=lambda case: f"{case[0]}: {FOUND[case]}")
def test_what_was_found_is_refused(case, capfd):
    name, data = case
    assert judged(readers()[name], data) == "refused"
    assert "Exception ignored" not in capfd.readouterr().err


FORBIDDEN = {
    "eval",
    "exec",
    "pickle",
    "cPickle",
    "dill",
    "marshal",
    "shelve",
    "os.system",
    "os.popen",
    "torch.load",
    "yaml.load",
}


@pytest.mark.parametrize("room", ["astronn", "catalogs", "reports", "pipelines"])
def test_nothing_that_runs_foreign_code_is_called(room):
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                named = {alias.name for alias in node.names} | {getattr(node, "module", None)}
                assert not named & FORBIDDEN, (path, node.lineno)
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in FORBIDDEN, (path, node.lineno)
                risky = [word for word in node.keywords if word.arg in ("allow_pickle", "shell")]
                assert all(ast.unparse(word.value) == "False" for word in risky), (
                    path,
                    node.lineno,
                )
