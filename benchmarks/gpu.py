"""What a CUDA device makes of it: the job for a machine that has one.

    python -m benchmarks.gpu            some minutes; writes benchmarks/results/gpu-<name of the
                                        device>.json
    python -m benchmarks.gpu --quick    a minute
    python -m benchmarks.gpu --pretend  every part once on a card that pretends; keeps nothing
    python -m benchmarks.gpu_check      whether the classifiers do there what they do here

First what the device can do at most: a product in bfloat16, copies, launches. Then how near to it
training steps come (benchmarks.gpu_limits), whole fits, and:

Images per second through the residual network on 64 x 64 pixels: with their input (batches made on
    the device) beside a
DataLoader, and on inputs that are ready with each thing that may pay, beside the same without it:
    bfloat16 (AMP), a compiled
network, CUDA graphs ("reduce-overhead"), and what it costs to allow only algorithms that give the
same bytes each time. Then
a stack that does not fit on the device: batches copied from pinned memory while the device
    computes, beside plain copies.
Without a CUDA device this refuses and writes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import numpy as np
import torch
from torch.nn import functional

from astronn.compute import devices
from astronn.networks import images as families
from benchmarks import common, gpu_limits, image_training
from benchmarks.image_training import BATCH, CLASSES, SIDE

Batches = list[tuple[torch.Tensor, torch.Tensor]]


def network(device: torch.device) -> torch.nn.Module:
    torch.manual_seed(0)
    return families.make("residual", (3, SIDE, SIDE), CLASSES).to(
        device, memory_format=torch.channels_last
    )


def ready(device: torch.device, n_batches: int, batch: int) -> Batches:
    """One batch on the device, as often as asked for."""
    draws = torch.Generator().manual_seed(0)
    x = torch.randn(batch, 3, SIDE, SIDE, generator=draws).to(
        device, memory_format=torch.channels_last
    )
    return [(x, torch.randint(CLASSES, (batch,), generator=draws).to(device))] * n_batches


def trained(
    module: Callable, parameters, batches, precision: Callable[[], AbstractContextManager]
) -> None:
    optimizer = torch.optim.AdamW(parameters, lr=1e-3, fused=True)
    for x, classes in batches:
        optimizer.zero_grad()
        with precision():
            loss = functional.cross_entropy(module(x).float(), classes)
        loss.backward()
        optimizer.step()


def copied(
    stack: torch.Tensor, device: torch.device, n_batches: int, ahead: bool
) -> Iterator[tuple]:
    """Batches of a uint8 stack in the machine's memory, standardised on the device; ``ahead``:
    pinned, and one in advance.
    """
    classes = torch.zeros(BATCH, dtype=torch.long, device=device)
    on_card = ahead and device.type == "cuda"
    stream = torch.cuda.Stream(device) if on_card else None

    def fetch(number: int) -> torch.Tensor:
        rows = torch.arange(number * BATCH, (number + 1) * BATCH) % len(stack)
        part = stack.index_select(0, rows)
        if stream is None:
            return part.to(device)
        with torch.cuda.stream(stream):
            return part.pin_memory().to(device, non_blocking=True)

    following = fetch(0)
    for number in range(n_batches):
        if stream is not None:
            torch.cuda.current_stream(device).wait_stream(stream)
            following.record_stream(torch.cuda.current_stream(device))
        x, following = following, fetch(number + 1) if ahead else None
        x = x.float().contiguous(memory_format=torch.channels_last)
        yield (x - x.mean()) / (x.std() + 1e-6), classes
        following = following if ahead else fetch(number + 1)


def beside(
    name: str, own: Callable, other: Callable, n_images: int, rounds: int, device: torch.device
) -> dict:
    """Images a second of both, after one turn in which what is compiled is compiled."""
    works = own, other
    for work in works:
        image_training.rate(work, n_images, device)
    turns = [[image_training.rate(work, n_images, device) for work in works] for _ in range(rounds)]
    peak = torch.cuda.max_memory_allocated() / 2**20 if device.type == "cuda" else None
    rates = list(zip(*turns))
    return common.row(
        name, rates[0], rates[1], unit="images/s", peak_mib=peak, device=name_of(device)
    )


def name_of(device: torch.device) -> str:
    return (
        torch.cuda.get_device_name(device)
        if device.type == "cuda"
        else common.cpu(torch.get_num_threads())
    )


def comparisons(
    device: torch.device,
    n_batches: int,
    rounds: int,
    batch: int = 4 * BATCH,
    compiled: bool = True,
    from_memory: bool = True,
) -> list[dict]:
    module, batches = network(device), ready(device, n_batches, batch)
    n, plain = n_batches * len(batches[0][0]), nullcontext
    amp = partial(devices.mixed_precision, device)
    parameters = list(module.parameters())

    def eager(precision=amp) -> None:
        trained(module, parameters, batches, precision)

    def same_bytes() -> None:
        with devices.same_bytes(device):
            eager()

    def any_bytes() -> None:
        with torch.backends.cudnn.flags(enabled=True, benchmark=True, deterministic=False):
            eager()

    found = [
        beside(
            "training on ready inputs, bfloat16 beside float32",
            eager,
            partial(eager, plain),
            n,
            rounds,
            device,
        ),
        beside(
            "training on ready inputs, same bytes each time beside any",
            same_bytes,
            any_bytes,
            n,
            rounds,
            device,
        ),
    ]
    for name, mode in (
        (("compiled", "default"), ("CUDA graphs", "reduce-overhead")) if compiled else ()
    ):
        fast = torch.compile(module, mode=mode)
        work = partial(trained, fast, parameters, batches, amp)
        found.append(
            beside(f"training on ready inputs, {name} beside eager", work, eager, n, rounds, device)
        )
    if not from_memory:
        return found
    stack = torch.from_numpy(
        np.random.default_rng(0).integers(0, 256, (32 * BATCH, 3, SIDE, SIDE), dtype=np.uint8)
    )

    def streamed(ahead: bool) -> None:
        trained(module, parameters, copied(stack, device, n_batches, ahead), amp)

    name = "training from the machine's memory, pinned and one batch ahead beside plain copies"
    works = partial(streamed, True), partial(streamed, False)
    return [*found, beside(name, *works, n_batches * BATCH, rounds, device)]


def rows(quick: bool) -> list[dict]:
    if not torch.cuda.is_available():
        sys.exit(
            "astronn: error: benchmarks.gpu needs a CUDA device, and torch sees none; run it on a"
            " machine that has one, or with --pretend"
        )
    device = torch.device("cuda", 0)
    name, rounds = name_of(device), 2 if quick else 5
    side, calls = (2048, 1000) if quick else (8192, 10_000)
    found = gpu_limits.limits(device, name, rounds, side, calls)
    found += gpu_limits.convolutional(device, name, rounds, found[0]["ours"], (64, 256, 1024))
    found += gpu_limits.memories(device, name, rounds, 64 if quick else 512, 100 if quick else 400)
    found += gpu_limits.whole_fits(device, name, 512 if quick else 4096, 2 if quick else 5)
    found += comparisons(device, 20 if quick else 60, rounds, compiled=not quick)
    return found + image_training.comparisons(2048 if quick else 8192, 2, device, goals_alone=True)


def pretend() -> None:
    """Every part once, as small as can be, on a card that pretends: it shows that they run to the
    end, and no time.
    """
    sys.path.insert(0, str(common.FOLDER.parent / "tests" / "helpers"))
    from pretended_card import pretended

    device, name = torch.device("cuda", 0), "pretended card"
    with pretended():
        found = gpu_limits.limits(device, name, 1, 64, 10)
        found += gpu_limits.convolutional(device, name, 1, found[0]["ours"], (2,))
        found += gpu_limits.memories(device, name, 1, 2, 5)
        found += gpu_limits.whole_fits(device, name, 16, 1)
        found += comparisons(device, 1, 1, batch=2, compiled=False, from_memory=False)
    print(common.table(found), end="")


if __name__ == "__main__":
    if "--pretend" in sys.argv:
        pretend()
        sys.exit()
    names = name_of(torch.device("cuda")).replace(" ", "-") if torch.cuda.is_available() else "none"
    common.main(__file__, rows, name=f"gpu-{names}")
