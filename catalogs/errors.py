"""One line for each thing wrong with an input: where, what value, which rule, what to do about
it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


class CatalogueError(ValueError):
    """What is wrong with a file, a table or a request, in one line: name, value, rule and
    remedy.
    """

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


@contextmanager
def foreign(
    path: Path | str, expected: str, remedy: str = "fetch or export it again"
) -> Iterator[None]:
    """Whatever a library raises over bytes that it did not expect, as one CatalogueError that names
    the file and what was expected ("a FITS table"). For calls of a library on a file of somebody
    else's, and for nothing more.
    """
    try:
        yield
    except CatalogueError:
        raise
    except Exception as error:
        said = (
            f"{type(error).__name__}: {error}"
            if isinstance(error, (KeyError, IndexError, AttributeError))
            else str(error)
        )
        what = said or type(error).__name__
        raise CatalogueError(
            f"{path}: damaged, or not {expected} ({what:.300}); remedy: {remedy}"
        ) from error


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: "; did you mean 'openngc'?"; "" where no known
    one is near.
    """
    near = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


class Faults:
    """Everything that is wrong with one input, collected so that all of it is reported at once."""

    def __init__(self, source: str, limit: int = 10) -> None:
        self.source = source
        self.limit = limit
        self.messages: list[str] = []

    def add(self, problem: str, remedy: str) -> None:
        """Note one fault: `problem` names place, value and rule; `remedy` says what to do."""
        self.messages.append(f"{problem}; remedy: {remedy}")

    def raise_if_any(self) -> None:
        """Raise one CatalogueError that lists the faults (the first `limit` of them); nothing when
        there are none.
        """
        if not self.messages:
            return
        if len(self.messages) == 1:
            raise CatalogueError(f"{self.source}: {self.messages[0]}")
        shown = [
            f"({i}) {message}" for i, message in enumerate(self.messages[: self.limit], start=1)
        ]
        more = len(self.messages) - len(shown)
        tail = f" (and {more} more faults)" if more else ""
        raise CatalogueError(f"{self.source}: {len(self.messages)} faults: {' '.join(shown)}{tail}")


def listed(items: Iterable[object], limit: int = 5) -> str:
    """The items joined by commas, the first `limit` of them, then how many more; '' when there are
    none.
    """
    texts = [str(item) for item in items]
    more = len(texts) - limit
    return ", ".join(texts[:limit]) + (f" and {more} more" if more > 0 else "")
