"""Progress: a bar in a terminal, plain lines in a log."""

import io
import sys

import pytest

from pipelines.bulk import progress
from pipelines.engine.base import FolderTask
from pipelines.engine.running import run


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("stream, bar", [(Terminal, True), (io.StringIO, False)])
def test_a_bar_is_for_terminals_alone(monkeypatch, stream, bar):
    told = stream()
    monkeypatch.setattr(sys, "stderr", told)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    counter = progress.Progress(1000, name="part 1")
    counter(500)
    counter.close()
    assert ("\r" in told.getvalue()) == bar
    if not bar:
        lines = told.getvalue().splitlines()
        assert (
            len(lines) == 2
            and "500 of 1e+03 objects (50%)" in lines[0]
            and "\x1b" not in told.getvalue()
        )


class Chatting(FolderTask):
    """Says how far it is."""

    stage, files = "chatting", ("x",)

    def make(self, folder):
        self.say("begun")
        self.say("half", 0.5)
        (folder / "x").write_text("1")


def test_what_a_task_says_to_a_log_is_plain(tmp_path, capfd):
    assert run([Chatting(results=str(tmp_path))])
    told = capfd.readouterr().err
    assert "chatting: begun\n" in told and "\r" not in told and "\x1b" not in told
