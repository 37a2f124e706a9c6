"""Check every file of finished reports with a tool that is not ours: `make valid`, or

    python tests/outputs/validate.py FOLDER...

LaTeX compiles (pdflatex, without a line that sticks out by 20 points or more), ECSV is the same
table after reading, writing and reading again, VOTable passes astropy's validator, HTML is parsed
by html5lib without an error and no id stands twice in it, PDF figures are read by pdfinfo. What
fails is printed; the exit status is then 1."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

STICKING_OUT = 20.0  # points: about two letters


def latex(path: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "pdflatex",
            "-interaction=nonstopmode",
            "-halt-on-error",
            f"-output-directory={folder}",
            path.name,
        ]
        done = subprocess.run(
            command, cwd=path.parent, capture_output=True, text=True, errors="replace"
        )
    faults = (
        []
        if not done.returncode
        else [line for line in done.stdout.splitlines() if line.startswith("!")] or ["failed"]
    )
    wide = [
        float(points)
        for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", done.stdout)
    ]
    return faults + [
        f"a line sticks out by {points} pt" for points in wide if points >= STICKING_OUT
    ]


def ecsv(path: Path) -> list[str]:
    from astropy.table import Table

    first, text = Table.read(path, format="ascii.ecsv"), io.StringIO()
    first.write(text, format="ascii.ecsv")
    again = Table.read(text.getvalue(), format="ascii.ecsv")
    same = (
        first.colnames == again.colnames and first.meta == again.meta and len(first) == len(again)
    )
    same = same and all(
        str(first[name].tolist()) == str(again[name].tolist()) for name in first.colnames
    )  # NaN too
    return [] if same and len(first) else ["not the same after a round trip, or empty"]


def votable(path: Path) -> list[str]:
    from astropy.io import votable as vo

    told = io.StringIO()
    return [] if vo.validate(str(path), output=told) else told.getvalue().splitlines()[:10]


def html(path: Path) -> list[str]:
    import html5lib

    parser = html5lib.HTMLParser()
    tree = parser.parse(path.read_text(encoding="utf-8"))
    faults = [f"line {position[0]}: {code} {about}" for position, code, about in parser.errors]
    ids = Counter(each.get("id") for each in tree.iter() if each.get("id"))
    return faults + [f"id {name!r} stands {n} times" for name, n in ids.items() if n > 1]


def pdf(path: Path) -> list[str]:
    done = subprocess.run(["pdfinfo", path], capture_output=True, text=True)
    return (
        []
        if not done.returncode and not done.stderr
        else (done.stderr.splitlines() or ["pdfinfo cannot read it"])[:3]
    )


CHECKS: dict[str, tuple[Callable[[Path], list[str]], str]] = {
    ".tex": (latex, "pdflatex"),
    ".ecsv": (ecsv, ""),
    ".vot": (votable, ""),
    ".html": (html, ""),
    ".pdf": (pdf, "pdfinfo"),
}


def main(folders: list[str]) -> int:
    looked, faulty = Counter(), 0
    for path in sorted(
        path for folder in folders for path in Path(folder).rglob("*") if path.suffix in CHECKS
    ):
        check, tool = CHECKS[path.suffix]
        if tool and not shutil.which(tool):
            looked[f"{path.suffix} passed over, {tool} is not installed"] += 1
            continue
        looked[path.suffix] += 1
        found = check(path)
        faulty += bool(found)
        print(*(f"{path}: {fault}" for fault in found), sep="\n", end="\n" if found else "")
    print(
        ", ".join(f"{n} {kind}" for kind, n in sorted(looked.items())) or "no file found",
        f"- {faulty} with faults",
        sep=" ",
    )
    return int(faulty > 0 or not looked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
