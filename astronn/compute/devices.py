"""Where tensors live, and how many processor threads a small network may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

from astronn.errors import AstronnError

# Below this many weights one thread is fastest (measured: threads cost more than they give up to
# about 512 x 512).
SMALL_NETWORK = 250_000


def resolve(device: str | torch.device) -> torch.device:
    """The torch device meant by ``device``; "auto" is the first available of cuda, mps, cpu.

    Raises AstronnError where the name is unknown to torch or the device is not available on this
    machine."""
    if device == "auto":
        return next(torch.device(name) for name in ("cuda", "mps", "cpu") if _available(name))
    try:
        resolved = torch.device(device)
    except (RuntimeError, TypeError):
        raise AstronnError(
            f"unknown device {device!r}; use 'auto', 'cpu', 'cuda', 'cuda:1' or 'mps'"
        ) from None
    if not _available(resolved.type):
        raise AstronnError(
            f"device {device!r} is not available on this machine; use device='auto' or 'cpu'"
        )
    return resolved


def _available(kind: str) -> bool:
    checks: dict[str, Callable[[], bool]] = {
        "cpu": lambda: True,
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
    }
    return checks[kind]() if kind in checks else False


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


def mixed_precision(device: torch.device) -> AbstractContextManager:
    """Within the block matrix products and convolutions run in bfloat16 where the device does so
    natively, else in float32.

    A processor without native bfloat16 is ten times slower in it; an old card would need float16
    and scaled gradients."""
    native = {"cuda": torch.cuda.is_bf16_supported, "cpu": torch.cpu._is_avx512_bf16_supported}
    if device.type in native and native[device.type]():
        return torch.autocast(device.type, torch.bfloat16)
    return nullcontext()


def same_bytes(device: torch.device) -> AbstractContextManager:
    """Within the block a card chooses only algorithms that give the same bytes each time."""
    if device.type != "cuda":
        return nullcontext()
    return torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)
