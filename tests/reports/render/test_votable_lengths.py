"""Cells of any length can be written as VOTable: the process that does it lives, and each text
comes back."""

from __future__ import annotations

import os
import subprocess
import sys

SWEEP = """
from astropy.table import Table
from reports.render.votable import document

for length in range(2001):
    text = "x" * length
    written = document("survey", "a cell", {"table": Table({"a": [text], "b": [1.5]})})
    assert (f"<TD>{text}</TD>" if length else "<TD/>") in written, length
print("all written")
"""


def test_texts_of_0_to_2000_characters_are_written_without_a_byte_beside_their_place():
    """PYTHONMALLOC=debug ends the process at the first byte that is written outside its buffer."""
    done = subprocess.run(
        [sys.executable, "-c", SWEEP],
        env=os.environ | {"PYTHONMALLOC": "debug"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0 and "all written" in done.stdout, done.stderr[-2000:]
