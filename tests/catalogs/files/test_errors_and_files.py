"""One-line faults, whole-or-absent files, and what a file really is."""

import gzip
import os

import pytest

from catalogs.errors import CatalogueError, Faults, listed
from catalogs.files.atomic import replacing, write_text
from catalogs.files.sniff import kind, require_text


def test_message_is_one_line():
    assert str(CatalogueError("first\n   second")) == "first second"


def test_no_fault_raises_nothing():
    Faults("a.csv").raise_if_any()


def test_all_faults_are_reported_at_once_up_to_the_limit():
    faults = Faults("a.csv", limit=2)
    for number in range(3):
        faults.add(f"fault {number}", "mend it")
    with pytest.raises(
        CatalogueError,
        match=r"^a.csv: 3 faults: \(1\) fault 0; remedy: mend it \(2\) fault 1.*1 more faults",
    ):
        faults.raise_if_any()


def test_listed_says_how_many_are_not_shown():
    assert (
        listed([], 2) == "" and listed("ab", 2) == "a, b" and listed("abcd", 2) == "a, b and 2 more"
    )


def test_replacing_keeps_the_suffix_and_leaves_no_scratch(tmp_path):
    target = tmp_path / "new" / "table.parquet"
    with replacing(target) as scratch:
        assert scratch.suffix == ".parquet" and scratch.parent == target.parent
        scratch.write_bytes(b"whole")
    assert target.read_bytes() == b"whole" and os.listdir(target.parent) == ["table.parquet"]


def test_replacing_after_an_error_leaves_the_old_file(tmp_path):
    target = tmp_path / "table.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError, match="broken off"), replacing(target) as scratch:
        scratch.write_text("half")
        raise RuntimeError("broken off")
    assert target.read_text() == "old" and os.listdir(tmp_path) == ["table.txt"]


def test_write_text_replaces_whole_files(tmp_path):
    path = tmp_path / "index.html"
    write_text(path, "old")
    write_text(path, "new")
    assert path.read_text() == "new" and os.listdir(tmp_path) == ["index.html"]


def test_scratch_of_a_dead_process_is_swept_and_of_a_living_one_kept(tmp_path):
    left = [tmp_path / name for name in (".scratch-0a.lock", ".scratch-0a-table.txt")]
    unlocked = tmp_path / ".scratch-0b-table.txt"  # without a lock nobody can tell
    for path in (*left, unlocked):
        path.write_text("left behind")
    with replacing(tmp_path / "other.txt") as living, replacing(tmp_path / "table.txt") as scratch:
        living.write_text("in the making")
        scratch.write_text("new")
        assert not any(path.exists() for path in left) and unlocked.exists() and living.exists()
    assert (tmp_path / "other.txt").read_text() == "in the making"


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"SIMPLE  =                    T", "a FITS file"),
        (gzip.compress(b"text", mtime=0), "a gzip file"),
        (b"\n<!DOCTYPE html><html>", "an HTML page"),
        (b"\xef\xbb\xbf<HTML>", "an HTML page"),
        (b'<?xml version="1.0"?><VOTABLE>', r"an XML file \(a VOTable\?\)"),
        (b"PAR1\x15", "a Parquet file"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"),
        (b"a\x00b", "a binary file"),
    ],
)
def test_other_formats_are_named(tmp_path, start, name):
    path = tmp_path / "data.csv"
    path.write_bytes(start)
    with pytest.raises(
        CatalogueError, match=f"data.csv: this is {name}.*a CSV table expected; remedy: "
    ):
        require_text(path, "a CSV table")


def test_plain_text_is_no_known_kind(tmp_path):
    (tmp_path / "data.csv").write_text("Simple;names\n1;2\n")
    assert kind(tmp_path / "data.csv") is None


def test_missing_file_folder_and_empty_file(tmp_path):
    (tmp_path / "empty").touch()
    for path, message in (
        ("absent", "does not exist"),
        (".", "is a folder"),
        ("empty", r"is empty \(0 bytes\)"),
    ):
        with pytest.raises(CatalogueError, match=message):
            require_text(tmp_path / path, "a CSV table")
