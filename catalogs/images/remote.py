"""Cutouts by position from a service on the network into a folder: at a given rate, with retries,
and resumed after a kill.

The folder is the cache: a picture that lies in it whole is not fetched again. A journal beside it
(`<folder>.jsonl`) has a line for each object that was answered: where it is, and what became of it.
A picture gets its name when all its bytes are there and can be decoded, its line after that."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlencode

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.files.atomic import replacing
from catalogs.files.download import Unavailable, download
from catalogs.images import services
from catalogs.images.decoding import BadImage, open_image
from catalogs.images.services import Place

LARGEST = 1 << 26  # bytes of one cutout
TRIES = 5  # for one picture
FIRST_WAIT, LONGEST_WAIT = 1.0, 120.0  # seconds between tries: the first, doubled each time
IN_A_ROW = 5  # objects without an answer, after which the service is taken for gone
AGAIN = (408, 425, 429, 500, 502, 503, 504)  # what a server answers that may do better later
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Cutouts:
    """What is asked of which service: `service` is a module of catalogs.images.services, `layer`
    one of its surveys, the square's side in `arcsec` and `pixels`, `rate` the requests a second at
    most, `address` another place of the same service (a mirror), `timeout` in seconds.
    """

    service: str
    arcsec: float
    pixels: int
    layer: str = ""
    rate: float = 2.0
    address: str = ""
    timeout: float = 60.0

    def url(self, ra_deg: float, dec_deg: float) -> str:
        """What a position is asked with. ``ra_deg``, ``dec_deg``: degrees, ICRS."""
        module = services.load(self.service)
        place = Place(ra_deg, dec_deg, self.arcsec, self.pixels)
        asked = urlencode(module.query(place, self.layer or module.LAYER))
        return f"{self.address or module.ADDRESS}?{asked}"

    def pictured(self) -> dict[str, object]:
        """What decides the pictures, as JSON has it."""
        decides = ("service", "layer", "arcsec", "pixels")
        return {name: value for name, value in asdict(self).items() if name in decides}


@dataclass
class Account:
    """How many pictures were there before, were fetched, and why others are not there."""

    kept: int = 0
    fetched: int = 0
    absent: dict[str, str] | None = None


def fetch_cutouts(
    wanted: Cutouts,
    names: list[str],
    ra_deg: np.ndarray,
    dec_deg: np.ndarray,
    folder: Path,
    *,
    again: bool = False,
    progress: Progress | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Account:
    """Bring the cutouts of all objects to `<folder>/<name>.jpg`.

    Parameters
    ----------
    wanted : Cutouts
    names : list of str
        (N,) identifiers; one with '/' lies in a folder of the folder.
    ra_deg, dec_deg : np.ndarray
        (N,) float64, degrees, ICRS; NaN is an object without a position.
    folder : Path
    again : bool
        Ask anew for what the service did not have before.
    progress : callable, optional
        Called with the objects done and their number.
    sleep : callable
        Waits so many seconds.

    Returns
    -------
    Account
        `absent` has the reason for each object without a picture.

    Raises
    ------
    CatalogueError
        If the folder holds cutouts of other settings, an identifier is no file name, or the
        service does not answer: what was fetched is kept.
    """
    journal = _Journal(folder, wanted.pictured())
    absent: dict[str, str] = {}
    account = Account(absent=absent)
    pace, silent = _Pace(wanted.rate, sleep), 0
    for number, (name, ra, dec) in enumerate(
        zip(names, ra_deg.tolist(), dec_deg.tolist(), strict=True)
    ):
        target = _target(folder, name)
        known = journal.of(name, ra, dec)
        if known == "" and target.is_file():
            account.kept += 1
        elif known and not again:
            absent[name] = known
        elif not np.isfinite([ra, dec]).all():
            absent[name] = "it has no position"
        else:
            outcome = _fetched(wanted.url(ra, dec), target, wanted.timeout, pace)
            if outcome.final:
                journal.add(name, ra, dec, outcome.reason)
            silent = silent + 1 if not outcome.final else 0
            if silent == IN_A_ROW:
                raise CatalogueError(
                    f"{wanted.service}: no picture of {IN_A_ROW} objects in a row"
                    f" ({outcome.reason}), {account.fetched} fetched before; remedy: run it again"
                    " later, it goes on from here"
                )
            if outcome.reason:
                absent[name] = outcome.reason
            else:
                account.fetched += 1
        if progress is not None:
            progress(number + 1, len(names))
    return account


@dataclass(frozen=True)
class _Outcome:
    """Why there is no picture, '' if there is; `final` where asking again would not help."""

    reason: str
    final: bool


def _fetched(url: str, target: Path, timeout: float, pace: _Pace) -> _Outcome:
    reason, wait = "", FIRST_WAIT
    for attempt in range(TRIES):
        pace.next()
        asked = None
        try:
            with replacing(target) as scratch:
                download(url, scratch, size=LARGEST, timeout=timeout)
                open_image(scratch.read_bytes())
            return _Outcome("", True)
        except Unavailable as error:
            reason, asked = str(error), error.wait
            if error.status is not None and error.status not in AGAIN:
                return _Outcome(reason, error.status in (404, 410))
        except BadImage as error:  # a page of words, or a picture that was cut
            reason = str(error)
        if attempt < TRIES - 1:
            pace.sleep(min(asked if asked is not None else wait, LONGEST_WAIT))
            wait *= 2
    return _Outcome(f"{reason}, asked {TRIES} times", False)


def _target(folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name or "\\" in name:
        raise CatalogueError(
            f"object {name!r}: cannot be the name of a file; remedy: name objects otherwise in"
            " objects.id"
        )
    return folder / f"{name}.jpg"


class _Pace:
    """At most `rate` requests a second."""

    def __init__(self, rate: float, sleep: Callable[[float], None]) -> None:
        self.step, self.sleep, self.due = 1.0 / rate, sleep, 0.0

    def next(self) -> None:
        """Wait until the next request may be sent."""
        now = time.monotonic()
        if now < self.due:
            self.sleep(self.due - now)
        self.due = max(now, self.due) + self.step


class _Journal:
    """What became of each object, by name; a line that a kill left unfinished does not count."""

    def __init__(self, folder: Path, pictured: dict[str, object]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder.with_name(f"{folder.name}.jsonl")
        self.lines = {}
        written = list(self._read())
        if written and written[0] != pictured:
            raise CatalogueError(
                f"{folder}: holds cutouts of {json.dumps(written[0])}, not of"
                f" {json.dumps(pictured)}; remedy: name another folder as file, or remove it and"
                f" {self.path.name}"
            )
        for line in written[1:]:
            self.lines[line["name"]] = line
        with replacing(self.path) as scratch:  # without the unfinished line
            kept = [pictured, *self.lines.values()]
            scratch.write_text("".join(f"{json.dumps(line)}\n" for line in kept))

    def _read(self) -> Iterator[dict]:
        if self.path.is_file():
            for line in self.path.read_text().splitlines():
                try:
                    yield json.loads(line)
                except ValueError:
                    continue

    def of(self, name: str, ra: float, dec: float) -> str | None:
        """Why an object at that position has no picture, '' if it has; None if it was not asked."""
        line = self.lines.get(name)
        return line["reason"] if line and [line["ra"], line["dec"]] == [ra, dec] else None

    def add(self, name: str, ra: float, dec: float, reason: str) -> None:
        """Write one line."""
        self.lines[name] = {"name": name, "ra": ra, "dec": dec, "reason": reason}
        with open(self.path, "a") as file:
            file.write(f"{json.dumps(self.lines[name])}\n")
            file.flush()
            os.fsync(file.fileno())
