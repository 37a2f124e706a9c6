"""Give every reader damaged files and list what is neither read nor refused in one line: `make
fuzz`, `make fuzz CASES=1000`.

    python tests/fuzz/run.py --cases 100000 --only cds --only csv --keep findings/

Each case is drawn from (seed, reader, number), so a finding can be repeated: `--only cds --first
4711 --cases 1`. A case that takes over 10 s of the processor or asks for more memory than there
should be need of is a finding, as is a refusal of several lines."""

from __future__ import annotations

import argparse
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parent)]

from damage import damaged  # noqa: E402
from readers import REFUSALS, Reader, readers  # noqa: E402

SECONDS = 10
MEMORY = 12 << 30  # bytes of address space (torch and pyarrow reserve several)


class TooSlow(Exception):
    """A case ran out of time."""


def judged(reader: Reader, data: bytes) -> str:
    """'read', 'refused', or what went wrong: the error and the line of ours that let it through."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader.read(data)
    except REFUSALS as refusal:
        return (
            "refused"
            if "\n" not in str(refusal)
            else f"a refusal of several lines: {refusal!r:.60}"
        )
    except Exception as error:
        return f"{type(error).__name__} ({str(error)!r:.60}) at {_place(error)}"
    return "read"


def _place(error: BaseException) -> str:
    """The last line of the project's own that the error passed."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename
    ]
    own = [
        frame
        for frame in frames
        if {"catalogs", "reports", "astronn"} & set(Path(frame.filename).parts)
    ]
    return f"{'/'.join(Path(own[-1].filename).parts[-2:])}:{own[-1].lineno}" if own else "?"


def case(name: str, seeds: list[bytes], seed: int, number: int) -> bytes:
    """The damaged file of that number."""
    return damaged(random.Random(f"{seed} {name} {number}"), seeds)


def fuzz(name: str, reader: Reader, chosen: argparse.Namespace) -> Counter:
    """Judge all cases of one reader; print each kind of finding once, with the number that repeats
    it.
    """
    seeds, counts, started = reader.seeds(), Counter(), time.monotonic()
    for seed in seeds:
        assert judged(reader, seed) in ("read", "refused"), (name, judged(reader, seed))
    for number in range(chosen.first, chosen.first + chosen.cases):
        data = case(name, seeds, chosen.seed, number)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        verdict = judged(reader, data)
        signal.setitimer(signal.ITIMER_PROF, 0)
        kind = verdict if verdict in ("read", "refused") else _kind(verdict)
        counts[kind] += 1
        if kind not in ("read", "refused") and counts[kind] == 1:
            print(f"  {name} {number}: {verdict}", flush=True)
            if chosen.keep:
                chosen.keep.mkdir(parents=True, exist_ok=True)
                (chosen.keep / f"{name}-{number}").write_bytes(data)
    found = len(set(counts) - {"read", "refused"})
    print(
        f"{name}: {chosen.cases} cases, {counts['read']} read, {counts['refused']} refused, {found}"
        f" kinds of finding, {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return counts


def _kind(verdict: str) -> str:
    """A finding without the words that differ from case to case."""
    return (
        f"{verdict.split(' (')[0]} at {verdict.rsplit(' at ', 1)[-1]}"
        if " at " in verdict
        else verdict[:40]
    )


def _too_slow(*_: object) -> None:
    raise TooSlow(f"over {SECONDS} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000, help="damaged files a reader")
    parser.add_argument("--only", action="append", help="this reader; may be repeated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--keep", type=Path, help="folder for one file of each kind of finding")
    chosen = parser.parse_args()
    known = readers()
    signal.signal(signal.SIGPROF, _too_slow)
    for name in chosen.only or known:
        known[name].seeds()  # before the limit: libraries load
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    findings = 0
    for name in chosen.only or known:
        findings += len(set(fuzz(name, known[name], chosen)) - {"read", "refused"})
    print(
        f"{findings} kinds of finding in {len(chosen.only or known)} readers x {chosen.cases} cases"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
