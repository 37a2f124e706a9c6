"""The reference pages, made of the docstrings and of --help when the site is built: nothing in them
is written by hand.

mkdocs calls `on_files` (see mkdocs.yml); the tests call `pages` and look whether anything is
missing."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {
    "astronn": "Arrays in, probabilities out: classifiers, automatic schemes, statistics.",
    "catalogs": "Bytes on disk to checked tables, images and light curves.",
    "reports": "Labels and posteriors to tables and pages.",
    "pipelines": "Luigi tasks and the command line.",
}

SECTION = re.compile(
    r"^(?P<title>\w+)\n-{3,}\n(?P<body>(?:\S.*\n?|[ \t]+\S.*\n?)*)", re.M
)  # up to the first empty line
PARAMETER = re.compile(r"^(?P<names>\w+(?:, \w+)*) : ", re.M)


def on_files(files, config):
    """Add the generated pages to the site."""
    from mkdocs.structure.files import File

    for name, text in pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_content(html, page, config, files):
    """Blocks of code that scroll can be reached by the keyboard."""
    return html.replace("<pre>", '<pre tabindex="0">')


def pages() -> dict[str, str]:
    """Every page of the reference, by its path in docs/."""
    rooms = {f"reference/{room}.md": room_page(room) for room in ROOMS}
    return {"reference/cli.md": command_page(), "reference/tasks.md": task_page(), **rooms}


def command_page() -> str:
    """`--help` of the command and of all its commands."""
    import click

    from pipelines.cli import main, names

    context = click.Context(main, info_name="astronn", max_content_width=100, terminal_width=100)
    parts = ["# Command line", _code(main.get_help(context))]
    for name in names():
        command = main.get_command(context, name)
        inner = click.Context(
            command, info_name=f"astronn {name}", max_content_width=100, terminal_width=100
        )
        parts += [f"## astronn {name}", _code(command.get_help(inner))]
    return "\n\n".join(parts) + "\n"


def task_page() -> str:
    """Every Luigi task with its parameters."""
    parts = [
        "# Luigi tasks",
        "Run one with `luigi --module pipelines TASK --PARAMETER VALUE --local-scheduler`.",
    ]
    for task in tasks():
        parts += [
            f"## {task.__name__}",
            _paragraphs(task),
            "| parameter | meaning |\n| --- | --- |\n" + _parameters(task),
        ]
    return "\n\n".join(parts) + "\n"


def tasks() -> list[type]:
    """The tasks that `luigi --module pipelines` knows and that write something, by name."""
    import pipelines
    from pipelines.engine.base import FolderTask

    found = {}
    for module in pipelines.task_modules():
        for name, value in vars(import_module(module)).items():
            if inspect.isclass(value) and issubclass(value, FolderTask) and hasattr(value, "stage"):
                found[name] = value
    return [found[name] for name in sorted(found)]


def _parameters(task: type) -> str:
    rows = []
    for name, parameter in task.get_params():
        rows.append(f"| `--{name.replace('_', '-')}` | {_cell(parameter.description or '')} |")
    return "\n".join(rows)


def room_page(room: str) -> str:
    """Every module of a room with its public functions and classes."""
    parts = [f"# {room}", ROOMS[room]]
    for name, tree in modules(room):
        parts += [f"## {name}", _escaped(ast.get_docstring(tree) or "")]
        for node in public(tree):
            parts.append(f"### `{signature(node)}`\n\n{_escaped(ast.get_docstring(node) or '')}")
            if isinstance(node, ast.ClassDef):
                parts += _declared(node)
                for method in public(node):
                    parts.append(
                        f"- `{signature(method)}`:"
                        f" {_escaped(' '.join((ast.get_docstring(method) or '').split()))}"
                    )
    return "\n\n".join(parts) + "\n"


def _declared(node: ast.ClassDef) -> list[str]:
    """The options that a class declares, ``name: Annotated[type, rule, "words"] = default``, as a
    list of parameters; nothing for a class that declares none.
    """
    entries = []
    for field in node.body:
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.annotation, ast.Subscript):
            continue
        if ast.unparse(field.annotation.value) == "Annotated":
            *_, words = getattr(field.annotation.slice, "elts", [None])
            if isinstance(words, ast.Constant):
                entries.append(f"- `{ast.unparse(field.target)}`: {_escaped(str(words.value))}")
    return ["**Parameters**", "\n".join(entries)] if entries else []


def modules(room: str) -> Iterator[tuple[str, ast.Module]]:
    """The public modules of a room, by dotted name, as syntax trees: nothing is imported for it."""
    for path in sorted((ROOT / room).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if not any(part.startswith("_") and part != "__init__" for part in parts):
            yield (
                ".".join(part for part in parts if part != "__init__"),
                ast.parse(path.read_text(encoding="utf-8")),
            )


def public(tree: ast.Module | ast.ClassDef) -> list[ast.FunctionDef | ast.ClassDef]:
    """The functions and classes defined there whose names do not begin with an underscore."""
    kinds = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    return [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]


def signature(node: ast.FunctionDef | ast.ClassDef) -> str:
    """The name, with the arguments of a function or the bases of a class."""
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(ast.unparse(base) for base in node.bases)
        return f"class {node.name}({bases})" if bases else f"class {node.name}"
    arguments = ast.unparse(node.args)
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{node.name}({arguments}){returns}"


def _paragraphs(thing: object) -> str:
    return _escaped(inspect.getdoc(thing) or "")


def _escaped(text: str) -> str:
    """A docstring as Markdown that shows what it says: no HTML, no accidental headings or rules."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("``", "`")
    text = "\n".join(
        line.replace("#", "\\#", 1) if line.startswith("#") else line for line in text.splitlines()
    )
    return SECTION.sub(_section, text)


def _section(found: re.Match[str]) -> str:
    """A section of a docstring (a title underlined) as a list with one entry a parameter; its title
    is no heading.
    """
    return f"**{found['title']}**\n\n" + PARAMETER.sub(r"- `\g<names>`: ", found["body"])


def _cell(text: str) -> str:
    return _escaped(" ".join(text.split())).replace("|", "\\|")


def _code(text: str) -> str:
    return f"```text\n{text.replace(chr(8), '')}\n```"
