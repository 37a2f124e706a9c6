"""Whole jobs as a user starts them: new-survey, check, report and the report again, on a SIMULATED
table of 20 columns, on a folder of star files, on a folder of pictures.

    python -m benchmarks.jobs                         10^4 to 10^6 rows, 37,000 stars, 20,000 JPEG
    python -m benchmarks.jobs --quick                 10^4 rows, 500 stars, 500 JPEG
    python -m benchmarks.jobs --only table_1000000    some of them
    ... --code FOLDER                                 the code of another checkout, to compare

Each command is a process of its own with nothing made before; its memory is that of the process and
all its children (what they share counted once), sampled. Stages are the tasks of the report, with
the processor's seconds and the peak that their manifests state. Beside the table's report stands
`benchmarks.jobs_peer`: one HistGradientBoosting where the report has eight networks, six trainings
of each for calibration, a forest, boosting, and the automatic schemes, so its ratio is what all
that costs. Star files and pictures take one epoch of training, for it is the rest that is asked."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from benchmarks import common, jobs_data

TABLES, STARS, PICTURES = (10_000, 100_000, 1_000_000), 37_000, 20_000
FEW = 500  # star files and pictures of a quick run
EVERY_S = 0.1


class Cost(NamedTuple):
    """What one command took."""

    wall: float
    cpu: float
    peak_mib: float
    said: str


def cost(command: Sequence[str], code: Path) -> Cost:
    """Run a command with the packages of ``code``; CalledProcessError with its words if it
    fails.
    """
    # threads that wait for others asleep: on a shared machine they would burn its processors
    environment = os.environ | {"PYTHONPATH": str(code), "OMP_WAIT_POLICY": "passive"}
    start, before, peak = time.perf_counter(), os.times(), 0.0
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(
            command, cwd=code, env=environment, stdout=out, stderr=subprocess.STDOUT
        )
        while process.poll() is None:
            peak = max(peak, _held(process.pid))
            time.sleep(EVERY_S)
        wall, after = time.perf_counter() - start, os.times()
        out.seek(0)
        said = out.read()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command), said)
    cpu = after.children_user + after.children_system
    return Cost(wall, cpu - before.children_user - before.children_system, peak, said)


def _held(pid: int) -> float:
    """MiB of a process and its children, shared pages divided among those that share them."""
    total = 0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for one in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                memory = one.memory_full_info()
                total += getattr(memory, "pss", memory.rss)
    return total / 2**20


def stages(results: Path) -> dict[str, dict[str, float]]:
    """What each task of a report took, by its folder's label."""
    found = {}
    for path in sorted(results.rglob("manifest.json")):
        about = json.loads(path.read_text())
        name = path.parent.name.rpartition("-")[0]
        found[name] = {"wall_s": round(about["duration_s"], 2)} | {
            key: about[key] for key in ("processor_s", "peak_mib") if key in about
        }
    return found


def _row(work: str, found: Cost, peer: Cost | None = None, **more: Any) -> dict:
    return common.row(
        work,
        [found.cpu],
        [peer.cpu] if peer else None,
        peak_mib=found.peak_mib,
        seconds_of="processor",
        wall_s=found.wall,
        device=common.cpu(2),
        **({"peer_wall_s": peer.wall, "peer_peak_mib": peer.peak_mib} if peer else {}),
        **more,
    )


def astronn(*words: str) -> list[str]:
    """The command line of astronn."""
    return [sys.executable, "-m", "pipelines.cli", *words]


def of_table(n: int, folder: Path, code: Path) -> list[dict]:
    """The rows of a table of n objects."""
    file, work = jobs_data.table(folder / "objects.csv", n), f"table of {n:,} x 20, simulated"
    draft = astronn("new-survey", str(file), "--output", str(folder / "draft.toml"))
    found = [_row(f"{work}: new-survey", cost(draft, code))]
    toml = jobs_data.table_survey(file)
    found.append(_row(f"{work}: check", cost(astronn("check", str(toml)), code)))
    peer = cost([sys.executable, "-m", "benchmarks.jobs_peer", str(file)], common.FOLDER.parent)
    return found + reported(work, toml, folder, code, (), peer)


def of_stars(n: int, folder: Path, code: Path) -> list[dict]:
    """The rows of n star files."""
    return _of_folder(f"{n:,} star files", jobs_data.stars(folder / "s", n), folder, code)


def of_pictures(n: int, folder: Path, code: Path) -> list[dict]:
    """The rows of n JPEG."""
    return _of_folder(f"{n:,} JPEG", jobs_data.pictures(folder / "p", n), folder, code)


def _of_folder(work: str, toml: Path, folder: Path, code: Path) -> list[dict]:
    work += ", simulated"
    checked = _row(f"{work}: check", cost(astronn("check", str(toml)), code))
    once = ("--options", '{"max_epochs": 3}', "--no-calibration")
    return [checked, *reported(work, toml, folder, code, once)]


def reported(
    work: str,
    toml: Path,
    folder: Path,
    code: Path,
    further: Sequence[str],
    peer: Cost | None = None,
) -> list[dict]:
    """The rows of the first report and of the same again, in which nothing is left to do."""
    command = astronn("report", str(toml), "--results", str(folder / "results"), *further)
    first, again = cost(command, code), cost(command, code)
    more = {"peer_said": json.loads(peer.said.splitlines()[-1])} if peer else {}
    summary = next((folder / "results").rglob("summary.json"), None)
    if summary is not None:
        more["summary"] = json.loads(summary.read_text())
    return [
        _row(f"{work}: report", first, peer, stages=stages(folder / "results"), **more),
        _row(f"{work}: report, nothing to do", again),
    ]


def jobs(quick: bool) -> dict[str, Any]:
    """Name to what gives its rows in a folder, with the code of a checkout."""
    tables = TABLES[:1] if quick else TABLES
    found: dict[str, Any] = {
        f"table_{n}": lambda folder, code, n=n: of_table(n, folder, code) for n in tables
    }
    n_stars, n_pictures = (FEW, FEW) if quick else (STARS, PICTURES)
    found["stars"] = lambda folder, code: of_stars(n_stars, folder, code)
    found["pictures"] = lambda folder, code: of_pictures(n_pictures, folder, code)
    return found


def rows(quick: bool) -> list[dict]:
    """All jobs, one after the other."""
    return some(quick)


def some(quick: bool, only: Sequence[str] = (), code: Path = common.FOLDER.parent) -> list[dict]:
    """The jobs of some names, () for all, with the code of a checkout."""
    found = []
    for name, job in jobs(quick).items():
        if only and name not in only:
            continue
        with tempfile.TemporaryDirectory(prefix="astronn-jobs-") as folder:
            try:
                found += job(Path(folder), code)
            except subprocess.CalledProcessError as error:
                print(error.output, file=sys.stderr)
                raise
    return found


def main() -> None:
    """The command line: --only and --code, and what every benchmark has."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--only", nargs="+", choices=list(jobs(False)))
    parser.add_argument("--code", type=Path, default=common.FOLDER.parent)
    asked, sys.argv[1:] = parser.parse_known_args()

    common.main(__file__, lambda quick: some(quick, asked.only or (), asked.code.resolve()))


if __name__ == "__main__":
    main()
