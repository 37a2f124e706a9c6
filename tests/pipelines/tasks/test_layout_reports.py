"""Every layout of light curves from bytes to a report by a survey.toml alone."""

from __future__ import annotations

import subprocess
import sys

import pytest
from layout_examples import EXAMPLES, write


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_report_of_each_layout(name, tmp_path):
    toml, results = write(name, tmp_path), tmp_path / "results"
    line = [sys.executable, "-m", "pipelines.cli", "report", str(toml), "--results", str(results)]
    done = subprocess.run(
        [*line, "--classifier", "feedforward", "--no-calibration"],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (page,) = results.rglob("report.html")
    assert "example" in page.read_text()
