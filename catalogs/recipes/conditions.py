"""Which rows of a table are meant, written as text: `QUALITY == 0 & MAG < 20`,
`CLASS == "STAR" | ~(FLAG > 3)`.

Comparisons of expressions (catalogs.survey_toml.expressions), or of one column with a text, joined
by & (and), | (or), ~ (not) and brackets, of which & and | bind less than any comparison. A blank
cell meets no comparison. Nothing is ever handed to `eval`."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.recipes.view import View
from catalogs.survey_toml import expressions

COMPARISONS = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
PIECES = re.compile(r"""`[^`]*`|"[^"]*"|'[^']*'|&&?|\|\|?|~|!(?!=)""")
WORDS = {"&": " and ", "|": " or ", "~": " not ", "!": " not "}
KNOWS = "comparisons (== != < <= > >=) of columns, numbers and texts, joined by & | ~"


@dataclass(frozen=True)
class Condition:
    """A checked condition: its text, and the columns that it takes."""

    text: str
    columns: tuple[str, ...]
    tree: ast.expr
    parts: Mapping[str, expressions.Expression]  # by the text in the tree
    quoted: Mapping[str, str]  # name in the tree to column

    def met(self, view: View) -> np.ndarray:
        """Which rows meet it, (n,) bool."""
        return np.asarray(self._met(self.tree, view), dtype=bool)

    def _met(self, node: ast.expr, view: View) -> np.ndarray:
        match node:
            case ast.BoolOp(op=op, values=parts):
                found = [self._met(part, view) for part in parts]
                join = np.logical_and if isinstance(op, ast.And) else np.logical_or
                return join.reduce(found)
            case ast.UnaryOp(operand=operand):
                return ~self._met(operand, view)
            case ast.Compare(left=left, ops=ops, comparators=others):
                sides = [left, *others]
                found = [
                    self._compared(a, type(op), b, view)
                    for a, op, b in zip(sides, ops, sides[1:], strict=False)
                ]
                return np.logical_and.reduce(found)
        raise AssertionError(f"unchecked node {node!r}")

    def _compared(
        self, left: ast.expr, op: type[ast.cmpop], right: ast.expr, view: View
    ) -> np.ndarray:
        texts = [side for side in (left, right) if _is_text(side)]
        if texts:
            column = right if _is_text(left) else left
            cells = view.text(_column(column, self.quoted))
            equal = cells == texts[0].value  # type: ignore[attr-defined]
            return equal if op is ast.Eq else ~equal & (cells != "")
        values = [self._number(side, view) for side in (left, right)]
        with np.errstate(invalid="ignore"):
            found = COMPARISONS[op](*values)
        return found & ~(np.isnan(values[0]) | np.isnan(values[1]))

    def _number(self, node: ast.expr, view: View) -> np.ndarray:
        if isinstance(node, ast.Constant):
            return np.full(len(view), float(node.value))  # type: ignore[arg-type]
        if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
            sign = -1.0 if isinstance(node.op, ast.USub) else 1.0
            return np.full(len(view), sign * float(node.operand.value))  # type: ignore[arg-type]
        expression = self.parts[ast.unparse(node)]
        columns = {ref: view.numbers(ref).astype(np.float64) for ref in expression.columns}
        return expression.evaluate(columns)


def parse(text: str) -> Condition:
    """The condition in a text; CatalogueError that names what is wrong with it."""
    if len(text) > expressions.LONGEST:
        raise CatalogueError(
            f"condition of {len(text)} characters; remedy: use at most {expressions.LONGEST}"
        )
    quoted: dict[str, str] = {}

    def plain(match: re.Match) -> str:
        piece = match[0]
        if piece[0] == "`":
            name = f"column_{len(quoted)}_"
            quoted[name] = piece[1:-1]
            return f" {name} "
        return WORDS.get(piece[0], piece)

    try:
        tree = ast.parse(PIECES.sub(plain, text).strip(), mode="eval").body
        parts: dict[str, expressions.Expression] = {}
        columns: list[str] = []
        _check(tree, text, quoted, parts, columns)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, CatalogueError):
            raise
        raise CatalogueError(f"condition {text!r} cannot be read; remedy: write {KNOWS}") from error
    if not columns:
        raise CatalogueError(f"condition {text!r} takes no column; remedy: name one")
    return Condition(text, tuple(dict.fromkeys(columns)), tree, parts, quoted)


def _check(
    node: ast.expr,
    text: str,
    quoted: Mapping[str, str],
    parts: dict[str, expressions.Expression],
    columns: list[str],
) -> None:
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _check(value, text, quoted, parts, columns)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand, text, quoted, parts, columns)
        case ast.Compare(left=left, ops=ops, comparators=others) if all(
            type(op) in COMPARISONS for op in ops
        ):
            sides = [left, *others]
            for a, op, b in zip(sides, ops, sides[1:], strict=False):
                _check_pair(a, op, b, text, quoted, columns)
            for side in sides:
                _check_side(side, quoted, parts, columns)
        case _:
            raise CatalogueError(
                f"condition {text!r}: {ast.unparse(node)!r} is no comparison; remedy: write {KNOWS}"
            )


def _check_pair(
    a: ast.expr,
    op: ast.cmpop,
    b: ast.expr,
    text: str,
    quoted: Mapping[str, str],
    columns: list[str],
) -> None:
    if not (_is_text(a) or _is_text(b)):
        return
    column = _column(b if _is_text(a) else a, quoted)
    if not column or not isinstance(op, ast.Eq | ast.NotEq):
        raise CatalogueError(
            f"condition {text!r}: a text is compared with one column, by == or !=; remedy: write"
            ' CLASS == "STAR"'
        )
    columns.append(column)


def _check_side(
    side: ast.expr,
    quoted: Mapping[str, str],
    parts: dict[str, expressions.Expression],
    columns: list[str],
) -> None:
    if isinstance(side, ast.Constant) and isinstance(side.value, int | float | str):
        return
    if isinstance(side, ast.UnaryOp) and isinstance(side.operand, ast.Constant):
        return
    written = ast.unparse(side)
    for name, column in quoted.items():
        written = written.replace(name, f"`{column}`")
    parts[ast.unparse(side)] = expression = expressions.parse(written)
    columns += expression.columns


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _column(node: ast.expr, quoted: Mapping[str, str]) -> str:
    """The column that a side is, '' if it is none."""
    return expressions.reference(node, quoted)
