"""What `import astronn` gives, and how little it costs."""

import importlib
import inspect
import subprocess
import sys

import pytest
from processes import HANG_S

import astronn


def test_import_loads_no_learning_library():
    """What makes it quick: 0.04 s, against seconds with any of these."""
    script = (
        "import astronn, sys; print({'torch', 'sklearn', 'pandas', 'astropy', 'scipy',"
        " 'matplotlib'} & set(sys.modules))"
    )
    assert (
        subprocess.check_output([sys.executable, "-c", script], text=True, timeout=HANG_S).strip()
        == "set()"
    )


@pytest.mark.parametrize("name", astronn.__all__)
def test_every_public_name_is_there(name):
    assert getattr(astronn, name) is not None
    assert name in dir(astronn)


def test_every_classifier_is_public():
    module = importlib.import_module("astronn.classifiers.feedforward")
    found = [
        name
        for name, item in inspect.getmembers(module, inspect.isclass)
        if item.__module__ == module.__name__
    ]
    assert found
    assert set(found) <= set(astronn.__all__)


def test_submodules_are_attributes():
    assert (
        astronn.statistics.metrics.accuracy
        is importlib.import_module("astronn.statistics.metrics").accuracy
    )


def test_unknown_name():
    with pytest.raises(AttributeError, match="module 'astronn' has no attribute 'NoSuchThing'"):
        _ = astronn.NoSuchThing
