"""Terminals and pipes as they come: closed, narrow, without Unicode."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ASTRONN = [sys.executable, "-m", "pipelines.cli"]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


@pytest.mark.parametrize("words", [["surveys"], ["--help"], ["models"]])
def test_a_reader_that_goes_away_is_no_error(words):
    """`astronn surveys | head -1`"""
    running = subprocess.Popen(
        [*ASTRONN, *words],
        env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    running.stdout.readline()
    running.stdout.close()
    assert running.stderr.read() == b""
    assert running.wait(60) in (0, 1)  # all was in the pipe before it was closed, or not


@pytest.mark.parametrize(
    "more",
    [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}],
    ids=["C", "ascii"],
)
@pytest.mark.parametrize("words", [["surveys"], ["models"], ["show", "--results", "é\u202e"]])
def test_a_locale_without_unicode_ends_nothing(tmp_path, words, more):
    done = subprocess.run(
        [*ASTRONN, *words], env=environment(**more), cwd=tmp_path, capture_output=True, timeout=60
    )
    assert b"Traceback" not in done.stderr and done.returncode == (words[0] == "show")
    assert b"\xe2\x80\xae" not in done.stderr + done.stdout


@pytest.mark.parametrize("columns", ["1", "20", "0"])
def test_a_narrow_terminal(columns):
    for words in (["--help"], ["report", "--help"], ["surveys"]):
        done = subprocess.run(
            [*ASTRONN, *words], env=environment(COLUMNS=columns), capture_output=True, timeout=60
        )
        assert done.returncode == 0 and done.stderr == b""


def test_closed_streams(tmp_path):
    """`astronn show >&- 2>&-`, as a service may start it."""
    code = "import os, sys; os.close(1); os.close(2); os.execv(sys.argv[1], sys.argv[1:])"
    for words, expected in ((["surveys"], 0), (["show", "--results", "none"], 1)):
        done = subprocess.run(
            [sys.executable, "-c", code, *ASTRONN, *words],
            env=environment(),
            cwd=tmp_path,
            timeout=60,
        )
        assert done.returncode == expected
