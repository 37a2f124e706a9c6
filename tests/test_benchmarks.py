"""The harness of the benchmarks: turns, rows, faults; and that every benchmark keeps to it."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import __main__ as everything
from benchmarks import common

ROOT = Path(__file__).resolve().parents[1]
# Scripts that set nothing beside a peer: the two of `benchmarks.gpu`, the power of the leak audit.
WITHOUT_PEERS = ("gpu_check", "gpu_limits", "leaks", "votes")
PARTS = ("jobs_data", "jobs_peer")  # of `benchmarks.jobs`: its inputs, and the plain script


def test_works_take_turns():
    said = []
    seconds = common.in_turns(3, lambda: said.append("a"), lambda: said.append("b"))
    assert said == ["a", "b"] * 3
    assert [len(one) for one in seconds] == [3, 3]


def test_seconds_of_the_clock_and_of_the_processor():
    slept = common.timed(lambda: time.sleep(0.05))
    assert slept.clock >= 0.05 > slept.processor


def test_ratio_is_the_median_of_the_rounds_ratios():
    """A round that was slow for both changes no ratio."""
    row = common.row("w", [1.0, 10.0, 1.0], [3.0, 30.0, 3.0])
    assert (row["ratio"], row["ours"], row["peer"]) == (3.0, 1.0, 3.0)
    assert row["ours_range"] == [1.0, 10.0] and row["ratio_range"] == [3.0, 3.0]


def test_of_rates_more_is_better():
    assert common.row("w", [100.0], [25.0], unit="images/s")["ratio"] == 4.0


def test_a_missing_peer_is_a_row_without_ratio():
    row = common.row("w", [1.0], None, goal=8, note="skorch is not installed")
    assert row["peer"] is None and row["ratio"] is None and not common.missed([row])
    assert set(common.KEYS) <= set(row)
    assert "| w | 1 (1-1) |" in common.table([row])


def test_what_a_run_has_to_answer_for():
    rows = [
        common.row("slow", [1.0], [2.0], goal=8),
        common.row("wrong", [1.0], [9.0], goal=8, equal=False),
    ]
    assert common.missed(rows) == ["ratio 2.00 below the goal 8: slow"]
    assert common.unequal(rows) == ["not equal: wrong"]


def test_peak_memory_sees_what_is_held_while_it_looks(monkeypatch):
    looks, look = [], common._resident

    def looking(mapped):
        looks.append(look(mapped))
        return looks[-1]

    def hold():
        block, before = bytearray(64 * 2**20), len(looks)
        while len(looks) < before + 2:  # on a busy machine the watcher comes late
            time.sleep(0.001)
        return block

    monkeypatch.setattr(common, "_resident", looking)
    assert 50 < common.peak_mib(hold) < 100


def test_peers_that_are_not_there_are_named(capsys):
    assert common.installed("json") and not common.installed("json", "no_such_peer")
    assert "no_such_peer is not installed" in capsys.readouterr().err


@pytest.mark.parametrize(
    "path", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda path: path.stem
)
def test_every_benchmark_runs_by_the_harness(path):
    if path.stem in ("__init__", "__main__", "common", *WITHOUT_PEERS, *PARTS):
        return
    assert path.stem in everything.names(), f"{path.name} must end in common.main(__file__, rows)"
    assert "def rows(quick: bool)" in path.read_text()


@pytest.mark.parametrize(
    "path", sorted((ROOT / "benchmarks" / "results").glob("*.json")), ids=lambda path: path.stem
)
def test_kept_results_have_the_columns(path):
    rows = json.loads(path.read_text())
    assert rows and all(set(common.KEYS) <= set(row) for row in rows)


def test_the_command_for_all_is_not_one_of_them():
    assert len(everything.names()) > 10 and not any(
        name.startswith("_") or name == "common" for name in everything.names()
    )


def test_an_unknown_benchmark_is_refused():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "nothing"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2 and "unknown benchmark 'nothing'; choose among: " in done.stderr


def test_the_job_for_a_gpu_refuses_without_one():
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu"], cwd=ROOT, capture_output=True, text=True
    )
    assert (
        done.returncode == 1
        and "benchmarks.gpu needs a CUDA device, and torch sees none" in done.stderr
    )


def test_the_comparisons_of_the_gpu_job_run_on_a_processor():
    """All but compiling, in the smallest size: what is left is the device."""
    import torch

    from benchmarks import gpu

    rows = gpu.comparisons(torch.device("cpu"), n_batches=1, rounds=1, batch=4, compiled=False)
    assert len(rows) == 3 and all(row["ours"] > 0 and row["ratio"] > 0 for row in rows)
    stack = torch.arange(128 * 48).view(128, 3, 4, 4) % 251
    copies = [
        [x for x, _ in gpu.copied(stack, torch.device("cpu"), 3, ahead)] for ahead in (True, False)
    ]
    assert all(torch.equal(a, b) for a, b in zip(*copies, strict=True))
