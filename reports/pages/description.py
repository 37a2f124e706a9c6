"""The scores of descriptions as a page of plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LOOK_HEADS = ("maps", "hit", "even hit", "centre hit", "overlap", "even overlap", "inside")
LOOK_FIELDS = ("n", "hit", "even_hit", "centre_hit", "overlap", "even_overlap", "inside")


def page(title: str, scores: Mapping[str, Any]) -> str:
    """What was said, attribute by attribute, and where the network looked, with what each number
    is.
    """
    lines = [f"{title}, {scores['attention']} attention, seed {scores['seed']}", ""]
    lines += [f"test objects                       {scores['n']}"]
    lines += [f"descriptions right in every token  {scores['exact_match']:.3f}"]
    lines += [f"tokens right                       {scores['token_accuracy']:.3f}"]
    if scores["legal_rate"] is not None:
        lines += [f"allowed by the grammar             {scores['legal_rate']:.3f}"]
        lines += [f"allowed when said without it       {scores['legal_rate_without_grammar']:.3f}"]
    if scores["attributes"]:
        lines += ["", "attribute      named   right   accuracy   said of others"]
        lines += [_attribute(name, one) for name, one in scores["attributes"].items()]
    if "attention_on" in scores:
        lines += ["", _row("attention on", LOOK_HEADS)]
        lines += [
            _row(name, [_number(one[field]) for field in LOOK_FIELDS])
            for name, one in scores["attention_on"].items()
        ]
        lines += ["", *LEGEND]
    if scores.get("turned_likeness"):
        lines += [
            "",
            "correlation of the maps with those of the picture turned by a quarter, turned back",
        ]
        lines += [
            f"  {views} views averaged   {alike:.3f}"
            for views, alike in scores["turned_likeness"].items()
        ]
    if scores["simulated"]:
        lines += ["", "These pictures are simulated."]
    return "\n".join(lines) + "\n"


LEGEND = (
    (
        "hit: the largest weight lies inside the region that the true token speaks of; even hit:"
        " the region's share of the"
    ),
    (
        "picture, which is how often a map without knowledge hits; centre hit: how often the centre"
        " of the picture does. overlap:"
    ),
    (
        "intersection over union with as many pixels of the largest weights; even overlap: with as"
        " many pixels at random."
    ),
    "inside: weight inside.",
)


def _attribute(name: str, one: Mapping[str, int]) -> str:
    accuracy = f"{one['right'] / one['n']:8.3f}" if one["n"] else "     none"
    return f"{name:12}{one['n']:8}{one['right']:8}   {accuracy}{one['said_of_others']:17}"


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _row(name: str, cells) -> str:
    return f"{name:14}" + "".join(f"{cell:>14}" for cell in cells)
