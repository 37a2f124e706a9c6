"""Who may import whom, what stays light, and what the repository must not contain.

Everything is read from the syntax trees: an import counts wherever it stands, unless it is for
type checks alone."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "astronn": set(),
    "catalogs": set(),
    "reports": {"astronn"},
    "pipelines": {"astronn", "catalogs", "reports"},
}
MOST_MODULES = 15
OF_ONE_KIND = {"catalogs/surveys"}  # folders that may grow: each module is one thing of one kind
HEAVY = {  # what takes a tenth of a second and more to import, and may wait until it is used
    "astropy", "astroquery", "dask", "distributed", "h5py", "jinja2", "light_curve", "luigi",
    "matplotlib", "nifty_ls", "numba", "pandas", "photutils", "PIL", "pooch", "psutil", "pyarrow",
    "requests", "safetensors", "scipy", "sklearn", "statmorph", "timm", "torch", "urllib3",
}  # fmt: skip
# Light neighbours that are still imported inside functions, by folder; the list may only shrink.
LATE_IN = {"pipelines"}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {name_of(path): path for room in MAY_IMPORT for path in sorted((ROOT / room).rglob("*.py"))}


@cache
def tree_of(name: str) -> ast.Module:
    return ast.parse(PATHS[name].read_text(encoding="utf-8"))


def for_types_alone(tree: ast.Module) -> set[int]:
    """The nodes under ``if TYPE_CHECKING:``."""
    return {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for each in ast.walk(statement)
    }


def named(name: str, node: ast.AST) -> list[str]:
    """What one import statement of module ``name`` may name: modules, or things in modules."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        package = name if PATHS[name].name == "__init__.py" else name.rpartition(".")[0]
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        base = ".".join([*above, *([node.module] if node.module else [])])
    return [base, *(f"{base}.{alias.name}" for alias in node.names)]


def ours(name: str, node: ast.AST) -> set[str]:
    """The modules of the four rooms that one import statement needs."""
    found = [each for each in named(name, node) if each in PATHS]
    if isinstance(node, ast.ImportFrom) and len(found) > len(node.names):
        found = found[1:]  # modules of a package, and nothing of the package itself
    return set(found) - {name}


@cache
def imports(name: str) -> frozenset[str]:
    """The modules of ours that a module imports, at its top or inside functions."""
    tree = tree_of(name)
    skipped = for_types_alone(tree)
    return frozenset(
        each for node in ast.walk(tree) if id(node) not in skipped for each in ours(name, node)
    )


@cache
def reached(name: str) -> frozenset[str]:
    """All modules that are reached from one by imports."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = imports(waiting.pop()) - found
        found |= new
        waiting += new
    return frozenset(found)


def circles() -> set[tuple[str, ...]]:
    """The circles of imports, each as its modules in order."""
    return {
        tuple(sorted({name} | {other for other in reached(name) if name in reached(other)}))
        for name in PATHS
        if name in reached(name)
    }


@pytest.mark.parametrize("name", PATHS)
def test_rooms_import_only_what_they_may(name):
    rooms = {
        each.split(".")[0] for node in ast.walk(tree_of(name)) for each in named(name, node)
    } & set(MAY_IMPORT)
    room = name.split(".")[0]
    assert rooms <= MAY_IMPORT[room] | {room}


def test_there_is_something_to_check():
    assert len(PATHS) > 250
    assert "astronn.networks.families" in imports("astronn.networks.images")


def test_a_circle_would_be_found(monkeypatch):
    lazy = "def f():\n    from astronn.networks import families\n"
    read = tree_of
    monkeypatch.setattr(
        sys.modules[__name__],
        "tree_of",
        lambda name: ast.parse(lazy) if name == "astronn.errors" else read(name),
    )
    imports.cache_clear(), reached.cache_clear()
    found = [each for each in circles() if "astronn.errors" in each]
    imports.cache_clear(), reached.cache_clear()
    assert found == [("astronn.errors", "astronn.networks.families", "astronn.options")]


def test_no_circle_of_imports_even_inside_functions():
    assert not circles()


def test_no_folder_has_more_modules_at_its_top_than_one_can_take_in():
    counts: dict[str, int] = {}
    for path in PATHS.values():
        folder = path.parent.relative_to(ROOT).as_posix()
        counts[folder] = counts.get(folder, 0) + (path.name != "__init__.py")
    full = {folder: n for folder, n in counts.items() if n > MOST_MODULES}
    assert set(full) <= OF_ONE_KIND, full


@cache
def at_the_top(name: str) -> tuple[frozenset[str], bool]:
    """The modules of ours that are loaded with one, and whether something heavy is."""
    tree = tree_of(name)
    skipped = for_types_alone(tree) | inside_functions(tree)
    statements = [node for node in ast.walk(tree) if id(node) not in skipped]
    own = {each for node in statements for each in ours(name, node)}
    packages = {package for each in (name, *own) for package in parents(each)}
    tops = {each.split(".")[0] for node in statements for each in named(name, node)}
    return frozenset(own | packages), bool(tops & HEAVY)


def parents(name: str) -> list[str]:
    """The packages that a module is in."""
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


@cache
def is_heavy(name: str) -> bool:
    """Whether importing a module of ours imports something heavy."""
    found, waiting = {name}, [name]
    while waiting:
        loaded, heavy = at_the_top(waiting.pop())
        if heavy:
            return True
        waiting += loaded - found
        found |= loaded
    return False


@cache
def inside_functions(tree: ast.Module) -> frozenset[int]:
    return frozenset(
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for each in ast.walk(node)
    )


def late_neighbours(name: str) -> list[str]:
    """Light modules of ours that a module imports inside functions, with the line."""
    tree = tree_of(name)
    within = inside_functions(tree) - for_types_alone(tree)
    return [
        f"{name}:{node.lineno} imports {each}"
        for node in ast.walk(tree)
        if id(node) in within
        for each in sorted(ours(name, node))
        if not is_heavy(each)
    ]


def test_neighbours_are_imported_at_the_top():
    """A module of ours that loads nothing heavy is imported at the top of a file."""
    found = [
        each
        for name, path in PATHS.items()
        if not any(path.relative_to(ROOT).as_posix().startswith(f"{folder}/") for folder in LATE_IN)
        for each in late_neighbours(name)
    ]
    assert not found, "\n".join(found)


def test_the_list_of_folders_with_late_neighbours_shrinks():
    late = [PATHS[name].relative_to(ROOT).as_posix() for name in PATHS if late_neighbours(name)]
    gone = [folder for folder in LATE_IN if not any(each.startswith(f"{folder}/") for each in late)]
    assert not gone, f"take out of LATE_IN: {sorted(gone)}"


def test_only_catalogs_and_pipelines_know_file_formats_and_tasks():
    for name in PATHS:
        if name.split(".")[0] == "astronn":
            tops = {
                each.split(".")[0] for node in ast.walk(tree_of(name)) for each in named(name, node)
            }
            assert not tops & {"luigi", "matplotlib", "astropy", "pyarrow"}, name


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
