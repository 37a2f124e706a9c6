"""The ingest of pictures: any source and decoder to one stack, in parallel, in constant memory,
resumable after a kill.

Pictures are decoded in a few threads (Pillow, numpy and the FITS reader let go of the interpreter's
lock) and written in parts; a part counts when its marker file is there. A run that finds parts of
the same making goes on after the last one, so that a kill costs one part, and the finished stack is
the same bytes either way."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.files.atomic import replacing
from catalogs.images.decoding import BadImage
from catalogs.images.sources import Decoder, Payload, Source
from catalogs.images.stack import OBJECTS, ImageStack, SetAside, write_stack

PART = 512  # pictures between two markers: what a kill can cost
ADDRESS = re.compile(
    r" <[^<>]* at 0x[0-9a-f]+>"
)  # of an object in this run, in a library's words: another run would differ
Progress = Callable[
    [int, int | None], None
]  # called with the pictures done and their total (None if unknown)
Outcome = np.ndarray | SetAside


def build(
    source: Source,
    decode: Decoder,
    folder: Path | str,
    *,
    bands: tuple[str, ...],
    shape: tuple[int, int],
    about: dict,
    scaling: dict | None = None,
    dtype: str = "uint8",
    expected: Collection[str] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> ImageStack:
    """The stack of every picture that `decode` makes of the source's payloads, (len(bands), *shape)
    each, in `folder`.

    `about` (JSON) must say what the pictures are made from and how: checksums, sizes, options. The
    same `about` finds the finished stack, or the parts of a killed run; another one begins anew.
    Pictures that cannot be decoded, that come twice, or that are not among the `expected` objects
    are set aside with the reason, as is every expected object without a picture. No usable picture
    at all is an error."""
    folder = Path(folder)
    scaling = scaling or {}
    planes = (len(bands), *shape)
    key = _key(
        {
            "about": about,
            "bands": bands,
            "shape": shape,
            "scaling": scaling,
            "dtype": dtype,
            "part": PART,
        }
    )
    if (folder / OBJECTS).is_file():
        stack = ImageStack.read(folder)
        if stack.provenance.get("key") == key:
            return stack
    parts = _Parts(folder, key)
    total = None if expected is None else len(expected)
    wanted = None if expected is None else frozenset(expected)
    with ThreadPoolExecutor(workers or cores()) as pool:
        items = iter(source(PART * parts.count))
        while batch := list(
            _outcomes(islice(items, PART), _shaped(decode, planes), pool, parts.seen, wanted)
        ):
            parts.add(batch, planes, dtype)
            if progress is not None:
                progress(len(parts.seen) + parts.repeats, total)
    absent = [
        SetAside(name, "no picture of it in the files")
        for name in sorted((wanted or frozenset()) - parts.seen)
    ]
    return parts.finish(planes, dtype, bands, scaling, {**about, "key": key}, absent)


def cores() -> int:
    """The number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _key(making: dict) -> str:
    return hashlib.sha256(json.dumps(making, sort_keys=True).encode()).hexdigest()[:32]


def _outcomes(
    items: Iterable[tuple[str, Payload]],
    decode: Decoder,
    pool: ThreadPoolExecutor,
    seen: set[str],
    wanted: frozenset[str] | None,
) -> Iterator[tuple[str, Outcome]]:
    """What becomes of each item, in order: its pixels or why it is set aside. Few payloads are in
    memory at a time.
    """
    waiting: deque[tuple[str, Future]] = deque()
    for name, payload in items:
        reason = "a second picture of the same object" if name in seen else ""
        if wanted is not None and name not in wanted:
            reason = "the table has no row for it"
        seen.add(name)
        waiting.append((name, pool.submit(_outcome, name, payload, decode, reason)))
        if len(waiting) > 4 * pool._max_workers:
            first, future = waiting.popleft()
            yield first, future.result()
    for name, future in waiting:
        yield name, future.result()


def _outcome(name: str, payload: Payload, decode: Decoder, reason: str) -> Outcome:
    if reason:
        return SetAside(name, reason)
    try:
        return decode(payload)
    except BadImage as error:
        return SetAside(name, ADDRESS.sub("", " ".join(str(error).split())))


def _shaped(decode: Decoder, planes: tuple[int, ...]) -> Callable[[Payload], np.ndarray]:
    """`decode`, refusing pictures that are not `planes` (C, H, W) large."""

    def shaped(payload: Payload) -> np.ndarray:
        pixels = decode(payload)
        if pixels.shape != planes:
            raise BadImage(f"decoded to (bands, rows, columns) {pixels.shape}, {planes} expected")
        return pixels

    return shaped


class _Parts:
    """The finished parts of a stack in the making: pixels `00000.npy` and marker `00000.json`
    each.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.folder, self.place = folder, folder / f".parts-{key}"
        for other in folder.glob(".parts-*") if folder.is_dir() else ():
            if other != self.place:
                shutil.rmtree(other)  # of another making
        self.place.mkdir(parents=True, exist_ok=True)
        self.names: list[str] = []
        self.set_aside: list[SetAside] = []
        self.seen: set[str] = set()
        self.repeats = 0
        self.count = 0
        while (marker := self._path("json")).is_file():
            self._note(**json.loads(marker.read_text()))

    def _path(self, suffix: str, number: int | None = None) -> Path:
        return self.place / f"{self.count if number is None else number:05d}.{suffix}"

    def _note(self, names: list[str], set_aside: list[list[str]]) -> None:
        self.names += names
        self.set_aside += [SetAside(*entry) for entry in set_aside]
        self.seen.update(names, (name for name, _ in set_aside))
        self.repeats = len(self.names) + len(self.set_aside) - len(self.seen)
        self.count += 1

    def add(self, batch: list[tuple[str, Outcome]], planes: tuple[int, ...], dtype: str) -> None:
        """Write one part, its marker last."""
        good = [(name, pixels) for name, pixels in batch if isinstance(pixels, np.ndarray)]
        bad = [[entry.object_id, entry.reason] for _, entry in batch if isinstance(entry, SetAside)]
        block = np.empty((len(good), *planes), dtype)
        for row, (_, pixels) in enumerate(good):
            block[row] = pixels
        with replacing(self._path("npy")) as scratch:
            np.save(scratch, block)
        with replacing(self._path("json")) as scratch:
            scratch.write_text(json.dumps({"names": [name for name, _ in good], "set_aside": bad}))
        self._note([name for name, _ in good], bad)

    def finish(
        self,
        planes: tuple[int, ...],
        dtype: str,
        bands: tuple[str, ...],
        scaling: dict,
        about: dict,
        absent: list[SetAside],
    ) -> ImageStack:
        """Join the parts into the stack and remove them.

        Raises
        ------
        CatalogueError
            If no image could be used.
        """
        set_aside = [*self.set_aside, *absent]
        if not self.names:
            reasons = Counter(entry.reason for entry in set_aside).most_common(3)
            found = (
                "; ".join(f"{count} x {reason}" for reason, count in reasons)
                or "the source is empty"
            )
            raise CatalogueError(
                f"{self.folder}: no usable picture: {found}; remedy: give the files that hold the"
                " pictures"
            )
        blocks = (np.load(self._path("npy", number)) for number in range(self.count))
        listed = [[entry.object_id, entry.reason] for entry in set_aside]
        entry = {"bands": list(bands), "scaling": scaling, "provenance": about, "set_aside": listed}
        write_stack(self.folder, self.names, blocks, planes, dtype, entry)
        shutil.rmtree(self.place)
        return ImageStack.read(self.folder)
