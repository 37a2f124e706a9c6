"""All benchmarks, one process each, and one table of their results.

    python -m benchmarks                 everything; the machine should have nothing else to do
    python -m benchmarks --quick         a subset of each, under four minutes in all
    python -m benchmarks committee bulk  some of them

A benchmark that needs a CUDA device is left out where there is none (python -m benchmarks.gpu says
so)."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import common

ON_REQUEST = ("gpu",)  # needs another machine than most


def names() -> list[str]:
    """The benchmarks that are there, found by their files."""
    return sorted(
        p.stem for p in common.FOLDER.glob("*.py") if "\n    common.main(__file__" in p.read_text()
    )


def results(folder: Path) -> str:
    """Markdown of all result files in ``folder``."""
    parts = ["# Side by side with peers", ""]
    parts += [
        "Made by `python -m benchmarks`; the columns are those of benchmarks/common.py. Data are"
        " simulated or drawn at"
    ]
    parts += ["random except where a row names a survey: ASAS, Galaxy Zoo 1, OGLE.", ""]
    for path in sorted(folder.glob("*.json")):
        parts += [f"## {path.stem}", "", common.table(json.loads(path.read_text()))]
    return "\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0]
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(names())}")
    parser.add_argument(
        "--quick", action="store_true", help="less work, fewer rounds; results are not kept"
    )
    parser.add_argument(
        "--output", type=Path, help="folder for the results; default: benchmarks/results"
    )
    asked = parser.parse_args()
    if strangers := set(asked.names) - set(names()):
        parser.error(
            f"unknown benchmark {sorted(strangers)[0]!r}; choose among: {', '.join(names())}"
        )
    folder = asked.output or (common.QUICK_RESULTS if asked.quick else common.RESULTS)
    failed, began = [], time.perf_counter()
    for name in asked.names or [name for name in names() if name not in ON_REQUEST]:
        print(f"\n## {name}", flush=True)
        start = time.perf_counter()
        words = [
            sys.executable,
            "-m",
            f"benchmarks.{name}",
            "--output",
            str(folder),
            *(["--quick"] if asked.quick else []),
        ]
        if subprocess.run(words, cwd=common.FOLDER.parent).returncode:
            failed.append(name)
        print(f"({name}: {time.perf_counter() - start:.0f} s)", flush=True)
    if folder.is_dir():
        (folder / "README.md").write_text(results(folder))
        print(f"\n{folder / 'README.md'}: all tables, {time.perf_counter() - began:.0f} s in all")
    if failed:
        print(f"with faults: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
