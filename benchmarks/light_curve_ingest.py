"""Ingest of light curves: OGLE's archive of small text files, and a table of epochs far larger than
the memory it may use.

The first row streams phot.tar.gz (4,647 I-band files of ogle_lmc_cep; made up without a mirror)
into one cleaned, sorted Arrow file; the peer unpacks the same archive and reads file by file with
pandas.read_csv, joins and writes one Arrow file. Seconds are by the clock: ours unpacks and parses
in two threads. The limit is unpacking alone. The second row stores a shuffled table of epochs ten
times larger than its budget of memory; the peer is pandas, which holds it all. Its peak counts what
is not a mapped file, and must stay below the budget and what one chunk of Parquet takes."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import common
from catalogs.lightcurves.building import build
from catalogs.lightcurves.container import LightCurves
from catalogs.lightcurves.sources.star_files import StarFiles, by_folder, star_files
from catalogs.lightcurves.sources.tables import EpochColumns, tables
from catalogs.lightcurves.timescales import TimeScale

GOAL, FILES = 6.0, 4647
BATCH = 1 << 16  # rows written at a time
EPOCH_BYTES = 21  # code, time, magnitude, error, band
CHUNK_MIB = (
    24.0  # a chunk of Parquet, decoded, its columns as numbers, and what Arrow keeps for the next
)


def archive(folder: Path, n: int) -> Path:
    """OGLE's archive, or one like it with n files of 550 epochs."""
    real = Path(os.environ.get("ASTRONN_MIRROR", "nowhere")) / "ogle_lmc_cep" / "phot.tar.gz"
    if real.is_file() and n >= FILES:
        return real
    rng, path = np.random.default_rng(0), folder / "phot.tar.gz"
    with tarfile.open(path, "w:gz", compresslevel=6) as tar:
        for number in range(n):
            rows = zip(
                np.sort(rng.uniform(2100, 9900, 550)),
                rng.uniform(12, 18, 550),
                rng.uniform(0.005, 0.1, 550),
            )
            text = "".join(f"{t:10.5f} {m:6.3f} {e:5.3f}\n" for t, m, e in rows).encode()
            member = tarfile.TarInfo(f"phot/I/OGLE-LMC-CEP-{number:04d}.dat")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    return path


def ours(path: Path, folder: Path) -> LightCurves:
    source = star_files(path, StarFiles(by_folder(("I",))), ("I",))
    return build(
        source,
        folder,
        bands=("I",),
        time_scale=TimeScale("HJD", 2450000.0),
        about={"benchmark": path.name},
    )


def by_pandas(path: Path, folder: Path) -> int:
    frames = []
    with tarfile.open(path, "r|gz") as tar:
        for member in tar:
            if member.isfile() and "/I/" in member.name:
                text = io.BytesIO(tar.extractfile(member).read())
                frame = pd.read_csv(
                    text, sep=" ", header=None, names=["time", "magnitude", "error"]
                )
                frames.append(frame.assign(object_id=Path(member.name).stem))
    folder.mkdir()
    table = pa.Table.from_pandas(pd.concat(frames))
    with pa.ipc.new_file(str(folder / "epochs.arrow"), table.schema) as writer:
        writer.write_table(table)
    return len(frames)


def unpacking(path: Path) -> float:
    """Seconds that unpacking alone takes."""
    return min(
        common.timed(lambda: pa.input_stream(str(path), compression="gzip").read()).clock
        for _ in range(3)
    )


def files_row(folder: Path, n: int, rounds: int) -> dict:
    path, numbers = archive(folder, n), count()
    warm = archive(folder, 20) if n >= FILES else path
    ours(warm, folder / "warm")
    found, theirs = [], []
    peak = common.peak_mib(lambda: found.append(ours(path, folder / "first")), mapped=False)
    seconds = common.in_turns(
        rounds,
        lambda: ours(path, folder / f"ours-{next(numbers)}"),
        lambda: theirs.append(by_pandas(path, folder / f"peer-{next(numbers)}")),
    )
    rates = [[theirs[0] / s.clock for s in one] for one in seconds]
    last = max(folder.glob("peer-*"), key=lambda place: int(place.name[5:]))
    expected = pa.ipc.open_file(str(last / "epochs.arrow")).read_all()
    same = np.array_equal(
        found[0].magnitude, expected.column("magnitude").to_numpy().astype(np.float32)
    )
    origin = "a made-up" if path.parent == folder else "OGLE, its"
    return common.row(
        f"{theirs[0]} text files of {origin} phot.tar.gz, {len(found[0].time_days)} epochs, to"
        " Arrow",
        *rates,
        unit="files/s",
        goal=GOAL,
        peak_mib=peak,
        limit_share=unpacking(path) * float(np.median(rates[0])) / theirs[0],
        device=common.cpu(min(common.cores(), 2)),
        equal=same and len(found[0]) == theirs[0],
        seconds_of="clock",
        limit="unpacking alone",
    )


def shuffled(path: Path, n: int, n_objects: int) -> Path:
    """A Parquet table of n epochs of n_objects objects in no order, written in pieces."""
    rng, schema = (
        np.random.default_rng(1),
        pa.schema(
            [("id", pa.string()), ("t", pa.float64()), ("m", pa.float64()), ("e", pa.float64())]
        ),
    )
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, n, BATCH):
            rows = min(BATCH, n - start)
            names = pa.array(rng.integers(0, n_objects, rows)).cast(pa.string())
            times = 2450000.0 + start * 1e-3 + rng.permutation(rows) * 1e-3
            writer.write_table(
                pa.table(
                    [names, times, rng.uniform(12, 18, rows), np.full(rows, 0.02)], schema=schema
                )
            )
    return path


def in_budget(path: Path, folder: Path, budget_mib: float) -> LightCurves:
    source = tables([path], EpochColumns("id", "t", "m", "e"), ("V",))
    about = {"benchmark": path.name}
    return build(
        source,
        folder,
        bands=("V",),
        time_scale=TimeScale("HJD"),
        about=about,
        budget_mib=budget_mib,
    )


def all_in_memory(path: Path, folder: Path) -> pd.DataFrame:
    frame = pd.read_parquet(path).sort_values(["id", "t"])
    folder.mkdir()
    frame.to_feather(folder / "epochs.arrow")
    return frame


def memory_row(folder: Path, budget_mib: float) -> dict:
    """A table ten times larger than the budget."""
    n = int(10 * budget_mib * 2**20 / EPOCH_BYTES)
    n_objects = n // 400
    path = shuffled(folder / "epochs.parquet", n, n_objects)
    in_budget(shuffled(folder / "warm.parquet", 1000, 10), folder / "warm-long", 1.0)
    found, theirs, seconds, peaks = [], [], {}, {}

    def run(name: str, results: list, work: Callable) -> None:
        def kept() -> None:
            seconds[name] = common.timed(lambda: results.append(work())).clock

        peaks[name] = common.peak_mib(kept, mapped=False)

    run("ours", found, lambda: in_budget(path, folder / "long", budget_mib))
    run("peer", theirs, lambda: all_in_memory(path, folder / "whole"))
    order = np.argsort(found[0].object_id, kind="stable")
    same = np.array_equal(found[0].at(order).magnitude, theirs[0]["m"].to_numpy(dtype=np.float32))
    allowed = budget_mib + CHUNK_MIB
    return common.row(
        f"{n} epochs of {n_objects} objects in no order, {10 * budget_mib:.0f} MiB, in a budget of"
        f" {budget_mib:g} MiB",
        [n / seconds["ours"]],
        [n / seconds["peer"]],
        unit="epochs/s",
        peak_mib=peaks["ours"],
        device=common.cpu(1),
        equal=same and peaks["ours"] <= allowed,
        peer_peak_mib=peaks["peer"],
        budget_mib=budget_mib,
        allowed_mib=allowed,
        seconds_of="clock",
    )


def rows(quick: bool) -> list[dict]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            memory_row(folder, 8.0 if quick else 24.0),
            files_row(folder, 300 if quick else FILES, 1 if quick else 3),
        ]


if __name__ == "__main__":
    common.main(__file__, rows)
