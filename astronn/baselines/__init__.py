"""What a network is compared with, one scheme a file, found by its name.

Each module holds ``TITLE``, ``KIND`` ("automatic": a scheme in the style of a survey's own;
"learned": another learning method on the same inputs), ``NOTE`` (what it does, and the paper),
``USES_INPUTS = False`` if it looks at none, and ``build(*, random_state=None, **options)``, which
returns an estimator with scikit-learn's contract that takes NaN. Only schemes with a real posterior
have predict_proba."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from astronn.errors import AstronnError, unknown


@dataclass(frozen=True)
class BaselineInfo:
    """What a reader of a table must know of a scheme."""

    name: str
    title: str
    kind: str  # "automatic" or "learned"
    note: str
    needs_order: bool  # make() wants class_order=[...], so only for classes that have an order
    uses_inputs: bool = True  # False where no parameter is looked at


def names() -> list[str]:
    """The names of all baselines, sorted."""
    return sorted(module.name for module in iter_modules(__path__))


def describe(name: str) -> BaselineInfo:
    """Title, kind and note of one baseline, read from its file without importing it: no learning
    library is loaded.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    BaselineInfo
        What a reader of a table must know.

    Raises
    ------
    AstronnError
        For an unknown name.
    """
    file = Path(__path__[0]) / f"{_known(name)}.py"
    body = ast.parse(file.read_text(encoding="utf-8")).body
    constants = {
        target.id: ast.literal_eval(node.value)
        for node in body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in ("TITLE", "KIND", "NOTE", "USES_INPUTS")
    }
    build = next(
        node for node in body if isinstance(node, ast.FunctionDef) and node.name == "build"
    )
    needs_order = "class_order" in [
        argument.arg for argument in (*build.args.args, *build.args.kwonlyargs)
    ]
    note, uses_inputs = " ".join(constants["NOTE"].split()), constants.get("USES_INPUTS", True)
    return BaselineInfo(name, constants["TITLE"], constants["KIND"], note, needs_order, uses_inputs)


def make(name: str, **options: Any) -> Any:
    """A new, unfitted estimator; ``options`` are those of its module's build().

    Parameters
    ----------
    name : str
        One of `names()`.
    **options :
        Of the module's build().

    Returns
    -------
    estimator
        With scikit-learn's contract.

    Raises
    ------
    AstronnError
        For an unknown name, or options that build() does not take.
    """
    build = import_module(f"{__name__}.{_known(name)}").build
    try:
        return build(**options)
    except TypeError as fault:
        raise AstronnError(f"baseline {name!r}: {fault}; it takes {signature(build)}") from fault


def _known(name: str) -> str:
    """The name, if there is such a baseline."""
    if name not in names():
        raise unknown("baseline", name, names())
    return name
