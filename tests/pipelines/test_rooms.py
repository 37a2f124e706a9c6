"""A folder of the user's own with the name of one of ours: one line that names it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import rooms

ROOT = Path(__file__).resolve().parents[2]


def test_our_own_packages_are_not_in_the_way():
    assert rooms.in_the_way() == ""


@pytest.mark.parametrize("room", ["reports", "catalogs"])
@pytest.mark.parametrize(
    "words",
    [
        ["-m", "pipelines.cli", "surveys"],
        ["-m", "luigi", "--module", "pipelines", "PublishedReport", "--local-scheduler"],
        ["-c", "from pipelines import CompareClassifiers"],
    ],
    ids=["astronn", "luigi", "python"],
)
def test_a_folder_in_the_way_is_named(tmp_path, room, words):
    (tmp_path / room).mkdir()
    (tmp_path / room / "__init__.py").touch()
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1 and f"{tmp_path / room} stands in the way of" in last
    assert ("Traceback" in done.stderr) == (words[0] == "-c")
