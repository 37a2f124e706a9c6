"""Who may import whom, what stays light, and what the repository must not contain."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "astronn": set(),
    "catalogs": set(),
    "reports": {"astronn"},
    "pipelines": {"astronn", "catalogs", "reports"},
}
MODULES = sorted(path for room in MAY_IMPORT for path in (ROOT / room).rglob("*.py"))


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found & set(MAY_IMPORT)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_import_only_what_they_may(path):
    room = path.relative_to(ROOT).parts[0]
    assert imported_rooms(path) <= MAY_IMPORT[room] | {room}


def test_there_is_something_to_check():
    assert len(MODULES) > 20


def test_only_catalogs_and_pipelines_know_file_formats_and_tasks():
    for path in (ROOT / "astronn").rglob("*.py"):
        text = path.read_text()
        assert "import luigi" not in text and "matplotlib" not in text and "astropy" not in text, (
            path
        )


def loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    return set(subprocess.check_output([sys.executable, "-c", script], text=True, cwd=ROOT).split())


@pytest.mark.parametrize("heavy", ["torch", "sklearn", "pandas", "scipy", "matplotlib", "luigi"])
def test_import_astronn_is_light(heavy):
    assert heavy not in loaded_after("import astronn")


@pytest.mark.parametrize("heavy", ["torch", "sklearn", "pandas", "matplotlib", "luigi", "astropy"])
def test_help_is_light(heavy):
    code = "from pipelines.cli import main\nmain(['--help'], standalone_mode=False)"
    assert heavy not in loaded_after(code)


@pytest.mark.parametrize("heavy", ["torch", "sklearn", "matplotlib"])
def test_reports_are_light(heavy):
    assert heavy not in loaded_after("import reports.comparison, reports.render")


def test_astronn_works_without_luigi():
    """A machine that has torch alone can use the classifiers."""
    code = (
        "import sys; sys.modules['luigi'] = None; import astronn; astronn.FeedforwardClassifier()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
