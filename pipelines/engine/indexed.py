"""Tasks whose page the index of a results folder links."""

from __future__ import annotations

from pathlib import Path

from pipelines.engine.base import FolderTask
from pipelines.store import index


class Indexed(FolderTask):
    """A task whose folder holds ``report.html`` and ``comparison.json``: it is complete when the
    index lists it too.

    A run that was killed between the two, or whose index was removed, writes the index when it is
    run again, and no more."""

    def listed(self) -> Path:
        """The page that the index links."""
        return self.path(index.PAGE)

    def complete(self) -> bool:
        return (
            super().complete()
            and self.listed().is_file()
            and index.lists(Path(self.results), self.listed())
        )

    def run(self) -> None:
        if not super().complete():
            super().run()
        self.show()
        index.write_index(Path(self.results))

    def show(self) -> None:
        """Put the listed page where the index looks for it, if that is not the task's own
        folder.
        """
