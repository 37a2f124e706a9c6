"""The fixed-width reader side by side with astropy's, on a made-up CDS file of 15,000 rows and 100
columns.

    python -m benchmarks.cds_reader          about a minute on a quiet core
    python -m benchmarks.cds_reader --quick    under half a minute: two rounds

Both read the same file with the same ReadMe, ours and theirs in turns, on one thread; times are
medians of the processor's seconds, so that other work on the machine counts for neither; the ratio
on the wall clock is noted, too. Values, masks, units and descriptions of all columns must be the
same. The limit is to read the file and find its line ends."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import numpy as np
from astropy.io import ascii as ascii_io
from astropy.table import Table
from threadpoolctl import threadpool_limits

from benchmarks import common
from catalogs.formats import cds

N_ROWS, N_COLUMNS, GOAL = 15_000, 100, 12.0


def made_up(folder: Path, n_rows: int = N_ROWS, n_columns: int = N_COLUMNS) -> Path:
    """A data file and its ReadMe: of ten columns six are magnitudes with a null flag, two whole
    numbers with blanks, two text.

    In one of ten columns of each kind a tenth of the cells is missing; every tenth magnitude is
    written with a sign."""
    rng = np.random.default_rng(0)
    cells, lines, at = [], [], 1
    for i in range(n_columns):
        column, form, flag, unit = _column(i, rng, n_rows)
        width = len(column[0])
        lines.append(
            f"  {at:5d}-{at + width - 1:5d} {form:6s} {unit:6s} c{i:03d} {flag} made-up column {i}"
        )
        cells.append(column)
        at += width + 1
    rule, line = "=" * 80, "-" * 80
    head = [
        rule,
        "Byte-by-byte Description of file: big.dat",
        line,
        "   Bytes Format Units  Label  Explanations",
        line,
    ]
    (folder / "ReadMe").write_text("\n".join(["A made-up catalogue", *head, *lines, line]) + "\n")
    path = folder / "big.dat"
    path.write_text("\n".join(" ".join(row) for row in np.stack(cells, axis=1)) + "\n")
    return path


def _column(i: int, rng: np.random.Generator, n: int) -> tuple[np.ndarray, str, str, str]:
    """The cells of one column, its format, null flag and unit."""
    gaps = rng.random(n) < (0.1 if i % 10 in (0, 6, 8) else 0.0)
    if i % 10 < 6:
        text = np.char.mod("%+9.3f" if i % 10 == 5 else "%9.3f", rng.normal(15.0, 8.0, n))
        return np.where(gaps, "  -99.999", text), "F9.3", "?=-99.999", "mag"
    if i % 10 < 8:
        return (
            np.where(gaps, " " * 7, np.char.mod("%7d", rng.integers(-9999, 999_999, n))),
            "I7",
            "?",
            "---",
        )
    return (
        np.where(gaps, " " * 10, np.char.ljust(np.char.mod("N %d", rng.integers(0, 10**6, n)), 10)),
        "A10",
        "?",
        "---",
    )


def theirs(path: Path) -> Table:
    return ascii_io.read(path, format="cds", readme=str(path.with_name("ReadMe")))


def same(ours: Table, peer: Table) -> bool:
    """Whether names, units, descriptions, masks and all values that are not masked agree."""
    for name in peer.colnames:
        a, b = ours[name], peer[name]
        mask = np.ma.getmaskarray(b)
        values = np.array_equal(np.asarray(a)[~mask], np.asarray(b)[~mask])
        if not (values and np.array_equal(np.ma.getmaskarray(a), mask)):
            return False
        if (a.unit, a.description, a.dtype.kind) != (b.unit, b.description, b.dtype.kind):
            return False
    return ours.colnames == peer.colnames


def measure(path: Path, rounds: int) -> dict:
    small = path.parent / "small"
    small.mkdir()
    cds.read(made_up(small, 100))  # imports and caches of both are warm before anything is timed
    theirs(small / "big.dat")
    peak = common.peak_mib(lambda: cds.read(path))  # before anything has left memory behind
    equal = same(cds.read(path), theirs(path))
    turns = common.in_turns(
        rounds, lambda: cds.read(path), lambda: theirs(path), lambda: path.read_bytes().count(b"\n")
    )
    own, peer, limit = ([seconds.processor for seconds in one] for one in turns)
    return common.row(
        f"CDS file of {N_ROWS} rows x {N_COLUMNS} columns, {path.stat().st_size / 1e6:.1f} MB,"
        " beside astropy",
        own,
        peer,
        goal=GOAL,
        peak_mib=peak,
        limit_share=statistics.median(limit) / statistics.median(own),
        equal=equal,
        limit="reading the bytes and counting the lines",
        ratio_by_the_clock=statistics.median(b.clock / a.clock for a, b in zip(*turns[:2])),
    )


def rows(quick: bool) -> list[dict]:
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1, user_api="blas"):
        return [measure(made_up(Path(folder)), 2 if quick else 7)]


if __name__ == "__main__":
    common.main(__file__, rows)
