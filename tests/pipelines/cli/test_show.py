"""`astronn show`: finds what is finished by path, key or name, tells it in words, and notices
damage.
"""

import json

import pytest
from click.testing import CliRunner

from pipelines.cli import main
from pipelines.engine.running import run
from pipelines.tasks.ingest import SplitCatalogue


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    task = SplitCatalogue(survey="digits", results=str(tmp_path_factory.mktemp("results")))
    assert run([task])
    return task


def show(task, *words):
    return CliRunner().invoke(main, ["show", *words, "--results", task.results])


def test_everything_finished_is_listed_in_the_order_of_making(split):
    lines = show(split).output.splitlines()
    assert [line.split()[3] for line in lines] == ["FetchSurvey", "IngestSurvey", "SplitCatalogue"]


@pytest.mark.parametrize(
    "words", [lambda t: str(t.folder()), lambda t: t.key(), lambda t: "split-"]
)
def test_one_is_shown_by_path_key_or_part_of_its_name(split, words):
    output = show(split, words(split)).output
    assert "task         SplitCatalogue" in output and 'parameter    survey = "digits"' in output
    assert "n_train" in output and "from         catalogue-" in output
    assert "to repeat:   luigi --module pipelines SplitCatalogue" in output


def test_json_is_the_manifest(split):
    record = json.loads(show(split, split.key(), "--json").output)
    assert record["task"] == "SplitCatalogue" and record["key"] == split.key()
    assert len(json.loads(show(split, "--json").output)) == 3


def test_verify_finds_a_flipped_bit(split):
    done = show(split, "--verify")
    assert done.exit_code == 0 and done.output == "3 of 3 finished folders are whole\n"
    path = split.path("split.parquet")
    good = path.read_bytes()
    path.write_bytes(good[:50] + bytes([good[50] ^ 1]) + good[51:])
    done = show(split, "--verify")
    path.write_bytes(good)
    assert done.exit_code == 1
    assert "missing or damaged: split.parquet; remedy: remove the folder and repeat" in done.output
    assert "2 of 3 finished folders are whole" in done.output


def test_what_is_not_there_is_one_line(split, tmp_path):
    done = show(split, "openngc")
    assert (
        done.exit_code == 1
        and "is named 'openngc'; `astronn show` lists what is there" in done.output
    )
    done = CliRunner().invoke(main, ["show", "--results", str(tmp_path)])
    assert done.exit_code == 1 and "make one with `astronn report`" in done.output
