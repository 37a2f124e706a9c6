"""The index of reports: complete after a kill, true under two runs at once, and not stopped by what
it cannot read.
"""

import multiprocessing
import shutil
import sys
from pathlib import Path

import pytest
from processes import HANG_S

from pipelines.engine.indexed import Indexed
from pipelines.engine.running import run
from pipelines.store.index import INDEX, PAGE, write_index
from pipelines.tasks.compare import PublishedReport

TABLE = "storrie_lombardi_1992_table2"


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """A results folder with one finished report."""
    results = tmp_path_factory.mktemp("results")
    assert run([PublishedReport(table=TABLE, results=str(results))])
    return results


@pytest.fixture
def finished(once, tmp_path):
    """That report, in a results folder of the test's own."""
    shutil.copytree(once, tmp_path, dirs_exist_ok=True)
    return PublishedReport(table=TABLE, results=str(tmp_path))


def index_of(task) -> str:
    return Path(task.results, INDEX).read_text()


def link(task) -> str:
    return task.path(PAGE).relative_to(task.results).as_posix()


def test_a_report_that_the_index_does_not_list_is_only_listed(finished):
    """Killed between publishing the report and writing the index."""
    before = finished.path(PAGE).stat().st_mtime_ns
    Path(finished.results, INDEX).unlink()
    assert not finished.complete()
    assert run([finished])
    assert link(finished) in index_of(finished) and finished.path(PAGE).stat().st_mtime_ns == before


def test_what_is_in_the_making_is_not_listed(finished, tmp_path):
    for name in (".scratch-host-1-report", ".unfinished-report"):
        (tmp_path / "digits" / name).mkdir(parents=True)
        (tmp_path / "digits" / name / PAGE).write_text("half")
    write_index(tmp_path)
    assert "scratch" not in index_of(finished) and "unfinished" not in index_of(finished)


@pytest.mark.parametrize(
    "content", ['{"format": 99}', "{", '{"format": 1, "survey": "x"}', "[]", None]
)
def test_a_report_of_another_version_is_a_link_and_no_obstacle(finished, tmp_path, content):
    old = tmp_path / "old & <b>"
    old.mkdir()
    (old / PAGE).write_text("old")
    if content is not None:
        (old / "comparison.json").write_text(content)
    write_index(tmp_path)
    text = index_of(finished)
    assert link(finished) in text
    assert (
        'href="old%20%26%20%3Cb%3E/report.html"' in text
        and "another version of astronn" in text
        and "<b>" not in text
    )


class Listed(Indexed):
    """A page of a number."""

    stage, files = "listed", (PAGE,)

    def label(self) -> str:
        return f"listed-{self.number}"

    number = PublishedReport.table

    def make(self, folder):
        (folder / PAGE).write_text(str(self.number))


def make_listed(results: str, number: int) -> None:
    sys.exit(0 if run([Listed(number=str(number), results=results)]) else 1)


def test_runs_at_the_same_time_are_all_listed(tmp_path):
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=make_listed, args=(str(tmp_path), number)) for number in range(6)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(HANG_S)
    assert [process.exitcode for process in processes] == [0] * 6
    text = Path(tmp_path, INDEX).read_text()
    assert all(f"listed-{number}-" in text for number in range(6))
    assert not list(tmp_path.glob(".*"))
