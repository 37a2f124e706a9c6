"""Published folders: whole or absent, whatever happens on the way."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from processes import HANG_S

from catalogs.files.atomic import sweep
from pipelines.store.publish import published, workshop

ROOT = Path(__file__).resolve().parents[3]


def test_folder_appears_only_at_the_end(tmp_path):
    final = tmp_path / "a" / "result"
    with published(final) as scratch:
        (scratch / "x").write_text("1")
        assert not final.exists()
    assert (final / "x").read_text() == "1"
    assert [p.name for p in final.parent.iterdir()] == ["result"]


def test_error_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError, match="broken"), published(tmp_path / "result") as scratch:
        (scratch / "x").write_text("1")
        raise RuntimeError("broken")
    assert list(tmp_path.iterdir()) == []


def test_second_publisher_of_the_same_folder_gives_way(tmp_path):
    final = tmp_path / "result"
    with published(final) as slow:
        (slow / "x").write_text("slow")
        final.mkdir()
        (final / "x").write_text("fast")
    assert (final / "x").read_text() == "fast"
    assert [p.name for p in tmp_path.iterdir()] == ["result"]


OWNER = """
import os, socket, sys, time
from pathlib import Path
from pipelines.store.publish import published
socket.gethostname = lambda: sys.argv[2]
os.getpid = lambda: 1
with published(Path(sys.argv[1])) as scratch:
    (scratch / "x").write_text(sys.argv[2])
    print("there", flush=True)
    sys.stdin.readline()
"""


def owner(final: Path, host: str, *before: str) -> subprocess.Popen:
    """A process on another "machine", or in another container, in the middle of its work."""
    made = subprocess.Popen(
        [*before, sys.executable, "-c", OWNER, str(final), host],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if made.stdout.readline() != "there\n":
        pytest.skip("needs the right to make a namespace")
    return made


@pytest.mark.parametrize("hosts", [("node1", "node10"), ("box", "box")])
def test_owners_whose_names_begin_alike_or_are_the_same_do_not_disturb_each_other(tmp_path, hosts):
    """Also process 1 of two containers of one name, which never see each other's processes."""
    final = tmp_path / "result"
    first, second = (owner(final, host) for host in hosts)
    assert sweep(tmp_path) == [] and len(list(tmp_path.glob(".scratch-*-result"))) == 2
    for each in (first, second):
        assert each.communicate("\n")[0] == "" and each.returncode == 0
    assert (final / "x").read_text() == hosts[0]
    assert [p.name for p in tmp_path.iterdir()] == ["result"]


def test_an_owner_in_another_pid_namespace_is_left_in_peace(tmp_path):
    if not shutil.which("unshare"):
        pytest.skip("needs unshare")
    there = owner(tmp_path / "result", "box", "unshare", "--fork", "--pid", "--kill-child")
    assert sweep(tmp_path) == []
    there.communicate("\n")
    assert (tmp_path / "result" / "x").read_text() == "box"


def test_what_a_killed_owner_left_is_swept(tmp_path):
    dead, alive = owner(tmp_path / "a", "node"), owner(tmp_path / "b", "node")
    dead.kill()
    dead.wait()
    (removed,) = sweep(tmp_path)
    assert removed.endswith("-a") and len(list(tmp_path.glob(".scratch-*-b"))) == 1
    alive.communicate("\n")
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


def test_what_cannot_be_locked_is_not_swept(tmp_path):
    left = tmp_path / ".scratch-another-machine-1-result"
    left.mkdir()
    assert sweep(tmp_path) == [] and left.is_dir()


def test_unfinished_work_outlives_an_error_and_not_the_end(tmp_path):
    folder = tmp_path / "results" / ".unfinished-model"
    with pytest.raises(RuntimeError, match="killed"), workshop(folder) as unfinished:
        (unfinished / "epoch").write_text("7")
        raise RuntimeError("killed")
    with workshop(folder) as unfinished:
        assert (unfinished / "epoch").read_text() == "7"
    assert list(folder.parent.iterdir()) == []


def test_unfinished_work_is_one_process_s_at_a_time(tmp_path):
    folder, order = tmp_path / ".unfinished-model", []

    def second():
        with workshop(folder):
            order.append("second")

    with workshop(folder):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.2)
        order.append("first")
    waiting.join(HANG_S)
    assert order == ["first", "second"] and list(tmp_path.iterdir()) == []
