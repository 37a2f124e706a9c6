"""Kill a run of the pipeline with SIGKILL at a random moment, resume it, compare every final table
byte for byte: N times.

`make faults` (50 times) or `make faults N=5`. One run in nine is killed again while it resumes.
What is killed rotates: the whole process group (the machine loses its power), the parent alone (its
children go on as orphans, beside the resumed run), one child alone (the kernel's out-of-memory
killer). After each kill, every folder that looks finished must be whole: each file has the checksum
of its manifest. The moments come from one seed, so a failure can be repeated: `--seed`, `--only`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
NETWORK = ("--options", json.dumps({"max_epochs": 20, "hidden_layers": [16]}))
SURVEYS = {
    "digits": ("--baseline", "nearest_class_mean", "--baseline", "majority_class"),
    "simulated_catalogue": (
        "--n-train",
        "600",
        "--n-test",
        "400",
        "--seeds",
        "2",
        "--baseline",
        "majority_class",
    ),
}
WHAT = ("group", "parent", "child")
NOTHING = "nothing"
PAGES = {"comparison.json", "summary.json", "history.json"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n", type=int, nargs="?", default=50, help="how many kills (50)")
    parser.add_argument("--seed", type=int, default=0, help="the moments derive from it (0)")
    parser.add_argument(
        "--only", type=int, help="the kill of this number alone, to repeat a failure"
    )
    chosen = parser.parse_args()
    numbers = range(chosen.n) if chosen.only is None else [chosen.only]
    with tempfile.TemporaryDirectory(prefix="astronn-faults-") as folder:
        references = {
            survey: reference(survey, Path(folder, f"whole-{survey}")) for survey in SURVEYS
        }
        good = sum(one(number, chosen.seed, references, Path(folder)) for number in numbers)
    print(f"{good} of {len(numbers)} resumed to identical tables")
    return 0 if good == len(numbers) else 1


def reference(survey: str, results: Path) -> tuple[dict[str, str], float]:
    """The digests of the final tables of an undisturbed run, and the seconds from its first task to
    its end.
    """
    started = time.monotonic()
    process = start(survey, results)
    wait_for_first_task(process, results)
    loaded = time.monotonic()
    if process.wait():
        raise SystemExit(f"the undisturbed run of {survey} failed: {log(results)}")
    seconds = time.monotonic() - loaded
    found = tables(results)
    print(
        f"{survey}: {loaded - started:.1f} s to start, {seconds:.1f} s of tasks, {len(found)} final"
        " tables",
        flush=True,
    )
    return found, seconds


def one(number: int, seed: int, references: dict, folder: Path) -> bool:
    """Kill one run at its random moment, resume it, and say whether nothing was lost."""
    rng = np.random.default_rng([seed, number])
    survey, what = list(SURVEYS)[number % len(SURVEYS)], WHAT[number // len(SURVEYS) % len(WHAT)]
    expected, seconds = references[survey]
    results, kills = folder / str(number), 2 if number % 9 == 8 else 1
    told = []
    for _ in range(kills):
        moment = rng.uniform(-0.1, 0.95) * seconds  # below 0: while it starts
        told.append(f"{what} at {moment:5.2f} s, {kill(survey, results, what, moment)}")
        broken = half_written(results)
        if broken:
            print(
                f"kill {number}: {survey} {told}: a half folder is taken for whole: {broken}",
                flush=True,
            )
            return False
    code = start(survey, results).wait()
    fault = verdict(code, results, expected)
    print(f"kill {number}: {survey}: {'; '.join(told)}: {fault or 'identical'}", flush=True)
    return not fault


def verdict(code: int, results: Path, expected: dict[str, str]) -> str:
    """What is wrong with the resumed run, '' if nothing."""
    if code:
        return f"exit code {code}: {log(results)}"
    found = tables(results)
    if found != expected:
        return (
            "tables differ:"
            f" {sorted(name for name in expected | found if expected.get(name) != found.get(name))}"
        )
    left = [path.name for path in results.rglob(".*") if path != results / ".cache"]
    if left:
        return f"left behind: {left}"
    index = (results / "index.html").read_text()
    lost = [
        path
        for path in results.rglob("report.html")
        if path.relative_to(results).as_posix() not in index
    ]
    return f"not in the index: {lost}" if lost else half_written(results)


def start(survey: str, results: Path) -> subprocess.Popen:
    """The run, in a process group of its own, its words going to run.log."""
    results.mkdir(exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pipelines.cli",
        "report",
        survey,
        *NETWORK,
        *SURVEYS[survey],
        "--results",
        str(results),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ASTRONN_CACHE": str(results / ".cache")}
    with open(results / "run.log", "w") as words:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=words,
        )


def kill(survey: str, results: Path, what: str, moment: float) -> str:
    """Start the run, kill it `moment` seconds after its first task begins, and say in which stage
    it was.
    """
    process = start(survey, results)
    if moment > 0:
        wait_for_first_task(process, results)
    deadline = time.monotonic() + abs(moment)
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    if process.poll() is not None:
        return "after its end"
    stage = log(results)
    if what == "group":
        os.killpg(process.pid, signal.SIGKILL)
    elif what == "parent":
        process.kill()
    else:
        kill_child(process.pid)
    process.wait()
    return f"after {stage!r}"


def wait_for_first_task(process: subprocess.Popen, results: Path) -> None:
    """Return when the run has begun its first task (or has ended)."""
    while process.poll() is None and log(results) == NOTHING:
        time.sleep(0.005)


def kill_child(parent: int) -> None:
    """Kill the youngest child with memory of its own; the parent, if it has none at the moment."""
    children = psutil.Process(parent).children(recursive=True)
    os.kill(
        max(children, key=lambda child: child.create_time()).pid if children else parent,
        signal.SIGKILL,
    )


def tables(results: Path) -> dict[str, str]:
    """The digest of each final table and of all predictions, by its path under ``results``."""
    names = (
        path
        for path in results.rglob("*")
        if path.name.startswith(("report.", "predictions.")) or path.name in PAGES
    )
    return {
        path.relative_to(results).as_posix(): digest(path)
        for path in names
        if ".scratch" not in str(path)
    }


def half_written(results: Path) -> str:
    """The first published file that its manifest does not describe, '' if every finished folder is
    whole.
    """
    for manifest in results.rglob("manifest.json"):
        if ".scratch" in str(manifest):
            continue
        for name, about in json.loads(manifest.read_text())["outputs"].items():
            if (
                not (manifest.parent / name).is_file()
                or digest(manifest.parent / name) != about["sha256"]
            ):
                return str(manifest.parent / name)
    return ""


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def log(results: Path) -> str:
    """The last words of the run."""
    return ((results / "run.log").read_text().strip().splitlines() or [NOTHING])[-1]


if __name__ == "__main__":
    sys.exit(main())
