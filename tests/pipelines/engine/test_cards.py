"""Which tasks hold the resource ``gpu``, and that two at once get two cards."""

import multiprocessing

import luigi
import pytest

import pipelines.tasks  # registers all tasks
from pipelines.engine import cards
from pipelines.engine.base import FolderTask


@pytest.fixture
def two_cards(monkeypatch, tmp_path):
    """A machine with the cards 0 and 1."""
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    monkeypatch.setattr(cards, "DEVICES", tmp_path)
    monkeypatch.setattr(cards.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.delenv(cards.VISIBLE, raising=False)


def folder_tasks():
    """Every task of the pipelines that makes a folder."""
    import importlib
    import pkgutil

    for module in pkgutil.iter_modules(pipelines.tasks.__path__, "pipelines.tasks."):
        importlib.import_module(module.name)
    found, ahead = set(), [FolderTask]
    while ahead:
        kind = ahead.pop()
        ahead += kind.__subclasses__()
        found.add(kind)
    return [kind for kind in found if kind.__module__.startswith("pipelines.tasks.")]


def test_every_task_with_a_device_holds_the_resource():
    kinds = folder_tasks()
    with_device = [
        kind for kind in kinds if isinstance(getattr(kind, "device", None), luigi.Parameter)
    ]
    assert len(with_device) >= 5
    assert [kind for kind in with_device if not issubclass(kind, cards.OnCard)] == []
    names = {kind.__name__ for kind in kinds if issubclass(kind, cards.OnCard)}
    assert {"ClassifyObjects", "DescribeObjects"} <= names  # they classify where they find a card


class Some(cards.OnCard):
    device = luigi.Parameter(default="auto")


def test_the_resource_is_held_where_there_are_cards(two_cards, monkeypatch):
    assert cards.visible() == ["0", "1"]
    assert Some().resources == Some(device="cuda").resources == {"gpu": 1}
    assert Some(device="cpu").resources == Some(device="mps").resources == {}
    monkeypatch.setenv(cards.VISIBLE, "")
    assert cards.visible() == [] and Some().resources == {}
    monkeypatch.setenv(cards.VISIBLE, "GPU-5ab, 3")
    assert cards.visible() == ["GPU-5ab", "3"]


def _taken(answers):
    with cards.own_card("auto") as mine:
        answers.put((mine, cards.os.environ.get(cards.VISIBLE)))


def test_two_at_once_have_two_cards_and_the_third_shares(two_cards):
    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()
    with cards.own_card("cuda") as first:
        assert first == cards.os.environ[cards.VISIBLE] == "0"
    assert cards.VISIBLE not in cards.os.environ
    with cards.own_card("auto") as first:
        cards.os.environ.pop(cards.VISIBLE)  # as it is for the other process
        other = fork.Process(target=_taken, args=(answers,))
        other.start()
        other.join(60)
        assert (first, answers.get()) == ("0", ("1", "1"))
        with cards.own_card("auto") as second, cards.own_card("auto") as third:
            assert (second, third) == ("1", None)


def test_a_card_asked_for_by_its_number_and_the_processor_stay_as_they_are(two_cards):
    for device in ("cuda:1", "cpu", "mps"):
        with cards.own_card(device) as mine:
            assert mine is None and cards.VISIBLE not in cards.os.environ
