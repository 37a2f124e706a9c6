"""The one error that this package raises for what its user gave it."""

from __future__ import annotations

from collections.abc import Sequence


class ReportError(ValueError):
    """One line: what was given, the rule, the value, and what to do."""


def refuse(what: str, faults: Sequence[str]) -> None:
    """Raise one ReportError that lists every fault of `what`; return when there is none."""
    if faults:
        raise ReportError(f"{what}: {'; '.join(faults)}")
