"""The line that runs a task again, in Luigi's own words."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import luigi


def luigi_line(task: luigi.Task) -> str:
    """The `luigi` command that runs the same task: its class and every parameter that differs from
    the default.
    """
    words = ["luigi", "--module", "pipelines", task.task_family, "--local-scheduler"]
    for name, parameter in task.get_params():
        value = getattr(task, name)
        if not parameter.has_task_value(task.task_family, name) or value != parameter.task_value(
            task.task_family, name
        ):
            words += [f"--{name.replace('_', '-')}", parameter.serialize(value)]
    return shlex.join(words)
