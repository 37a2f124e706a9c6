"""How far a long work is: a bar in a terminal, a plain line now and then in a log, with the rate
and the time left.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

EVERY = 10.0  # seconds between two lines of a log


class Progress:
    """Counts objects, from any thread. ``tell(text, fraction)`` hears what the log is told (Luigi's
    page shows it).
    """

    def __init__(
        self,
        total: int,
        done: int = 0,
        *,
        name: str = "",
        tell: Callable[[str, float], None] | None = None,
    ) -> None:
        self.total, self.done, self.before, self.name, self.tell = total, done, done, name, tell
        self.lock, self.start, self.told = threading.Lock(), time.monotonic(), time.monotonic()
        self.bar = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(
                total=total, initial=done, desc=name, unit="obj", unit_scale=True, leave=False
            )

    def __call__(self, objects: int) -> None:
        """So many more objects are done."""
        with self.lock:
            self.done += objects
            if self.bar is not None:
                self.bar.update(objects)
            if time.monotonic() - self.told >= EVERY:
                self.told = time.monotonic()
                self._say(self.text())

    def text(self) -> str:
        """'3.1e+06 of 1e+07 objects (31%), 1.9e+06 a second, 4 s left'"""
        seconds = max(time.monotonic() - self.start, 1e-9)
        rate = (self.done - self.before) / seconds
        share = f"{self.done / self.total:.0%}" if self.total else "100%"
        left = (
            f", {_spoken((self.total - self.done) / rate)} left"
            if rate and self.done < self.total
            else ""
        )
        return f"{self.done:.3g} of {self.total:.3g} objects ({share}), {rate:.2g} a second{left}"

    def close(self) -> None:
        """Say how it ended."""
        if self.bar is not None:
            self.bar.close()
        self._say(self.text())

    def _say(self, text: str) -> None:
        if self.bar is None:
            print(f"{self.name}: {text}", file=sys.stderr, flush=True)
        if self.tell is not None:
            self.tell(text, self.done / self.total if self.total else 1.0)


def _spoken(seconds: float) -> str:
    """'40 s', '12 min', '3.5 h'"""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
