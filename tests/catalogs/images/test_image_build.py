"""The ingest: every picture in the right list, the same bytes after a kill, constant memory,
nothing half-written.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from processes import found, wait_until

from catalogs.errors import CatalogueError
from catalogs.images import build as building
from catalogs.images.build import build
from catalogs.images.decoding import BadImage
from catalogs.images.sources import arrays
from catalogs.images.stack import ImageStack, SetAside

ROOT = Path(__file__).resolve().parents[3]
IMAGES = np.random.default_rng(5).integers(0, 255, (30, 4, 4), dtype=np.uint8)
NAMES = [f"g{i:02d}" for i in range(30)]
COMMON = {"bands": ("grey",), "shape": (4, 4), "about": {"made": "for the tests"}}


def plane(array):
    if array[0, 0] < 20:
        raise BadImage("too dark  at the\ncorner")
    return array[None]


def test_stack_holds_what_was_decoded_and_lists_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "PART", 7)
    stack = build(arrays(NAMES, IMAGES), plane, tmp_path, **COMMON)
    dark = IMAGES[:, 0, 0] < 20
    assert dark.any() and not dark.all()
    assert (stack.pixels == IMAGES[~dark][:, None]).all() and isinstance(stack.pixels, np.memmap)
    assert stack.object_id.tolist() == [name for name, bad in zip(NAMES, dark) if not bad]
    assert stack.set_aside == tuple(
        SetAside(n, "too dark at the corner") for n, bad in zip(NAMES, dark) if bad
    )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["objects.parquet", "pixels.npy"]


def test_doubles_strangers_and_absentees_are_set_aside(tmp_path):
    names, expected = ["a", "b", "a", "x"], ["a", "b", "c"]
    stack = build(
        arrays(names, np.full((4, 4, 4), 99, np.uint8)),
        plane,
        tmp_path,
        expected=expected,
        **COMMON,
    )
    assert stack.object_id.tolist() == ["a", "b"]
    assert {(entry.object_id, entry.reason) for entry in stack.set_aside} == {
        ("a", "a second picture of the same object"),
        ("x", "the table has no row for it"),
        ("c", "no picture of it in the files"),
    }
    with pytest.raises(
        CatalogueError,
        match=r"no picture of c \(no picture of it in the files\), q \(not in the stack\)",
    ):
        stack.rows(["b", "c", "q"])
    assert stack.rows(["b", "a"]).tolist() == [1, 0]


def test_pictures_of_another_shape_are_set_aside_not_stretched(tmp_path):
    stack = build(
        arrays(NAMES[:2], IMAGES[:2]),
        lambda a: a[None] if a is IMAGES[0] or (a == IMAGES[0]).all() else a[None, :1],
        tmp_path,
        **COMMON,
    )
    assert stack.set_aside == (
        SetAside("g01", "decoded to (bands, rows, columns) (1, 1, 4), (1, 4, 4) expected"),
    )


def test_nothing_usable_is_an_error_that_counts_the_reasons(tmp_path):
    with pytest.raises(
        CatalogueError, match="no usable picture: 3 x too dark at the corner; remedy"
    ):
        build(arrays(NAMES[:3], np.zeros((3, 4, 4), np.uint8)), plane, tmp_path, **COMMON)
    with pytest.raises(CatalogueError, match="no usable picture: the source is empty"):
        build(arrays([], np.zeros((0, 4, 4), np.uint8)), plane, tmp_path / "b", **COMMON)


def test_a_programming_error_is_not_mistaken_for_a_broken_picture(tmp_path):
    def wrong(array):
        raise KeyError("a bug")

    with pytest.raises(KeyError, match="a bug"):
        build(arrays(NAMES, IMAGES), wrong, tmp_path, **COMMON)


def test_same_making_is_found_and_another_begins_anew(tmp_path):
    calls = []

    def counted(array):
        calls.append(1)
        return array[None]

    for _ in range(2):
        build(arrays(NAMES, IMAGES), counted, tmp_path, **COMMON)
    assert len(calls) == 30
    stack = build(
        arrays(NAMES, IMAGES),
        lambda a: 255 - counted(a),
        tmp_path,
        **{**COMMON, "about": {"made": "inverted"}},
    )
    assert len(calls) == 60 and (stack.pixels[:, 0] == 255 - IMAGES).all()


def test_progress_ends_at_the_number_of_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "PART", 8)
    seen = []
    build(
        arrays(NAMES, IMAGES),
        plane,
        tmp_path,
        expected=NAMES,
        progress=lambda n, total: seen.append((n, total)),
        **COMMON,
    )
    assert seen == [(8, 30), (16, 30), (24, 30), (30, 30)]


SLOW = """
import sys, time, numpy as np
sys.path.insert(0, {root!r})
from catalogs.images import build as building
from catalogs.images.sources import arrays
building.PART = 4
log = open({log!r}, "a", buffering=1)
def decode(array):
    log.write("x")
    time.sleep({pause})
    return array[None]
images = np.random.default_rng(5).integers(0, 255, (30, 4, 4), dtype=np.uint8)
building.build(arrays([f"g{{i:02d}}" for i in range(30)], images), decode, {folder!r},
               bands=("grey",), shape=(4, 4), about={{"made": "slowly"}}, workers=1)
"""


def digest(folder):
    return hashlib.sha256(
        b"".join((folder / name).read_bytes() for name in ("pixels.npy", "objects.parquet"))
    ).hexdigest()


def test_killed_run_is_resumed_to_the_same_bytes(tmp_path):
    def script(folder, pause):
        return SLOW.format(
            root=str(ROOT),
            log=str(tmp_path / f"{folder}.log"),
            pause=pause,
            folder=str(tmp_path / folder),
        )

    run = subprocess.Popen([sys.executable, "-c", script("killed", 0.05)])
    assert wait_until(lambda: found(tmp_path / "killed", "00001.json"), run)
    run.kill()
    run.wait()
    assert not (tmp_path / "killed" / "objects.parquet").exists()
    before = len((tmp_path / "killed.log").read_text())
    subprocess.run([sys.executable, "-c", script("killed", 0)], check=True)
    assert (
        len((tmp_path / "killed.log").read_text()) - before <= 30 - 8
    )  # two parts of four were kept
    subprocess.run([sys.executable, "-c", script("whole", 0)], check=True)
    assert digest(tmp_path / "killed") == digest(tmp_path / "whole")


def test_write_and_read_back(tmp_path):
    pixels = np.random.default_rng(0).random((3, 2, 5, 6)).astype(np.float16)
    stack = ImageStack(
        np.array(["a", "b", "c"]),
        pixels,
        ("g", "r"),
        {"kind": "linear"},
        {"from": "tests"},
        (SetAside("d", "torn"),),
    )
    stack.write(tmp_path)
    read = ImageStack.read(tmp_path)
    assert (
        (read.pixels == pixels).all()
        and read.pixels.dtype == np.float16
        and read.bands == ("g", "r")
    )
    assert (read.scaling, read.provenance, read.set_aside) == (
        stack.scaling,
        stack.provenance,
        stack.set_aside,
    )


def test_faulty_stacks_are_refused(tmp_path):
    pixels = np.zeros((2, 1, 4, 4), np.uint8)
    with pytest.raises(CatalogueError, match=r"objects shown twice: a; remedy"):
        ImageStack(np.array(["a", "a"]), pixels, ("g",))
    with pytest.raises(
        CatalogueError,
        match=r"pixels \(2, 1, 4, 4\) float64 must be \(objects 2, bands 1, rows, columns\)",
    ):
        ImageStack(np.array(["a", "b"]), pixels.astype(np.float64), ("g",))
    ImageStack(np.array(["a", "b"]), pixels, ("g",)).write(tmp_path)
    np.save(tmp_path / "pixels.npy", pixels[:1])
    with pytest.raises(
        CatalogueError,
        match=r"2 objects of shape \(1, 4, 4\) but pixels \(1, 1, 4, 4\); remedy: make the stack",
    ):
        ImageStack.read(tmp_path)
    (tmp_path / "pixels.npy").write_bytes(b"")
    with pytest.raises(CatalogueError, match="not a readable array"):
        ImageStack.read(tmp_path)
