"""Fixtures for all rooms: where real survey files are, if they are anywhere."""

import os
from pathlib import Path

import pytest

# Before torch is loaded: test processes share the cores, and a process that has used OpenMP's
# threads must not be forked, as Luigi does with it. The `astronn` command keeps the forking process
# clean by itself.
os.environ.setdefault("OMP_NUM_THREADS", "1")

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
