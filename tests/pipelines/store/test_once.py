"""What is read once a process, and what is read anew because it changed."""

import luigi.task_register
import numpy as np
import pytest

from catalogs import surveys
from catalogs.catalogue import Catalogue
from catalogs.splits.split import Split
from pipelines.engine.running import run
from pipelines.store import once
from pipelines.tasks.compare import CompareClassifiers, by_folder
from pipelines.tasks.ingest import SplitCatalogue

TOML = """
name = "mine"
scheme = { name = "mine", classes = ["a", "b"], ordered = false }
[table]
file = "table.csv"
[objects]
id = "name"
[label]
column = "kind"
[features.size]
column = "size"
"""


@pytest.fixture
def counted(monkeypatch):
    """Count the calls of a function; give (owner, name)."""

    def count(owner, name):
        calls, whole = [], getattr(owner, name)

        def counting(*given):
            calls.append(given)
            return whole(*given)

        monkeypatch.setattr(owner, name, counting)
        return calls

    return count


def test_a_report_loads_its_survey_once(counted, tmp_path):
    once._shipped.cache_clear()
    loads = counted(surveys, "load")
    task = CompareClassifiers(survey="digits", results=str(tmp_path), baselines=["majority_class"])
    task.check()
    waiting = [task]
    while waiting:  # all that Luigi asks before the first task runs
        one = waiting.pop()
        assert not one.complete()
        waiting += one.deps()
    assert len(loads) == 1


def test_catalogue_and_split_are_read_once(counted, tmp_path):
    task = SplitCatalogue(survey="digits", results=str(tmp_path))
    assert run([task])
    reads = counted(Catalogue, "read"), counted(Split, "read")
    assert task.read_split() is task.read_split()
    assert task.requires().catalogue() is task.requires().catalogue()
    assert [len(calls) for calls in reads] == [1, 1]


def test_a_survey_toml_is_resolved_anew_when_it_has_changed(tmp_path):
    path = tmp_path / "survey.toml"
    (tmp_path / "table.csv").write_text("name,kind,size\nx,a,1\ny,b,2\n")
    path.write_text(TOML)
    assert once.survey(str(path)).title == once.survey(str(path)).title
    first = CompareClassifiers(survey=str(path), results=str(tmp_path)).key()
    path.write_text(TOML.replace('name = "mine"\n', 'name = "mine"\nnoun = "stars"\n', 1))
    assert once.survey(str(path)).noun == "stars"
    luigi.task_register.Register.clear_instance_cache()
    assert CompareClassifiers(survey=str(path), results=str(tmp_path)).key() != first


def test_a_page_lists_few_files_and_one_digest_of_many():
    few = {f"a/{i}.dat": str(i) for i in range(3)} | {"survey.toml": "x"}
    assert by_folder(few) == few
    many = few | {f"stars/{i}.dat": str(i) for i in range(37)}
    (added,) = set(by_folder(many)) - set(few)
    assert added == "the checksums of 37 files in stars"
    order = np.random.default_rng(0).permutation(list(many.items()))
    assert by_folder(dict(order)) == by_folder(many)
    assert by_folder({**many, "stars/7.dat": "other"})[added] != by_folder(many)[added]
