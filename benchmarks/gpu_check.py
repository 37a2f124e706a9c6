"""Whether every classifier does on a card what it does on a processor: the other half of the job
for a machine that has one.

    python -m benchmarks.gpu_check              under five minutes; writes gpu-check-<name of the
                                                device>.json in benchmarks/results
    python -m benchmarks.gpu_check --pretend    the same on a card that pretends; keeps nothing

The tests marked ``gpu``: for every family the posteriors of both devices beside each other, a model
saved on one and loaded on the other, and a training that was ended and goes on to the same bytes.
The waits of a step are counted on the pretended card alone."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from benchmarks import common

SECONDS = 290
TESTS = "tests/astronn"


def results(report: Path) -> dict[str, str]:
    """Name of each test -> passed, failed or skipped."""
    cases = ElementTree.parse(report).getroot().iter("testcase")  # our own file

    def said(case: ElementTree.Element) -> str:
        kinds = {"failure": "failed", "error": "failed", "skipped": "skipped"}
        return next((kinds[part.tag] for part in case if part.tag in kinds), "passed")

    return {str(case.get("name")): said(case) for case in cases}


def run(selection: list[str]) -> dict[str, str]:
    """The results of the tests that are selected."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        words = [sys.executable, "-m", "pytest", "-q", TESTS, *selection, f"--junitxml={report}"]
        subprocess.run(words, cwd=common.FOLDER.parent, timeout=SECONDS, check=False)
        return results(report)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu_check")
    parser.add_argument("--pretend", action="store_true", help="on a card that pretends")
    parser.add_argument("--output", type=Path, help="folder for the JSON file")
    asked = parser.parse_args()
    if asked.pretend:
        found = run(["-k", "pretended or card"])
    else:
        import torch

        if not torch.cuda.is_available():
            sys.exit(
                "astronn: error: benchmarks.gpu_check needs a CUDA device, and torch sees none; run"
                " it on a machine that has one, or with --pretend"
            )
        found = run(["-m", "gpu"])
        name = torch.cuda.get_device_name().replace(" ", "-")
        folder = asked.output or common.RESULTS
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"gpu-check-{name}.json").write_text(json.dumps(found, indent=1) + "\n")
    passed = sum(result == "passed" for result in found.values())
    print(f"{passed} of {len(found)} passed")
    return 0 if passed and "failed" not in found.values() else 1


if __name__ == "__main__":
    sys.exit(main())
