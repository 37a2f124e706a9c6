"""What `import astronn` gives, and how little it costs."""

import importlib
import inspect
import subprocess
import sys
import time

import pytest

import astronn


def seconds_to_import() -> float:
    script = "import astronn, sys; assert not {'torch', 'sklearn', 'pandas'} & set(sys.modules)"
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    return time.perf_counter() - start


def test_import_loads_no_learning_library_and_is_quick():
    bare = min(_seconds_of("pass") for _ in range(3))
    assert min(seconds_to_import() for _ in range(3)) - bare < 0.3


def _seconds_of(script: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    return time.perf_counter() - start


@pytest.mark.parametrize("name", astronn.__all__)
def test_every_public_name_is_there(name):
    assert getattr(astronn, name) is not None
    assert name in dir(astronn)


def test_every_classifier_is_public():
    module = importlib.import_module("astronn.classifiers")
    found = [name for name, item in inspect.getmembers(module, inspect.isclass) if item.__module__ == module.__name__]
    assert found
    assert set(found) <= set(astronn.__all__)


def test_submodules_are_attributes():
    assert astronn.metrics.accuracy is importlib.import_module("astronn.metrics").accuracy


def test_unknown_name():
    with pytest.raises(AttributeError, match="module 'astronn' has no attribute 'NoSuchThing'"):
        _ = astronn.NoSuchThing
