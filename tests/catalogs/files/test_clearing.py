"""What a process that ends at once takes away first: scratch, and copies of packed files."""

import gzip

from catalogs.files import atomic, unpacking


def test_scratch_is_removed_and_what_is_finished_stays(tmp_path):
    atomic.write_text(tmp_path / "done.txt", "done")
    with atomic.scratch(tmp_path / "folder") as own, atomic.scratch(tmp_path / "file") as other:
        own.mkdir()
        (own / "half").write_text("made")
        other.write_text("half made")
        atomic.clear()
        assert [path.name for path in tmp_path.iterdir()] == ["done.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["done.txt"]  # the blocks end as usual
    assert atomic.sweep(tmp_path) == []


def test_copies_of_packed_files_are_removed(tmp_path):
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    plain = unpacking.unpacked(packed)
    assert plain.read_bytes() == b"a,b\n1,2\n"
    unpacking.clear()
    assert not plain.parent.exists()
    assert unpacking.unpacked(packed).read_bytes() == b"a,b\n1,2\n"  # made again when asked for
