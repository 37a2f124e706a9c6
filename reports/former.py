"""Comparisons as version 0.1.0 wrote them (JSON format 1), in the words of today."""

from __future__ import annotations

from typing import Any

STATISTICS = {
    "majority_rate": "no_information_rate",
    "classwise_error": "classwise_ece",
    "classwise_error_calibrated": "classwise_ece_calibrated",
}
FIELDS = {"pictures": "figures"}


def of_format_1(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a Comparison that 0.1.0 wrote, under their names of today."""
    found = _renamed(fields, FIELDS)
    found["classifiers"] = [
        {
            **result,
            "statistics": _renamed(result["statistics"], STATISTICS),
            "table": {
                **result["table"],
                "quoted": _renamed(result["table"]["quoted"], STATISTICS),
            },
        }
        for result in found["classifiers"]
    ]
    if found.get("seeds"):
        over_seeds = found["seeds"]["statistics"]
        found["seeds"] = {
            **found["seeds"],
            "statistics": {name: _renamed(own, STATISTICS) for name, own in over_seeds.items()},
        }
    return found


def _renamed(entries: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in entries.items()}
