"""Outputs have the permissions that the user's umask asks for, whatever wrote them."""

import os
import stat

import pytest

from pipelines.engine.running import run
from pipelines.tasks.compare import PublishedReport
from reports.published import names


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o027])
def test_a_report_obeys_the_umask(tmp_path, mask):
    before = os.umask(mask)
    try:
        assert run([PublishedReport(table=names()[0], results=str(tmp_path / "results"))])
    finally:
        os.umask(before)
    made = [tmp_path / "results", *(tmp_path / "results").rglob("*")]
    modes = {
        path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in made
    }
    asked = {name: (0o777 if (tmp_path / name).is_dir() else 0o666) & ~mask for name in modes}
    wrong = {name: oct(mode) for name, mode in modes.items() if mode != asked[name]}
    assert len(made) > 6 and not wrong
