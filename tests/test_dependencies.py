"""What the rooms import is declared in pyproject.toml, and what is declared is imported."""

import ast
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("astronn", "catalogs", "reports", "pipelines")
MODULES = {
    "pillow": "PIL",
    "scikit-learn": "sklearn",
    "nifty-ls": "nifty_ls",
    "pyyaml": "yaml",
}  # the rest: alike
FOR_OTHER_FOLDERS = {"bench", "dev", "docs", "fuzz", "test"}  # extras that no room imports


def imported() -> dict[str, str]:
    """The packages of others that the rooms import anywhere, each with one file that does."""
    found = {}
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            found |= {name.split(".")[0]: str(path.relative_to(ROOT)) for name in names}
    ours = {*ROOMS, *sys.stdlib_module_names, "__future__", "_typeshed"}
    return {name: path for name, path in found.items() if name not in ours}


def module_of(requirement: str) -> str:
    """The module of a requirement such as "scikit-learn>=1.6"."""
    name = re.match(r"[\w.-]+", requirement)
    assert name, requirement
    return MODULES.get(name.group().lower(), name.group().lower().replace("-", "_"))


def declared() -> tuple[set[str], set[str]]:
    """Modules that are required, and those of the extras for the rooms."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {
        module_of(requirement)
        for extra, wanted in project["optional-dependencies"].items()
        if extra not in FOR_OTHER_FOLDERS
        for requirement in wanted
    }
    return set(map(module_of, project["dependencies"])), extras


def test_what_is_imported_is_declared():
    required, extras = declared()
    bench = {"nifty_ls"}  # used where it is installed, and named in the bench extra
    found = imported()
    missing = {name: found[name] for name in set(found) - required - extras - bench}
    assert not missing, f"declare in pyproject.toml: {missing}"


def test_what_is_declared_is_imported():
    required, extras = declared()
    unused = (required | extras) - set(imported())
    assert not unused, f"take out of pyproject.toml: {sorted(unused)}"
