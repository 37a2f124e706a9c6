"""Fuzzing of the hand-written parsers led by coverage (atheris): `make fuzz-guided`, or

    python tests/fuzz/guided.py cds -runs=100000

The first word is the reader, the rest are libFuzzer's options. It starts from the reader's good
files, keeps what reaches new lines of our code, and stops at the first case that is neither read
nor refused in one line (written to `crash-*`)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parent)]

OURS = ["catalogs", "reports", "astronn"]

with atheris.instrument_imports(include=OURS):
    from readers import Reader, readers
    from run import judged


def main() -> None:
    known = {name: reader for name, reader in readers().items() if reader.by_hand}
    if len(sys.argv) < 2 or sys.argv[1] not in known:
        sys.exit(f"name a reader of ours: {', '.join(sorted(known))}")
    name, *options = sys.argv[1:]
    reader = known[name]
    good = instrumented(reader)
    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(good):
            Path(corpus, f"good-{number}").write_bytes(data)
        longest = max(4096, 2 * max(map(len, good)))
        atheris.Setup(
            [sys.argv[0], f"-max_len={longest}", "-timeout=10", *options, corpus],
            lambda data: tell(reader, data),
        )
        atheris.Fuzz()


def instrumented(reader: Reader) -> list[bytes]:
    """The good files of a reader, read once so that the modules it loads are those that are
    watched.
    """
    with atheris.instrument_imports(include=OURS):
        good = reader.seeds()
        for data in good:
            judged(reader, data)
    return good


def tell(reader: Reader, data: bytes) -> None:
    found = judged(reader, data)
    if found not in ("read", "refused"):
        raise AssertionError(found)


if __name__ == "__main__":
    main()
