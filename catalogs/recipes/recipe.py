"""How a survey's inputs are made of its files: what a model keeps of its survey.toml, so that the
same is done with any other file. A recipe is plain JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catalogs.errors import CatalogueError, foreign
from catalogs.formats.source import Source
from catalogs.recipes.inputs import Input
from catalogs.recipes.joins import Joined, JoinPlan
from catalogs.recipes.view import FOUND, Columns, Tally, place_of

NAME = "recipe.json"
VERSION = 1
KIND = "astronn recipe"
ROW = "row"  # objects are named by their number in the file
PER_FILE = ("hdu", "table", "delimiter", "comment", "decimal", "header")


@dataclass(frozen=True)
class Recipe:
    """Inputs, the columns that name an object (() for the row's number), the format's options and
    the joins.
    """

    inputs: tuple[Input, ...]
    identifier: tuple[str, ...] = ()
    format: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    joins: tuple[JoinPlan, ...] = ()

    def chosen(self, names: Sequence[str]) -> list[Input]:
        """The inputs of those names, in that order; CatalogueError for a name that it does not say
        how to make.
        """
        by_name = {one.name: one for one in self.inputs}
        missing = [name for name in names if name not in by_name]
        if missing:
            raise CatalogueError(
                f"the model's recipe does not say how input {missing[0]!r} is made; remedy: name"
                " the columns with --feature"
            )
        return [by_name[name] for name in names]

    def about(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "kind": KIND,
            "version": VERSION,
            "identifier": list(self.identifier),
            "format": self.format,
            "options": {key: self.options[key] for key in PER_FILE if key in self.options},
            "inputs": [one.about() for one in self.inputs],
            "joins": [_about_join(plan) for plan in self.joins],
        }

    def text(self) -> str:
        """As the text of `recipe.json` in a model's folder."""
        return json.dumps(self.about(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"

    def joined(self, refs: Iterable[str], beside: Path) -> dict[str, Joined]:
        """The joined tables that the references need, looked for beside `beside` where their own
        path is not there.
        """
        found: dict[str, list[str]] = {}
        plans = {plan.name: plan for plan in self.joins}
        for ref in refs:
            name, dot, column = ref.partition(".")
            if dot and name in plans:
                bare = place_of(column, set(), {}).column
                found.setdefault(name, [])
                found[name] += [bare] if bare != FOUND else []
        return {
            name: Joined(_placed(plans[name], beside), wanted) for name, wanted in found.items()
        }

    def columns(self, source: Source, names: Sequence[str], extra: Sequence[str] = ()) -> Columns:
        """The references of those inputs, of the identifier and `extra`, against a table."""
        refs = [ref for one in self.chosen(names) for ref in one.columns]
        refs += [*self.identifier, *extra]
        own = [ref for ref in refs if ref not in set(source.names())]
        return Columns(source, refs, self.joined(own, source.path), Tally())


def _placed(plan: JoinPlan, beside: Path) -> JoinPlan:
    near = beside.parent / plan.file.name
    if plan.file.is_absolute() and plan.file.exists():
        return plan
    for place in (beside.parent / plan.file, near):
        if place.exists():
            return JoinPlan(**{**vars(plan), "file": place})
    raise CatalogueError(
        f"joins.{plan.name}: {plan.file.name} is not in {beside.parent}; remedy: put it beside the"
        " file"
    )


def _about_join(plan: JoinPlan) -> dict[str, Any]:
    about = {
        key: value for key, value in vars(plan).items() if value not in ("", (), {}, 0.0, None)
    }
    return about | {
        "file": plan.file.name,
        "on": [list(pair) for pair in plan.on],
        "options": {key: plan.options[key] for key in PER_FILE if key in plan.options},
    }


def read(folder: Path) -> Recipe | None:
    """The recipe in a model's folder, None if it has none."""
    path = folder / NAME
    if not path.is_file():
        return None
    with foreign(path, "a recipe", "train the model again"):
        return of_json(json.loads(path.read_text(encoding="utf-8")))


def of_json(content: Mapping[str, Any]) -> Recipe:
    """What `Recipe.about` gave; CatalogueError for one of another version."""
    if content.get("kind") != KIND or content.get("version") != VERSION:
        raise CatalogueError(
            f"a recipe of version {VERSION} expected; remedy: train the model again"
        )
    return Recipe(
        tuple(Input.of(one) for one in content["inputs"]),
        tuple(map(str, content["identifier"])),
        str(content["format"]),
        {key: value for key, value in dict(content["options"]).items() if key in PER_FILE},
        tuple(_join_of(one) for one in content["joins"]),
    )


def _join_of(about: Mapping[str, Any]) -> JoinPlan:
    known = {key: about[key] for key in vars(JoinPlan("", Path())) if key in about}
    known["file"] = Path(Path(str(about["file"])).name)
    known["on"] = tuple((str(a), str(b)) for a, b in about.get("on", []))
    return JoinPlan(**known)


def in_words(recipe: Recipe) -> str:
    """The recipe as lines for a person."""
    named = " + ".join(recipe.identifier) or "the number of the row"
    lines = [f"identifier: {named}"]
    if recipe.format or recipe.options:
        options = ", ".join(f"{key} = {value!r}" for key, value in recipe.options.items())
        lines.append(f"made for: {recipe.format} {options}".rstrip())
    for plan in recipe.joins:
        how = (
            " and ".join(f"{a} = {b}" for a, b in plan.on)
            if plan.on
            else f"within {plan.within_arcsec:g} arcsec"
        )
        lines.append(f"joined: {plan.name} ({plan.file.name}), {how}")
    for one in recipe.inputs:
        source = one.source if isinstance(one.source, str) else one.source.text
        blanks = "".join(f", {key} {value}" for key, value in one.blanks.about().items())
        unit = f" [{one.unit}]" if one.unit else ""
        stated = f" from {one.stated}" if one.stated and one.stated != one.unit else ""
        lines.append(f"input: {one.name} = {source}{unit}{stated}{blanks}")
    return "\n".join(lines)
