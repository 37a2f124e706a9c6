"""Every block of code in the documentation is run: in order, page by page, in an empty folder.

A block of ```bash is run by bash (it must not fail), one of ```python by python. A comment before a
block says otherwise: `<!-- file: NAME -->` writes the block into that file, `<!-- not run: REASON
-->` leaves it out, `<!-- slow: REASON -->` leaves it to `pytest -m slow`."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for path in (*(ROOT / "docs").rglob("*.md"), ROOT / "README.md")
    if "decisions" not in path.parts
)
BLOCK = re.compile(
    r"(?:^<!-- (?P<how>file|not run|slow): (?P<what>[^\n]*?)"
    r" -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$",
    re.M | re.S,
)
RUN = {"bash", "python"}
LIMIT = 1200  # seconds: against a block that hangs; none takes minutes on a machine of its own
QUICK = {"tutorial.md", "explanation/statistics.md"}


@dataclass(frozen=True)
class Block:
    """One block: its language, its text, and what the comment before it says."""

    kind: str
    text: str
    how: str
    what: str


def blocks(page: Path) -> list[Block]:
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(m["kind"], m["text"], m["how"] or "", m["what"] or "") for m in found]


def name(page: Path) -> str:
    return page.relative_to(ROOT / "docs" if page != ROOT / "README.md" else ROOT).as_posix()


def parameters() -> list:
    quick = [pytest.param(page, id=name(page)) for page in PAGES if name(page) in QUICK]
    return quick + [
        pytest.param(page, id=name(page), marks=pytest.mark.slow)
        for page in PAGES
        if name(page) not in QUICK
    ]


@pytest.fixture(scope="session")
def terminal(tmp_path_factory) -> dict[str, str]:
    """The environment of a terminal in which astronn is installed: `astronn`, `luigi` and `python`
    are found.
    """
    tools = tmp_path_factory.mktemp("bin")
    for command, words in {
        "astronn": "-m pipelines.cli",
        "luigi": "-m luigi",
        "python": "",
    }.items():
        (tools / command).write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
        (tools / command).chmod(0o755)
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PATH": f"{tools}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
    }


def run(block: Block, folder: Path, environment: dict[str, str]) -> None:
    if block.how == "file":
        (folder / block.what).parent.mkdir(parents=True, exist_ok=True)
        (folder / block.what).write_text(block.text)
        return
    command = ["bash", "-euo", "pipefail", "-c"] if block.kind == "bash" else [sys.executable, "-c"]
    done = subprocess.run(
        [*command, block.text],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, f"{block.text}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


@pytest.mark.parametrize("page", parameters())
def test_the_code_of_a_page_runs(page, tmp_path, terminal):
    for block in blocks(page):
        if (block.kind in RUN or block.how == "file") and block.how not in ("not run", "slow"):
            run(block, tmp_path, terminal)


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(block.how == "slow" for block in blocks(page))], ids=name
)
def test_the_slow_code_of_a_page_runs(page, tmp_path, terminal):
    for block in blocks(page):
        if (block.kind in RUN or block.how == "file") and block.how != "not run":
            run(block, tmp_path, terminal)


def test_there_are_blocks_and_what_is_not_run_says_why():
    found = [(name(page), block) for page in PAGES for block in blocks(page)]
    assert sum(block.kind in RUN for _, block in found) > 20
    assert all(block.what for _, block in found if block.how)
    assert {name(page) for page in PAGES} >= QUICK


def test_the_table_of_the_tutorial_says_what_the_page_expects(tmp_path, terminal):
    """The draft guesses what the tutorial says it guesses."""
    for block in blocks(ROOT / "docs" / "tutorial.md")[2:5]:
        run(block, tmp_path, terminal)
    draft = (tmp_path / "survey.toml").read_text()
    assert (
        'id = "NAME"' in draft
        and 'column = "T"\nkind = "t"' in draft
        and 'noun = "objects"' in draft
    )
