"""Learning curves: the loss of a network epoch by epoch, as numbers and as a drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LearningCurve:
    """The mean loss of each epoch on the training objects and, where some were set aside, on those
    (`validation_loss`, else empty); `best_epoch`, from 1, is the one that was kept (None: the
    last).
    """

    name: str
    title: str
    loss: tuple[float, ...]
    validation_loss: tuple[float, ...] = ()
    best_epoch: int | None = None


@dataclass(frozen=True)
class LearningPlot:
    """The drawing: points of the two lines as SVG takes them, ticks (position, label) along both
    axes, the kept epoch's x.
    """

    width: float
    height: float
    left: float
    training: str
    validation: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    best: float | None
    description: str


def curve(name: str, title: str, history: dict) -> LearningCurve | None:
    """The curve in a history.json; None if no epoch is in it, or one whose loss is no finite
    number.
    """
    loss, held = history.get("loss") or [], history.get("validation_loss") or []
    if not loss or not all(map(math.isfinite, (*loss, *held))):
        return None
    best = history.get("best_epoch") or []
    return LearningCurve(
        name, title, tuple(loss), tuple(held), int(best[0]) if len(best) == 1 else None
    )


def plot(found: LearningCurve, width: float = 430.0, height: float = 210.0) -> LearningPlot:
    """The drawing of one curve: loss upwards, epochs to the right."""
    left, bottom, top = 52.0, height - 40.0, 12.0
    values = [*found.loss, *found.validation_loss]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    n = max(len(found.loss), len(found.validation_loss))

    def x(epoch: float) -> float:
        return left + (width - left - 14) * (epoch - 1) / max(n - 1, 1)

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / span

    def line(losses: Sequence[float]) -> str:
        return " ".join(f"{x(i):.1f},{y(value):.1f}" for i, value in enumerate(losses, start=1))

    epochs = sorted({1, *(round(1 + (n - 1) * k / 4) for k in range(5))})
    return LearningPlot(
        width=width,
        height=height,
        left=left,
        training=line(found.loss),
        validation=line(found.validation_loss),
        x_ticks=tuple((x(epoch), str(epoch)) for epoch in epochs),
        y_ticks=tuple((y(low + span * k / 3), f"{low + span * k / 3:.3g}") for k in range(4)),
        best=x(found.best_epoch) if found.best_epoch and found.best_epoch <= n else None,
        description=describe(found),
    )


def describe(found: LearningCurve) -> str:
    """The curve in words."""
    words = (
        f"{found.title}: training loss from {found.loss[0]:.3g} to {found.loss[-1]:.3g} in"
        f" {len(found.loss)} epochs"
    )
    if found.validation_loss:
        words += (
            f"; on objects set aside from {found.validation_loss[0]:.3g} to"
            f" {found.validation_loss[-1]:.3g}"
        )
    return words + (f"; epoch {found.best_epoch} was kept" if found.best_epoch else "")
