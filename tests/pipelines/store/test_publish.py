"""Published folders: whole or absent, whatever happens on the way."""

import os
import socket
import subprocess
import threading

import pytest
from processes import HANG_S

from catalogs.files.atomic import sweep
from pipelines.store.publish import published, workshop


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


def dead_pid() -> int:
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def test_sweep_takes_what_the_dead_left_and_nothing_else(tmp_path):
    host = socket.gethostname()
    dead = tmp_path / f".scratch-{host}-{dead_pid()}-result"
    alive = tmp_path / f".scratch-{host}-{os.getpid()}-result"
    elsewhere = tmp_path / ".scratch-another-machine-1-result"
    for folder in (dead, alive, elsewhere):
        folder.mkdir()
    assert sweep(tmp_path) == [dead.name]
    assert alive.exists() and elsewhere.exists()


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
