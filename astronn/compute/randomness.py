"""Named, independent streams of random numbers from one integer seed; nothing global is ever
seeded.

A stream depends on (seed, purpose) alone, so neither the order in which streams are opened, nor the
process they are opened in, nor another user of random numbers changes what it gives."""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from astronn.errors import AstronnError

if TYPE_CHECKING:
    import torch


def stream(seed: int, purpose: str) -> np.random.Generator:
    """The numpy generator that belongs to ``seed`` (a non-negative integer) and ``purpose`` (any
    text).

    Raises
    ------
    AstronnError
        For a seed that is not a whole number from 0 up.
    """
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral) or seed < 0:
        raise AstronnError(f"seed must be a non-negative integer, not {seed!r}")
    return np.random.default_rng([int(seed), *purpose.encode()])


def torch_seed(seed: int, purpose: str) -> int:
    """A 63-bit seed for torch, drawn from the stream of (seed, purpose)."""
    return int(stream(seed, purpose).integers(2**63 - 1))


def generator(seed: int, purpose: str) -> torch.Generator:
    """A CPU torch generator seeded from (seed, purpose); drawn on the CPU so that every device gets
    the same numbers.
    """
    import torch

    return torch.Generator().manual_seed(torch_seed(seed, purpose))


@contextmanager
def torch_stream(device: torch.device, seed: int) -> Iterator[None]:
    """Within the block torch's own random stream starts from ``seed``; after it the stream is as it
    was.
    """
    import torch

    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield
