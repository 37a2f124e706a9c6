"""The splits of a survey.toml: sections [splits.NAME] as split plans, folds written out one by
one.
"""

from __future__ import annotations

from catalogs.splits import kinds
from catalogs.splits.plan import SplitPlan
from catalogs.survey_toml.sections import Section

DEFAULT = {"main": {"kind": "stratified", "test_fraction": 0.3}}


def read_splits(sections: Section) -> dict[str, SplitPlan]:
    """The plans by name; their faults are noted.

    Without any section there is one split, 'main': 30 per cent to test, stratified. A section of
    folds without `fold` becomes n_folds splits NAME_1, NAME_2, ... that test every labelled object
    once."""
    plans: dict[str, SplitPlan] = {}
    for name, content in (sections.content or DEFAULT).items():
        section = Section(f"splits.{name}", content, sections.faults)
        kind = section.choice("kind", kinds.names())
        if kind is None:
            continue
        before = len(section.faults.messages)
        wanted = kinds.load(kind)
        description = section.take("description", str, "")
        plan = wanted(description=description, **section.keys_of(wanted))
        section.finish()
        if len(section.faults.messages) == before:
            section.note(plan.rules())
        if len(section.faults.messages) > before:
            plans[name] = plan
        elif "fold" in section:
            plans[name] = plan.named(name)
        else:
            plans |= plan.written_out(name)
    return plans
