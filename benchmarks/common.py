"""What all benchmarks share: turns, peak memory, physical limits, the row that a comparison
becomes, and the command line.

A benchmark is a module of this folder with ``rows(quick) -> list of rows`` and
``common.main(__file__, rows)`` at its end;
`python -m benchmarks` finds it by itself. A row is made by `row` (or `compare`, which also runs the
    work) and always has work, ours, peer, ratio, goal, peak_mib, limit_share, device
and further keys that say more. ``ours`` and ``peer`` are medians, in the ``unit`` of the row, of
rounds in which both took turns (A B A B); ``ratio`` is the median of the rounds' ratios, so that
what slows a whole round slows both; above 1 we are ahead. A result that is not equal to the peer's
is a non-zero exit; so is, in a full run, a goal that is missed."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import psutil

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"  # of full runs, kept in the repository
QUICK_RESULTS = FOLDER.parent / "results" / "benchmarks"  # of quick runs, not kept
KEYS = ("work", "ours", "peer", "ratio", "goal", "peak_mib", "limit_share", "device")
Work = Callable[[], object]


class Seconds(NamedTuple):
    """What one call took."""

    clock: float  # on the wall
    processor: float  # user and system, of this process and of children that ended in the call


def timed(work: Work) -> Seconds:
    """The seconds of one call."""
    start, clock = _processor(), time.perf_counter()
    work()
    return Seconds(time.perf_counter() - clock, _processor() - start)


def _processor() -> float:
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


def in_turns(rounds: int, *works: Work, before: Work = lambda: None) -> list[list[Seconds]]:
    """Seconds of each work in each round; every round does all works, one after the other.
    ``before`` each is not counted.
    """
    seconds: list[list[Seconds]] = [[] for _ in works]
    for _ in range(rounds):
        for work, times in zip(works, seconds):
            before()
            times.append(timed(work))
    return seconds


def peak_mib(work: Work, *, mapped: bool = True, every: float = 0.001) -> float:
    """MiB that this process needed for ``work`` beyond what it held before, sampled each ``every``
    seconds.

    ``mapped=False`` leaves out the pages of files that are mapped (Linux), which the system takes
    back when it needs them. To be called before anything has left memory behind."""
    held, done = [], threading.Event()

    def watch() -> None:
        while not done.wait(every):
            held.append(_resident(mapped))

    before = _resident(mapped)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return (max(held, default=before) - before) / 2**20


def _resident(mapped: bool) -> int:
    """Bytes of this process in memory."""
    memory = psutil.Process().memory_info()
    return memory.rss if mapped else memory.rss - getattr(memory, "shared", 0)


def product_rate(side: int = 768) -> float:
    """Floating-point operations a second of a float32 matrix product, side x side, on the threads
    torch has: best of 20.
    """
    import torch

    a = torch.randn(side, side)
    return 2 * side**3 / min(timed(lambda: a @ a).clock for _ in range(20))


def memory_rate(mib: int = 256) -> float:
    """Bytes a second that one thread reads and writes in copying an array that no cache holds: best
    of 5.
    """
    source = np.ones(mib * 2**20, np.uint8)
    target = np.zeros_like(source)
    return 2 * source.nbytes / min(timed(lambda: np.copyto(target, source)).clock for _ in range(5))


def disk_rates(folder: Path, mib: int = 256) -> tuple[float, float]:
    """Bytes a second (written and pushed to the disk, read again from the system's cache) of one
    file in ``folder``.
    """
    path, content = folder / "probe.bin", os.urandom(mib * 2**20)

    def write() -> None:
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    try:
        written, read = timed(write).clock, min(timed(path.read_bytes).clock for _ in range(3))
    finally:
        path.unlink(missing_ok=True)
    return len(content) / written, len(content) / read


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu(threads: int = 1) -> str:
    """The processor in words, and how many of its cores the work may use at once."""
    return f"cpu {platform.machine()}, {threads} thread{'s' if threads != 1 else ''}"


def row(
    work: str,
    ours: Sequence[float],
    peer: Sequence[float] | None,
    *,
    goal: float | None = None,
    peak_mib: float | None = None,
    limit_share: float | None = None,
    device: str | None = None,
    unit: str = "s",
    equal: bool | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One comparison; ``ours`` and ``peer`` hold one number a round, in ``unit``: "s" (less is
    better) or "<things>/s".

    ``peer`` None: the peer is not there, and ``more`` should say why (``note``). ``equal`` False:
    the two did not do equal work to equal accuracy, which fails the benchmark whatever the ratio. A
    ratio of several threads or processes needs the clock; one of a single thread may use the
    processor's seconds, which other work on the machine does not change."""
    rates = unit.endswith("/s")
    ratios = [(a / b if rates else b / a) for a, b in zip(ours, peer)] if peer else []
    ranges = {
        "ours_range": _range(ours),
        "peer_range": _range(peer or []),
        "ratio_range": _range(ratios),
    }
    return {
        "work": work,
        "ours": median(ours),
        "peer": median(peer) if peer else None,
        "ratio": median(ratios) if ratios else None,
        "goal": goal,
        "peak_mib": peak_mib,
        "limit_share": limit_share,
        "device": device or cpu(),
        "unit": unit,
        "rounds": len(ours),
        **{name: value for name, value in ranges.items() if value},
        **({} if equal is None else {"equal": bool(equal)}),
        **more,
    }


def _range(values: Sequence[float]) -> list[float]:
    return [min(values), max(values)] if values else []


def compare(
    work: str,
    ours: Work,
    peer: Work | None,
    *,
    rounds: int,
    by: str = "clock",
    per: float = 1,
    **about: Any,
) -> dict:
    """The row of ``rounds`` turns of both, in seconds by the "clock" or of the "processor", divided
    by ``per``.
    """
    works = [ours, peer] if peer is not None else [ours]
    seconds = [[getattr(s, by) / per for s in one] for one in in_turns(rounds, *works)]
    return row(work, seconds[0], seconds[1] if peer is not None else None, seconds_of=by, **about)


def installed(*modules: str) -> bool:
    """Whether the peers can be imported; says what to do where one cannot."""
    missing = [name for name in modules if find_spec(name) is None]
    for name in missing:
        print(
            f"{name} is not installed, so nothing is set beside it: pip install -e '.[bench]'",
            file=sys.stderr,
        )
    return not missing


def unequal(rows: Sequence[dict]) -> list[str]:
    """The rows in which ours and the peer did not come to the same result, in words."""
    return [f"not equal: {row['work']}" for row in rows if row.get("equal") is False]


def missed(rows: Sequence[dict]) -> list[str]:
    """The rows below their goal, in words."""
    below = [
        row
        for row in rows
        if None not in (row["goal"], row["ratio"]) and row["ratio"] < row["goal"]
    ]
    return [
        f"ratio {row['ratio']:.2f} below the goal {row['goal']:g}: {row['work']}" for row in below
    ]


def table(rows: Sequence[dict]) -> str:
    """The rows as a Markdown table."""
    head = (
        "work",
        "ours",
        "peer",
        "unit",
        "ratio (range)",
        "goal",
        "peak, MiB",
        "share of limit",
        "device",
    )
    lines = [
        (
            row["work"],
            _with_range(row["ours"], row.get("ours_range")),
            _with_range(row["peer"], row.get("peer_range")),
            row.get("unit", "s"),
            _with_range(row["ratio"], row.get("ratio_range")),
            _number(row["goal"]),
            _number(row["peak_mib"]),
            _number(row["limit_share"]),
            row["device"],
        )
        for row in rows
    ]
    return (
        "\n".join("| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *lines))
        + "\n"
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _with_range(value: float | None, ends: Sequence[float] | None) -> str:
    return _number(value) + (
        f" ({_number(ends[0])}-{_number(ends[1])})" if ends and value is not None else ""
    )


def main(file: str, rows: Callable[[bool], list[dict]], *, name: str = "") -> None:
    """The command line of one benchmark: run it, write ``<name>.json``, print the table, exit with
    1 where there are faults.

    ``name`` of the result, by default that of the file.
    """
    name = name or Path(file).stem
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{Path(file).stem}")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a few seconds: less work, fewer rounds; the result is not kept",
    )
    parser.add_argument(
        "--output", type=Path, help="folder for the JSON file; default: benchmarks/results"
    )
    asked = parser.parse_args()
    folder = asked.output or (QUICK_RESULTS if asked.quick else RESULTS)
    found = rows(asked.quick)
    for one in found:
        if missing := [key for key in KEYS if key not in one]:
            raise KeyError(
                f"benchmark {name}: a row without {missing}; make rows with benchmarks.common.row"
            )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n")
    print(table(found), end="")
    wrong, slow = unequal(found), missed(found)
    for fault in (*wrong, *slow):
        print(fault, file=sys.stderr)
    sys.exit(1 if wrong or (slow and not asked.quick) else 0)
