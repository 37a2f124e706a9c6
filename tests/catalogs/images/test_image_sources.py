"""Pictures from tar, folder, HDF5, idx, npz and single-band files: order, names, restart, and
broken containers.
"""

import gzip
import io
import struct
import tarfile
import tracemalloc

import numpy as np
import pytest
from image_samples import encoded

from catalogs.errors import CatalogueError
from catalogs.images import sources


def tar_of(path, files, mode="w"):
    with tarfile.open(path, mode) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


FILES = {"a/2.jpeg": b"two", "a/notes.txt": b"no picture", "a/1.JPG": b"one", "b/3.png": b""}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_tar_yields_its_pictures_in_order(tmp_path, mode):
    source = sources.tar_files(tar_of(tmp_path / "x.tar", FILES, mode))
    assert list(source(0)) == [("2", b"two"), ("1", b"one"), ("3", b"")]
    assert list(source(2)) == [("3", b"")]


def test_truncated_tar_and_other_files_are_named(tmp_path):
    whole = tar_of(tmp_path / "x.tar", {f"{i}.png": bytes(5000) for i in range(9)}).read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[:20000])
    with pytest.raises(
        CatalogueError, match=r"cut.tar: not a whole tar archive .*remedy: fetch or pack it again"
    ):
        list(sources.tar_files(tmp_path / "cut.tar")(0))
    (tmp_path / "page.tar").write_text("<html>moved</html>")
    with pytest.raises(CatalogueError, match=r"page.tar: not a whole tar archive"):
        list(sources.tar_files(tmp_path / "page.tar")(0))


def test_folder_is_read_in_the_order_of_its_paths(tmp_path):
    for name, data in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    source = sources.folder_files(tmp_path)
    assert [name for name, _ in source(0)] == ["1", "2", "3"] and list(source(2)) == [("3", b"")]
    with pytest.raises(CatalogueError, match="no such folder; remedy: give the folder"):
        sources.folder_files(tmp_path / "none")


def idx_bytes(array, kind=0x08):
    return struct.pack(f">HBB{array.ndim}I", 0, kind, array.ndim, *array.shape) + array.tobytes()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_idx_round_trip(tmp_path, pack):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "x.idx").write_bytes(pack(idx_bytes(array)))
    assert (sources.read_idx(tmp_path / "x.idx") == array).all()


def test_idx_of_wide_numbers_is_big_endian(tmp_path):
    array = np.array([1, -2, 300], dtype=">i2")
    (tmp_path / "x.idx").write_bytes(idx_bytes(array, 0x0B))
    assert sources.read_idx(tmp_path / "x.idx").tolist() == [1, -2, 300]


@pytest.mark.parametrize(
    "data, words",
    [
        (b"", "not an idx file"),
        (b"<html>", "not an idx file"),
        (
            idx_bytes(np.zeros((2, 2), np.uint8))[:-1],
            r"11 bytes|15 bytes do not hold an array of shape \(2, 2\)",
        ),
        (gzip.compress(bytes(99), mtime=0)[:-9], "not a whole gzip file"),
    ],
)
def test_broken_idx_files(tmp_path, data, words):
    (tmp_path / "x.idx").write_bytes(data)
    with pytest.raises(CatalogueError, match=words):
        sources.read_idx(tmp_path / "x.idx")


def test_arrays_and_names_belong_together():
    array = np.arange(12).reshape(3, 4)
    assert [(name, row.tolist()) for name, row in sources.arrays(list("abc"), array)(2)] == [
        ("c", [8, 9, 10, 11])
    ]
    with pytest.raises(CatalogueError, match="2 names for 3 pictures"):
        sources.arrays(["a", "b"], array)


def test_hdf5_rows_in_blocks(tmp_path):
    h5py = pytest.importorskip("h5py")
    images = np.random.default_rng(0).integers(0, 255, (7, 4, 4, 3), dtype=np.uint8)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["images"] = images
    source = sources.hdf5_rows(tmp_path / "x.h5", "images", list("abcdefg"), block=3)
    found = list(source(2))
    assert [name for name, _ in found] == list("cdefg") and all(
        (p == q).all() for (_, p), q in zip(found, images[2:])
    )
    with pytest.raises(CatalogueError, match="7 rows of 'images' for 1 names"):
        next(sources.hdf5_rows(tmp_path / "x.h5", "images", ["a"])(0))


def test_hdf5_without_h5py_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(
        CatalogueError,
        match=(
            r"needs h5py, which is not installed; remedy: pip install 'astronn-pipelines\[images\]'"
        ),
    ):
        sources.open_hdf5(tmp_path / "x.h5")


def test_single_band_files_are_put_together(tmp_path):
    files = {"r/PGC2_r.fits": b"2r", "g/PGC1_g.fits": b"1g", "g/PGC2_g.fits": b"2g"}
    source = sources.grouped(
        sources.tar_files(tar_of(tmp_path / "x.tar", files), (".fits",)), lambda n: n.split("_")
    )
    assert dict(source(0)) == {"PGC2": {"r": b"2r", "g": b"2g"}, "PGC1": {"g": b"1g"}}
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    pattern = sources.band_files(tmp_path, "{band}/*_{band}.fits", ("r", "g"))
    assert list(pattern(0)) == [("PGC1", {"g": b"1g"}), ("PGC2", {"r": b"2r", "g": b"2g"})]
    with pytest.raises(CatalogueError, match="must hold one"):
        sources.band_files(tmp_path, "*.fits", ("r",))


def test_reading_a_tar_keeps_no_list_of_its_members(tmp_path):
    """The picture list of a long archive would grow with it; one open archive stays as small as one
    picture.
    """
    path = tar_of(
        tmp_path / "x.tar",
        {f"{i}.png": encoded(np.zeros((2, 2), np.uint8), "PNG") for i in range(3000)},
    )
    pictures = sources.tar_files(path)(0)
    next(pictures)
    tracemalloc.start()
    for _ in range(2998):
        next(pictures)
    ours = [tracemalloc.Filter(True, tarfile.__file__)]  # not what other threads hold
    held = tracemalloc.take_snapshot().filter_traces(ours)
    tracemalloc.stop()
    assert (
        sum(trace.size for trace in held.traces) < 100_000
    )  # bytes; 3,000 members would take about 3 MB
