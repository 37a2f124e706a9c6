"""A folder is listed once, a file is read once for its digest; both only while nothing changes."""

import hashlib
import json
import os

import pytest

from catalogs.errors import CatalogueError
from catalogs.files import digests, folders
from catalogs.files.digests import sha256_unless_unchanged
from catalogs.files.folders import listing, named_files

LONG_AGO = 1_000_000_000_000_000_000  # ns: 2001


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    monkeypatch.setenv("ASTRONN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(digests, "_known", {})
    monkeypatch.setattr(folders, "_listings", {})


@pytest.fixture
def stars(tmp_path):
    folder = tmp_path / "stars"
    for name in ("b/2.dat", "b.dat", "a.dat", "b/1.dat"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    aged(folder)
    return folder


def aged(folder):
    for each in (folder, *folder.rglob("*")):
        os.utime(each, ns=(LONG_AGO, LONG_AGO))


@pytest.fixture
def settled(monkeypatch):
    """As if two seconds had passed since every file was made."""
    monkeypatch.setattr(digests, "STEP_NS", -(10**12))


def test_files_stand_in_the_order_of_their_names_parts(stars):
    assert listing(stars).names == ("a.dat", "b/1.dat", "b/2.dat", "b.dat")
    assert listing(stars).paths == tuple(sorted(p for p in stars.rglob("*") if p.is_file()))


def test_a_folder_is_listed_once(stars):
    assert listing(stars) is listing(str(stars))


@pytest.mark.parametrize("place", ["", "b/"])
def test_a_new_file_is_seen(stars, place):
    before = listing(stars)
    (stars / f"{place}new.dat").write_text("")
    assert f"{place}new.dat" in listing(stars).names and not before.is_current()


def test_a_young_folder_is_listed_anew(stars):
    os.utime(stars)
    assert listing(stars) is not listing(stars)
    assert listing(stars) == listing(stars)


def test_links_to_files_count_and_pipes_do_not(stars):
    (stars / "link.dat").symlink_to(stars / "a.dat")
    (stars / "round").symlink_to(stars)
    os.mkfifo(stars / "pipe")
    assert listing(stars).names == ("a.dat", "b/1.dat", "b/2.dat", "b.dat", "link.dat")


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(CatalogueError, match="nowhere: No such file or directory; remedy: give"):
        listing(tmp_path / "nowhere")


def test_names_start_where_they_are_asked_to(stars):
    assert list(named_files(stars / "b", stars.parent)) == ["stars/b/1.dat", "stars/b/2.dat"]
    assert list(named_files(stars / "b", stars / "b")) == ["1.dat", "2.dat"]
    assert named_files(stars / "no.dat", stars) == {"no.dat": stars / "no.dat"}


def test_digests_are_those_of_the_bytes(stars):
    paths = listing(stars).paths
    expected = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    assert sha256_unless_unchanged(paths) == expected


def test_an_unchanged_file_is_not_read_again(stars, settled, monkeypatch):
    before = sha256_unless_unchanged([stars / "a.dat"])
    monkeypatch.setattr(digests, "sha256_of", None)
    assert sha256_unless_unchanged([stars / "a.dat"]) == before


def test_same_size_and_time_do_not_hide_other_bytes(stars, settled):
    """The time of status change tells, which no program can set."""
    before = sha256_unless_unchanged([stars / "a.dat"])
    (stars / "a.dat").write_text("A.DAT")
    os.utime(stars / "a.dat", ns=(LONG_AGO, LONG_AGO))
    assert sha256_unless_unchanged([stars / "a.dat"]) != before


def test_a_young_file_is_read_again(stars):
    before = sha256_unless_unchanged([stars / "a.dat"])
    assert digests._known[str(stars)] == {}
    assert sha256_unless_unchanged([stars / "a.dat"]) == before


def test_the_digests_of_many_files_outlast_the_process(stars, settled, monkeypatch):
    monkeypatch.setattr(digests, "MANY", 3)
    before = sha256_unless_unchanged(stars.glob("*.dat"))
    assert not (stars.parent / "cache").exists()  # two files only: not worth it
    for number in range(3):
        (stars / f"{number}.dat").write_text(str(number))
    before = sha256_unless_unchanged(sorted(stars.glob("*.dat")))
    monkeypatch.setattr(digests, "_known", {})
    monkeypatch.setattr(digests, "sha256_of", None)
    assert sha256_unless_unchanged(sorted(stars.glob("*.dat"))) == before


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"files": {"a.dat": [1]}}', b"\xff"])
def test_a_damaged_record_is_passed_over(stars, caplog, content):
    place = digests._place(str(stars))
    place.parent.mkdir(parents=True)
    place.write_bytes(content)
    (found,) = sha256_unless_unchanged([stars / "a.dat"])
    assert found == hashlib.sha256(b"a.dat").hexdigest()
    assert "cannot be used" in caplog.text


def test_a_cache_that_cannot_be_written_costs_time_alone(stars, settled, monkeypatch, caplog):
    monkeypatch.setattr(digests, "MANY", 1)
    (stars.parent / "cache").write_text("a file in place of the folder")
    assert len(sha256_unless_unchanged(listing(stars).paths)) == 4
    assert "cannot be written" in caplog.text


def test_the_record_names_its_folder(stars, settled, monkeypatch):
    monkeypatch.setattr(digests, "MANY", 1)
    sha256_unless_unchanged([stars / "a.dat"])
    (record,) = (stars.parent / "cache" / "digests").iterdir()
    assert json.loads(record.read_text())["folder"] == str(stars)
