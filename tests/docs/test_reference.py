"""The reference is complete: every command, task, module, class and function of the four rooms,
each with a docstring.
"""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from processes import HANG_S

from pipelines.cli import names

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location(
    "reference_pages", ROOT / "docs" / "reference_pages.py"
)
reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(reference)


@pytest.fixture(scope="module")
def pages():
    return reference.pages()


@pytest.mark.parametrize("name", names())
def test_every_command_is_there(pages, name):
    assert f"## astronn {name}\n" in pages["reference/cli.md"]


def test_every_task_and_parameter_is_there_with_its_meaning(pages):
    assert len(reference.tasks()) > 8
    for task in reference.tasks():
        assert f"## {task.__name__}\n" in pages["reference/tasks.md"]
        assert task.__doc__, task
        assert all(parameter.description for _, parameter in task.get_params()), task


def undocumented(room: str) -> list[str]:
    missing = []
    for module, tree in reference.modules(room):
        missing += [] if ast.get_docstring(tree) else [module]
        missing += [
            f"{module}.{node.name}"
            for node in reference.public(tree)
            if not ast.get_docstring(node)
        ]
    return missing


# Modules that say what all of them are in the package's own docstring.
ALIKE = (
    "astronn.baselines.",
    "catalogs.surveys.",
    "catalogs.formats.",
    "catalogs.bulk.",
    "reports.render.",
    "pipelines.cli.commands.",
)


@pytest.mark.parametrize("room", reference.ROOMS)
def test_what_is_public_says_what_it_is(room):
    assert [name for name in undocumented(room) if not name.startswith(ALIKE)] == []


@pytest.mark.parametrize("room", reference.ROOMS)
def test_every_public_name_is_on_its_page(pages, room):
    text = pages[f"reference/{room}.md"]
    found = [node.name for _, tree in reference.modules(room) for node in reference.public(tree)]
    assert len(found) > 20 and all(f"{name}" in text for name in found)


def test_parameters_of_a_docstring_are_a_list_and_no_heading(pages):
    text = pages["reference/astronn.md"]
    assert "**Parameters**" in text and "- `hidden_layers`: units of each hidden layer" in text
    assert "\n-----" not in text, "an underlined title is a heading of the page"


def test_links_between_pages_lead_somewhere():
    pages = [path for path in (ROOT / "docs").rglob("*.md")]
    generated = set(reference.pages())
    for page in pages:
        for target in __import__("re").findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
            if "://" in target:
                continue
            path = (page.parent / target).resolve()
            assert path.is_file() or path.relative_to(ROOT / "docs").as_posix() in generated, (
                page,
                target,
            )


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs", reason="needs mkdocs: pip install -e '.[docs]'")
    words = ["-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=HANG_S
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "reference" / "tasks.html").stat().st_size > 10_000
