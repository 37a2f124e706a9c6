"""The errors of this room that a user can mend."""

from __future__ import annotations


class PipelineError(ValueError):
    """A mistake in what was asked of the pipeline; its message is one line: name, rule, value,
    remedy.
    """
