"""Cards (CUDA devices): the Luigi resource ``gpu`` that a task on one holds, and which one is its
own.

Nothing here asks torch: a process that has started CUDA cannot fork."""

from __future__ import annotations

import getpass
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import filelock
import luigi

VISIBLE = "CUDA_VISIBLE_DEVICES"  # what CUDA shows a process of the machine's cards
DEVICES = Path("/dev")


class OnCard(luigi.Task):
    """A task that trains or classifies by networks: it holds one ``gpu`` on a machine with cards,
    and works on one of its own, unless its parameter ``device`` tells it to stay on the processor.
    """

    device: Any = "auto"

    @property
    def resources(self) -> dict[str, int]:  # type: ignore[override]  # luigi's is an attribute
        """What Luigi's scheduler counts."""
        return {"gpu": 1} if _may_use_a_card(str(self.device)) and visible() else {}

    def _publish(self, *given: Any) -> float:
        """What FolderTask does, on a card of its own."""
        with own_card(str(self.device)):
            return super()._publish(*given)  # type: ignore[misc]  # FolderTask stands behind


def visible() -> list[str]:
    """The cards that a process started here would see, by number or by UUID."""
    named = os.environ.get(VISIBLE)
    if named is not None:
        return [name.strip() for name in named.split(",") if name.strip() not in ("", "-1")]
    found = (re.fullmatch(r"nvidia(\d+)", path.name) for path in DEVICES.glob("nvidia*"))
    return sorted((match[1] for match in found if match), key=int)


@contextmanager
def own_card(device: str) -> Iterator[str | None]:
    """Within the block this process sees one card, which no other process has in such a block: that
    is its "cuda:0".

    With ``gpu = 2`` two tasks run at once, and without this both would take the first card. None,
    and nothing changes, for the processor, for a card asked for by its number, without a card, and
    where all are taken: the resource ``gpu`` says how many tasks may share them.
    """
    cards = visible() if _may_use_a_card(device) and ":" not in device else []
    with ExitStack() as held:
        mine = next((card for card in cards if _locked(card, held)), None)
        if mine is None:
            yield None
            return
        before = os.environ.get(VISIBLE)
        os.environ[VISIBLE] = mine
        try:
            yield mine
        finally:
            os.environ.pop(VISIBLE, None) if before is None else os.environ.update(
                {VISIBLE: before}
            )


def _may_use_a_card(device: str) -> bool:
    return device == "auto" or device.startswith("cuda")


def _locked(card: str, held: ExitStack) -> bool:
    """Whether the card's lock could be taken; it is given back at the end of ``held``, or with the
    process.
    """
    name = re.sub(r"[^\w-]", "_", card)
    path = Path(tempfile.gettempdir()) / f"astronn-card-{getpass.getuser()}-{name}.lock"
    try:
        held.enter_context(filelock.FileLock(path, timeout=0))
    except filelock.Timeout:
        return False
    return True
