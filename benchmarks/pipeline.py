"""What the pipeline itself costs: a run in which nothing is left to do, and a task beyond the work
that it wraps.

    python -m benchmarks.pipeline            about a minute
    python -m benchmarks.pipeline --quick    a fourth of the tasks

A graph of 200 tasks in four layers is run, and run again in a new process, as a person would: the
second run finds everything done and must take less than 5 s, imports included (interpreter, Luigi,
the keys of 200 tasks, as many manifests looked for). A task costs a fork, a scratch folder, a
manifest and a rename; that cost is measured on tasks whose work is to write one line, and is set
beside a job of 10 minutes with the 12 tasks of a report: it must stay below a tenth."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import common

LAYERS, RERUN_SECONDS, REPORT_TASKS, JOB_SECONDS = 4, 5.0, 12, 600.0

SCRIPT = """
import sys
import luigi
from pipelines.engine.base import FolderTask
from pipelines.engine.running import run

class Step(FolderTask):
    stage, files = "step", ("line.txt",)
    layer, number = luigi.IntParameter(), luigi.IntParameter()

    def label(self):
        return f"step-{self.layer}-{self.number}"

    def requires(self):
        before = {"layer": self.layer - 1, "results": self.results}
        width = int(sys.argv[2])
        both = [(self.number + k) % width for k in range(2)] if self.layer else []
        return [Step(number=number, **before) for number in both]

    def make(self, folder):
        (folder / "line.txt").write_text("done")

    def say(self, text, fraction=None):
        pass

last = int(sys.argv[3]) - 1
steps = [Step(layer=last, number=n, results=sys.argv[1]) for n in range(int(sys.argv[2]))]
sys.exit(0 if run(steps) else 1)
"""


def run_graph(results: Path, width: int) -> float:
    """Seconds of one process that runs the graph of LAYERS x width tasks."""
    start = time.perf_counter()
    command = [sys.executable, "-c", SCRIPT, str(results), str(width), str(LAYERS)]
    subprocess.run(command, cwd=common.FOLDER.parent, check=True)
    return time.perf_counter() - start


def rows(quick: bool) -> list[dict]:
    width, rounds = (13, 2) if quick else (50, 5)
    n = LAYERS * width
    with tempfile.TemporaryDirectory() as name:
        first = run_graph(Path(name), width)
        found = len(list(Path(name).rglob("manifest.json")))
        again = [run_graph(Path(name), width) for _ in range(rounds)]
        complete = all(
            json.loads(path.read_text())["task"] == "Step"
            for path in Path(name).rglob("manifest.json")
        )
    per_task = (first - min(again)) / n
    share = REPORT_TASKS * per_task / JOB_SECONDS
    return [
        common.row(
            f"run of {n} tasks in which nothing is left to do (must stay below"
            f" {RERUN_SECONDS:g} s)",
            again,
            None,
            equal=found == n and complete and max(again) < RERUN_SECONDS,
            note="there is no peer: a limit in seconds",
        ),
        common.row(
            f"a task beyond its work; {REPORT_TASKS} are {share:.2%} of a job of {JOB_SECONDS:g} s"
            " (must stay below 10%)",
            [per_task],
            None,
            equal=share < 0.1,
            share_of_a_job=share,
            note="there is no peer: a limit as a share",
        ),
    ]


if __name__ == "__main__":
    common.main(__file__, rows)
