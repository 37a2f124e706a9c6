"""Tables from the literature, as their sources print them: `names()`, `load(name)`, `path(name)`,
`read(file)`.

A table is one ECSV file in this folder. Its rows are reference classes; for each classifier of the
source there is one column per class, `<classifier>:<class>`. A cell that is not available is empty
(masked) and stays so. The header holds the citation, and what the source states: numbers right, and
statistics in the digits it prints. Loading refuses cells that disagree with any of them, so that a
slip in transcription cannot pass."""

from __future__ import annotations

from reports.published.reader import PublishedTable, load, names, path, read

__all__ = ["PublishedTable", "load", "names", "path", "read"]
