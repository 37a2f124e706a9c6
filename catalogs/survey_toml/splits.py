"""The splits of a survey.toml: sections [splits.NAME] as split plans, folds written out one by
one.
"""

from __future__ import annotations

from catalogs.splits.plan import SplitPlan
from catalogs.survey_toml.sections import Section

KEYS = {
    "stratified": ("n_train", "n_test", "train_fraction", "test_fraction"),
    "group_folds": ("n_folds", "fold"),
    "sky_cells": ("cell_deg", "n_folds", "fold"),
    "declination": ("test_dec_deg",),
    "holdout": ("column", "test"),
}
DEFAULT = {"main": {"kind": "stratified", "test_fraction": 0.3}}


def read_splits(
    sections: Section,
) -> tuple[dict[str, SplitPlan], dict[str, tuple[str, tuple[str, ...]]]]:
    """The plans by name, and for those of kind 'holdout' the column and its values that make the
    test part.

    Without any section there is one split, 'main': 30 per cent to test, stratified. A section of
    folds without `fold` becomes n_folds splits NAME_1, NAME_2, ... that test every labelled object
    once."""
    plans: dict[str, SplitPlan] = {}
    holdouts: dict[str, tuple[str, tuple[str, ...]]] = {}
    for name, content in (sections.content or DEFAULT).items():
        section = Section(f"splits.{name}", content, sections.faults)
        values = _values(section)
        if values is None:
            continue
        if values["kind"] == "holdout":
            holdouts[name] = (section.take("column", str) or "", section.items("test", str, ()))
            values["flag"] = f"test_of_{name}"
            if not holdouts[name][1]:
                section.fault(
                    "test", "missing", "list the values of the column that make the test part"
                )
        section.finish(also=KEYS[values["kind"]])
        plans |= _written_out(name, values, section)
    return plans, holdouts


def _values(section: Section) -> dict | None:
    """The keys of one section as arguments of a SplitPlan; None without a known kind."""
    kind = section.choice("kind", KEYS)
    if kind is None:
        return None
    values = {"kind": kind, "description": section.take("description", str, "") or _described(kind)}
    values["needs"] = section.items("needs", str)
    values["min_separation_arcsec"] = section.take("min_separation_arcsec", float, 0.0)
    for key in KEYS[kind]:
        if key in section and key not in ("column", "test", "test_dec_deg"):
            values[key] = section.take(
                key, int if key in ("n_train", "n_test", "n_folds", "fold") else float, None
            )
    if kind == "declination":
        values["test_dec_deg"] = section.items("test_dec_deg", float, None)
    _check(section, values)
    return values


def _check(section: Section, values: dict) -> None:
    if values["kind"] == "stratified":
        if not any(values.get(key) is not None for key in KEYS["stratified"]):
            section.fault(
                "test_fraction", "no size is given", f"give {' or '.join(KEYS['stratified'])}"
            )
        for key in ("train_fraction", "test_fraction"):
            if values.get(key) is not None and not 0.0 < values[key] < 1.0:
                section.fault(
                    key, f"{values[key]:g} is outside (0, 1)", "give a fraction such as 0.3"
                )
        if (values.get("train_fraction") or 0.0) + (values.get("test_fraction") or 0.0) > 1.0:
            section.fault(
                "train_fraction", "the fractions add up to more than 1", "make them smaller"
            )
        for key in ("n_train", "n_test"):
            if values.get(key) is not None and values[key] < 1:
                section.fault(key, f"{values[key]} is not 1 or more", "give a positive number")
    if values["kind"] == "sky_cells" and not 0.0 < (values.get("cell_deg") or 0.0) <= 90.0:
        section.fault(
            "cell_deg",
            f"{values.get('cell_deg')} is outside (0, 90] degrees",
            "give a size such as 5",
        )
    if values["kind"] == "declination":
        zone = values["test_dec_deg"]
        if len(zone) != 2 or not -90.0 <= zone[0] < zone[1] <= 90.0:
            section.fault(
                "test_dec_deg",
                f"{list(zone)} is not [south, north] in degrees",
                "give such as [-90, -17.5]",
            )
    if "n_folds" in KEYS[values["kind"]]:
        n, fold = values.get("n_folds", 5) or 5, values.get("fold", 0) or 0
        if not (n >= 2 and 0 <= fold < n):
            section.fault(
                "n_folds",
                f"{n} with fold {fold}: n_folds >= 2 and 0 <= fold < n_folds",
                "give such numbers",
            )
    if values["min_separation_arcsec"] < 0.0:
        section.fault(
            "min_separation_arcsec", "is negative", "give an angle in arcsec, 0 for no such rule"
        )


def _written_out(name: str, values: dict, section: Section) -> dict[str, SplitPlan]:
    """One plan, or one for each fold."""
    if "n_folds" not in KEYS[values["kind"]] or "fold" in section:
        return {name: SplitPlan(**values)}
    n = values.get("n_folds") or 5
    text = values.pop("description")
    return {
        f"{name}_{i + 1}": SplitPlan(
            description=f"{text}; fold {i + 1} of {n} to test", fold=i, **values
        )
        for i in range(n)
    }


def _described(kind: str) -> str:
    return {
        "stratified": "drawn by class",
        "group_folds": "folds of whole groups",
        "sky_cells": "folds of whole cells of the sky",
        "declination": "a zone of declination to test",
        "holdout": "the test part that the survey names",
    }[kind]
