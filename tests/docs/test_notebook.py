"""The notebook runs from the first cell to the last, in the order in which they stand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from processes import HANG_S

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def cells(path: Path, kind: str) -> list[str]:
    return [
        "".join(cell["source"])
        for cell in json.loads(path.read_text())["cells"]
        if cell["cell_type"] == kind
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_one_and_holds_no_outputs(path):
    content = json.loads(path.read_text())
    assert (content["nbformat"], len({cell["id"] for cell in content["cells"]})) == (
        4,
        len(content["cells"]),
    )
    assert all(not cell["outputs"] for cell in content["cells"] if cell["cell_type"] == "code")
    assert len(cells(path, "code")) >= 5 and len(cells(path, "markdown")) >= 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path):
    program = "\n\n".join(cells(path, "code"))
    environment = {
        "PYTHONPATH": str(ROOT),
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=HANG_S
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("accuracy") == 2 and "McNemar" in done.stdout


def test_there_is_a_notebook():
    assert NOTEBOOKS
