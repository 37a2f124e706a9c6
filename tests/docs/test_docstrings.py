"""Docstrings of what the reference shows: arrays with their shapes, errors with their names."""

import ast
import re
from collections.abc import Iterator
from importlib import util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ARRAYS = re.compile(r"\b(ndarray|ArrayLike|NDArray)\b")
AXIS = r"(?:\.\.\.|\d+|(?:\d+ )?[A-Za-z]\w{0,8}'?(?: ?[-+*/^] ?\w+)*(?: [A-Z])?)"
SHAPE = re.compile(rf"\({AXIS},(?:\s*{AXIS},?)*\)")
ERRORS = {"AstronnError", "CatalogueError", "PipelineError", "ReportError"}
MAKERS = {"unknown": "AstronnError", "refuse": "ReportError"}  # functions that make or raise one

spec = util.spec_from_file_location("reference_pages", ROOT / "docs" / "reference_pages.py")
reference = util.module_from_spec(spec)
spec.loader.exec_module(reference)
MODULES = {name: tree for room in reference.ROOMS for name, tree in reference.modules(room)}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.Module) -> Iterator[tuple[str, Function, str]]:
    """(name, function, docstring) of every public function and method of a module; a method's
    docstring is read together with that of its class, and with the class's own fields.
    """
    for node in reference.public(tree):
        if isinstance(node, ast.ClassDef):
            about = ast.get_docstring(node) or ""
            for method in reference.public(node):
                if isinstance(method, Function):
                    said = f"{about}\n{ast.get_docstring(method) or ''}"
                    yield f"{node.name}.{method.name}", method, said
        elif not any("click" in ast.unparse(mark) for mark in node.decorator_list):
            yield node.name, node, ast.get_docstring(node) or ""  # a command's is its help


def takes_or_gives_arrays(function: Function) -> bool:
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    notes = [argument.annotation for argument in every] + [function.returns]
    return any(note is not None and ARRAYS.search(ast.unparse(note)) for note in notes)


def raised(function: Function) -> set[str]:
    """The errors of ours that a function raises itself."""
    found = set()
    for node in ast.walk(function):
        thrown = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(thrown, ast.Call) and isinstance(thrown.func, ast.Name):
            found.add(MAKERS.get(thrown.func.id, thrown.func.id))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Name) and called.id == "refuse":
                found.add("ReportError")
    return found & ERRORS


def faults(name: str) -> list[str]:
    """What the docstrings of a module leave out."""
    found = []
    for function, node, said in functions(MODULES[name]):
        if takes_or_gives_arrays(node) and not SHAPE.search(said):
            found.append(f"{name}.{function} states no shape of its arrays, such as (N, K)")
        found += [
            f"{name}.{function} does not say that it raises {error}"
            for error in sorted(raised(node))
            if error not in said and not re.search(r"^Raises\n-+", said, re.M)
        ]
    return found


@pytest.mark.parametrize("room", reference.ROOMS)
def test_arrays_have_shapes_and_errors_are_named(room):
    own = [name for name in MODULES if name.split(".")[0] == room]
    assert len(own) > 10
    found = [fault for name in own for fault in faults(name)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("said", "stated"),
    [
        ("rows (N,)", True),
        ("(..., K, K)", True),
        ("(N, K) float", True),
        ("images (B, C, H, W)", True),
        ("(N, 2 H)", True),
        ("three numbers", False),
        ("a number (see below)", False),
    ],
)
def test_a_shape_is_told_from_other_words(said, stated):
    assert bool(SHAPE.search(said)) == stated
