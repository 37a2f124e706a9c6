"""Comparisons as version 0.1.0 wrote them (JSON format 1), in the words of today."""

from __future__ import annotations

from typing import Any

STATISTICS = {
    "majority_rate": "no_information_rate",
    "classwise_error": "classwise_ece",
    "classwise_error_calibrated": "classwise_ece_calibrated",
}
FIELDS = {"pictures": "figures"}
PAIR = ("a", "b", "n", "only_a", "only_b", "chi2", "method", "classes")


def of_format_1(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a Comparison that 0.1.0 wrote, under their names of today."""
    found = _renamed(fields, FIELDS)
    found["classifiers"] = [
        {
            **result,
            "statistics": _renamed(result["statistics"], STATISTICS),
            "posteriors": _posteriors(result["posteriors"]),
            "table": {
                **result["table"],
                "quoted": _renamed(result["table"]["quoted"], STATISTICS),
            },
        }
        for result in found["classifiers"]
    ]
    found["pairs"] = [_gains(pair) for pair in found["pairs"]]
    if found.get("seeds"):
        over_seeds = found["seeds"]["statistics"]
        found["seeds"] = {
            **found["seeds"],
            "statistics": {name: _renamed(own, STATISTICS) for name, own in over_seeds.items()},
            "pairs": [_spreads(pair) for pair in found["seeds"]["pairs"]],
        }
    return found


def _renamed(entries: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in entries.items()}


def _gains(pair: dict[str, Any]) -> dict[str, Any]:
    """A paired test with its two differences as gains."""
    kept = {key: pair[key] for key in PAIR}
    accuracy = {key: pair[key] for key in ("difference", "low", "high", "p_value", "p_holm")}
    f1 = {key: pair[f"f1_{key}"] for key in ("difference", "low", "high")}
    return {**kept, "gains": {"accuracy": accuracy, "macro_f1": f1}}


def _spreads(pair: dict[str, Any]) -> dict[str, Any]:
    """The differences of two classifiers over seeds by measure."""
    ends = (pair.get("f1_low"), pair.get("f1_high"))
    f1 = {"difference": pair["f1"]["mean"], "low": ends[0], "high": ends[1]}
    return {
        "a": pair["a"],
        "b": pair["b"],
        "spreads": {"accuracy": pair["difference"], "macro_f1": pair["f1"]},
        "gains": {} if None in ends else {"macro_f1": f1},
    }


def _posteriors(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """What posteriors are worth, without the p value of the class mix."""
    if not found or not found.get("mix"):
        return found
    mix = {key: value for key, value in found["mix"].items() if key != "p_value"}
    return {**found, "mix": mix}
