"""Fixtures for all rooms: where real survey files are, if they are anywhere."""

import os
from pathlib import Path

import pytest

# Two processes of tests on two cores, each with two threads that wait by spinning, take four times
# as long as with threads that sleep. It is read when torch is loaded, by commands of tests too.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def mirror() -> Path:
    """A folder of real survey files, <survey>/<file>: ASTRONN_MIRROR, or shared/data beside the
    repository.
    """
    configured = os.environ.get("ASTRONN_MIRROR", "")
    folder = Path(configured) if configured else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(
            "needs real survey files: set ASTRONN_MIRROR to a folder of them (there is none at"
            f" {folder})"
        )
    return folder
