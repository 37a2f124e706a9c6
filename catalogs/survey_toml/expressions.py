"""Simple arithmetic over the columns of a table, written as text: `B - V`, `log10(major / minor)`,
`` `B-Mag` - 5 ``.

The text is parsed by Python's `ast` and only what is listed here is evaluated: numbers, names of
columns (between backticks if they are no Python names), + - * / **, brackets, and log10, sqrt, abs
of one value. Nothing is ever handed to `eval`."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from catalogs.errors import CatalogueError

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
SIGNS: dict[type[ast.unaryop], Callable] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
FUNCTIONS = {"log10": np.log10, "sqrt": np.sqrt, "abs": np.abs}
KNOWS = f"numbers, columns, + - * / **, brackets and {', '.join(FUNCTIONS)}"
# characters; a longer text is a program, not a formula (and its tree could be too deep to walk)
LONGEST = 400
QUOTED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Expression:
    """A checked formula: its text, the columns that it takes (each once, in the order of the text),
    its syntax tree.
    """

    text: str
    columns: tuple[str, ...]
    tree: ast.expr
    names: Mapping[str, str]  # name in the tree to column

    def evaluate(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """The value for each row, (N,) float64, from columns (N,); NaN where it is not a finite
        number (a logarithm of 0, a division by 0, a missing value). CatalogueError for a column
        that `values` does not have.
        """
        missing = [column for column in self.columns if column not in values]
        if missing:
            raise CatalogueError(
                f"expression {self.text!r} needs column {missing[0]!r}; remedy: give it"
            )
        known = {
            name: np.asarray(values[column], dtype=np.float64)
            for name, column in self.names.items()
        }
        with np.errstate(all="ignore"):
            result = np.asarray(_value(self.tree, known), dtype=np.float64)
        result = np.broadcast_to(
            result, np.broadcast_shapes(result.shape, *(array.shape for array in known.values()))
        )
        return np.where(np.isfinite(result), result, np.nan)


def parse(text: str) -> Expression:
    """The formula in a text; CatalogueError that names what is wrong with it."""
    if len(text) > LONGEST:
        raise CatalogueError(
            f"expression of {len(text)} characters; remedy: use at most {LONGEST}, split it into"
            " features"
        )
    names: dict[str, str] = {}

    def plain(match: re.Match) -> str:
        name = f"column_{len(names)}_"
        names[name] = match.group(1)
        return f" {name} "

    try:
        tree = ast.parse(QUOTED.sub(plain, text).strip(), mode="eval").body
        _check(tree, text, names)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError) as error:
        if isinstance(error, CatalogueError):
            raise
        raise CatalogueError(
            f"expression {text!r} cannot be read; remedy: write one with {KNOWS}"
        ) from error
    used = _used(tree, names)
    if not used:
        raise CatalogueError(f"expression {text!r} takes no column; remedy: name one")
    return Expression(text, tuple(dict.fromkeys(used.values())), tree, used)


def _used(tree: ast.expr, names: Mapping[str, str]) -> dict[str, str]:
    """The columns that a checked tree takes, {name in the tree: column}, in the order of the
    text.
    """
    found: dict[str, str] = {}

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Attribute | ast.Subscript):
            found[ast.unparse(node)] = names[ast.unparse(node)]
        elif isinstance(node, ast.Name):
            if node.id not in FUNCTIONS:
                found[node.id] = names[node.id]
        else:
            for child in ast.iter_child_nodes(node):
                visit(child)

    visit(tree)
    return found


def _check(node: ast.expr, text: str, names: dict[str, str]) -> None:
    """Raise unless the tree holds only what `_value` evaluates; note the columns in `names`."""
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            float(value)
        case ast.Name(id=name):
            names.setdefault(name, name)
        case ast.Attribute() | ast.Subscript() if column := reference(node, names):
            names[ast.unparse(node)] = column
        case ast.UnaryOp(op=op, operand=operand) if type(op) in SIGNS:
            _check(operand, text, names)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            _check(left, text, names)
            _check(right, text, names)
        case ast.Call(func=ast.Name(id=function), args=[argument], keywords=[]) if (
            function in FUNCTIONS
        ):
            _check(argument, text, names)
        case _:
            raise CatalogueError(
                f"expression {text!r}: {ast.unparse(node)!r} is not allowed; remedy: use {KNOWS}"
                " only"
            )


def reference(node: ast.expr, names: Mapping[str, str]) -> str:
    """The column that `photo.MAG`, `PSFMAG[2]` or `photo.PSFMAG[2][0]` means; '' for anything
    else.
    """
    match node:
        case ast.Name(id=name):
            return names.get(name, name)
        case ast.Attribute(value=ast.Name(id=join), attr=column) if not column.startswith("__"):
            return f"{names.get(join, join)}.{column}"
        case ast.Subscript(value=inner, slice=ast.Constant(value=int() as number)) if (
            not isinstance(number, bool) and number >= 0
        ):
            found = reference(inner, names)
            return f"{found}[{number}]" if found else ""
    return ""


def _value(node: ast.expr, values: Mapping[str, np.ndarray]) -> np.ndarray:
    match node:
        case ast.Constant(value=(int() | float()) as value):
            return np.asarray(value, dtype=np.float64)
        case ast.Name(id=name):
            return values[name]
        case ast.Attribute() | ast.Subscript():
            return values[ast.unparse(node)]
        case ast.UnaryOp(op=op, operand=operand):
            return SIGNS[type(op)](_value(operand, values))
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=function), args=[argument]):
            return FUNCTIONS[function](_value(argument, values))
    raise AssertionError(f"unchecked node {node!r}")
