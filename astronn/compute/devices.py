"""Where tensors live, in which precision they are computed, and how many processor threads a small
network may use.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, partial
from typing import Any

import torch

from astronn.errors import AstronnError

# Below this many weights one thread is fastest (measured: threads cost more than they give up to
# about 512 x 512).
SMALL_NETWORK = 250_000


# Cards of this compute capability and above have bfloat16 units (Ampere, 2020); older ones emulate
# it, slower than float32.
BFLOAT16_CAPABILITY = (8, 0)
# With it cuBLAS gives the same bytes each time (its manual, "Results reproducibility"); it is read
# when CUDA starts.
WORKSPACE = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def resolve(device: str | torch.device) -> torch.device:
    """The torch device meant by ``device``; "auto" is the first of cuda, mps, cpu that is there and
    computes.

    A device that is there and fails at one tiny product is passed over by "auto" with a warning: a
    driver or a card too old for this torch. Raises AstronnError where the name is unknown to torch
    or the device is not there."""
    os.environ.setdefault(*WORKSPACE)
    if device == "auto":
        return _numbered(next(name for name in ("cuda", "mps", "cpu") if _usable(name)))
    try:
        resolved = torch.device(device)
    except (RuntimeError, TypeError):
        raise AstronnError(
            f"unknown device {device!r}; use 'auto', 'cpu', 'cuda', 'cuda:1' or 'mps'"
        ) from None
    if not _available(resolved.type):
        raise AstronnError(
            f"device '{device}' is not available on this machine; use device='auto' or 'cpu'"
        )
    there = torch.cuda.device_count() if resolved.type == "cuda" else 1
    if (resolved.index or 0) >= there:
        raise AstronnError(
            f"device '{device}' is not there: CUDA devices of this machine are numbered 0 to"
            f" {there - 1}; use device='cuda:0' or 'auto'"
        )
    return _numbered(resolved)


def _numbered(device: str | torch.device) -> torch.device:
    """The device with its number where it is a card: "cuda" is the present one."""
    found = torch.device(device)
    if found.type != "cuda" or found.index is not None:
        return found
    return torch.device("cuda", torch.cuda.current_device())


def _available(kind: str) -> bool:
    checks: dict[str, Callable[[], bool]] = {
        "cpu": lambda: True,
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
    }
    return checks[kind]() if kind in checks else False


def _usable(kind: str) -> bool:
    """Whether "auto" may take it."""
    if kind == "cpu" or not _available(kind):
        return kind == "cpu"
    fault = _fault_of(kind)
    if fault is not None:
        warnings.warn(
            f"device {kind!r} is there but cannot compute ({fault}), so device='auto' passes it"
            " over; update its driver or torch",
            stacklevel=4,
        )
    return fault is None


@cache
def _fault_of(kind: str) -> str | None:
    """The first line of what goes wrong with one tiny product there; None where nothing does."""
    try:
        found = torch.full((2, 2), 3.0, device=kind) @ torch.full((2, 2), 0.5, device=kind)
        return None if found.sum().item() == 12.0 else f"2 x 1.5 x 4 gives {found.sum().item()}"
    except (RuntimeError, NotImplementedError) as error:
        return str(error).partition("\n")[0].partition(". ")[0]


def of_float64(device: torch.device) -> torch.device:
    """Where numbers of ``device`` are summed in float64: there, or on the processor where it has
    none (mps).
    """
    return torch.device("cpu") if device.type == "mps" else device


def sent(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """``tensor`` of the processor on ``device``. To a card it goes by way of pinned memory, and
    nobody waits for it.
    """
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


@contextmanager
def threads_for(network: torch.nn.Module) -> Iterator[int]:
    """Within the block a small network on a CPU uses one thread; a larger one as many as torch was
    set to.

    The value of ``with`` is that setting, for work of other kinds.

    One thread is faster there, gives the same bytes whatever the number of cores, and cannot hang
    in a forked process whose parent had already started OpenMP threads."""
    parameters = list(network.parameters())
    small = sum(p.numel() for p in parameters) < SMALL_NETWORK and all(
        p.device.type == "cpu" for p in parameters
    )
    before = torch.get_num_threads()
    torch.set_num_threads(1 if small else before)
    try:
        yield before
    finally:
        torch.set_num_threads(before)


def has_bfloat16(device: torch.device) -> bool:
    """Whether that very device multiplies in bfloat16 natively.

    A processor without it is ten times slower in it; an old card would need float16 and scaled
    gradients."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= BFLOAT16_CAPABILITY
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()


def training_precision(device: torch.device) -> Callable[[], AbstractContextManager]:
    """What makes blocks in which matrix products and convolutions run in bfloat16 where the device
    does so natively, else in float32; the device is asked once, here.

    For steps of training alone: classification is in float32 everywhere (`exact`)."""
    if has_bfloat16(device):
        return partial(torch.autocast, device.type, torch.bfloat16)
    return nullcontext


def mixed_precision(device: torch.device) -> AbstractContextManager:
    """One block of `training_precision`."""
    return training_precision(device)()


def float32_within(device: torch.device) -> AbstractContextManager:
    """Within the block nothing is taken in bfloat16, inside a block of `training_precision` too:
    for recurrences and losses, which add up what rounding leaves.
    """
    return torch.autocast(device.type, enabled=False)


def same_bytes(device: torch.device) -> AbstractContextManager:
    """Within the block a card chooses only algorithms that give the same bytes each time; what the
    user has chosen of TensorFloat-32 stays.
    """
    return _set(_same_bytes()) if device.type == "cuda" else nullcontext()


def exact(device: torch.device) -> AbstractContextManager:
    """Within the block, for classification: the same bytes each time, and float32 with all its 24
    digits (TensorFloat-32 has 11), so that a saved model answers alike on every device.
    """
    return _set(_same_bytes() + _all_digits()) if device.type == "cuda" else nullcontext()


Setting = tuple[Any, str, Any]  # (what has it, its name, its value within a block)


def _same_bytes() -> list[Setting]:
    library = torch.backends.cudnn
    return [(library, "benchmark", False), (library, "deterministic", True)]


def _all_digits() -> list[Setting]:
    library, products = torch.backends.cudnn, torch.backends.cuda.matmul
    if hasattr(library, "conv"):  # from torch 2.9 on: each kind of operation has its own
        return [(part, "fp32_precision", "ieee") for part in (products, library.conv, library.rnn)]
    return [(products, "allow_tf32", False), (library, "allow_tf32", False)]


@contextmanager
def _set(settings: list[Setting]) -> Iterator[None]:
    before = [getattr(owner, name) for owner, name, _ in settings]
    try:
        for owner, name, value in settings:
            setattr(owner, name, value)
        yield
    finally:
        for (owner, name, _), value in zip(settings, before):
            setattr(owner, name, value)
