"""What a card can do at most, measured where it is used, and how near trainings come to it; the
parts of benchmarks.gpu beside the image loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from astronn import CaptionClassifier, EnsembleClassifier
from astronn.compute import devices
from astronn.networks import images, sequences
from astronn.training.images import channels_last
from benchmarks import common, recurrent
from benchmarks.image_training import CLASSES, SIDE

PASSES = 3  # a training step does three times the operations of a forward pass
LAYERS = {"gru": nn.GRU, "lstm": nn.LSTM, "elman": nn.RNN}


def wait(device: torch.device) -> None:
    """Until the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def per_second(work: Callable[[], Any], amount: float, device: torch.device, rounds: int) -> list:
    """``amount`` a call over the seconds of a call, one number a round, after a call to warm up."""
    work()
    found = []
    for _ in range(rounds):
        wait(device)
        start = time.perf_counter()
        work()
        wait(device)
        found.append(amount / (time.perf_counter() - start))
    return found


def limits(device: torch.device, name: str, rounds: int, side: int, calls: int) -> list[dict]:
    """Operations a second of a bfloat16 product of ``side``^3, bytes a second copied from pinned
    memory, and launches a second.
    """
    a = torch.ones(side, side, device=device, dtype=torch.bfloat16)
    there = torch.zeros(side, side)
    small = torch.zeros(8, device=device)

    def launch() -> None:
        for _ in range(calls):
            small.add_(1.0)

    row = partial(common.row, peer=None, device=name, note="a limit of this device")
    product = per_second(lambda: a @ a, 2.0 * side**3, device, rounds)
    copy = per_second(
        lambda: devices.sent(there, device), there.numel() * there.element_size(), device, rounds
    )
    return [
        row(f"limit: product of {side} x {side} in bfloat16", product, unit="operations/s"),
        row("limit: copies from pinned memory", copy, unit="bytes/s"),
        row("limit: launches", per_second(launch, calls, device, rounds), unit="launches/s"),
    ]


def operations(network: nn.Module) -> float:
    """Of one forward pass of one image."""
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        network(torch.zeros(1, 3, SIDE, SIDE))
    return float(counter.get_total_flops())


def convolutional(device: torch.device, name: str, rounds: int, peak: float, sizes: Any) -> list:
    """Images a second of training steps in bfloat16 at several batch sizes, with the share of the
    product's rate.
    """
    torch.manual_seed(0)
    network = images.make("residual", (3, SIDE, SIDE), CLASSES)
    each = PASSES * operations(network.eval())
    channels_last(network.train(), device)  # in place
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3, fused=True)
    precision, found = devices.training_precision(device), []
    for size in sizes:
        x = torch.randn(size, 3, SIDE, SIDE).to(device, memory_format=torch.channels_last)
        y = torch.zeros(size, dtype=torch.long, device=device)

        def step(x: torch.Tensor = x, y: torch.Tensor = y) -> None:
            optimizer.zero_grad()
            with precision():
                z = network(x).float()
            functional.cross_entropy(z, y).backward()
            optimizer.step()

        rates = per_second(step, size, device, rounds)
        share = float(np.median(rates)) * each / peak
        title = f"training on ready inputs, batches of {size} images"
        found.append(
            common.row(title, rates, None, unit="images/s", limit_share=share, device=name)
        )
    return found


def memories(device: torch.device, name: str, rounds: int, batch: int, points: int) -> list[dict]:
    """Points a second of training steps of our recurrent networks beside torch's own layers, in
    both directions, on the same ready inputs.
    """
    found = []
    x = torch.randn(batch, points, 7).to(device)
    lengths = torch.full((batch,), points).to(device)
    for kind, layer in LAYERS.items():
        own: dict[str, object] = {"hidden": recurrent.HIDDEN, "pooling": "mean", "dense": ()}
        ours = sequences.make(kind, (7, 0), CLASSES, own).to(device)
        peer = layer(7, recurrent.HIDDEN, batch_first=True, bidirectional=True).to(device)
        none = torch.zeros(batch, 0).to(device)

        def step(ours: nn.Module = ours, none: torch.Tensor = none) -> None:
            ours.zero_grad()
            ours(x, lengths, none).sum().backward()

        def plain(peer: nn.Module = peer) -> None:
            peer.zero_grad()
            peer(x)[0].mean(1).sum().backward()

        rates = [per_second(work, batch * points, device, rounds) for work in (step, plain)]
        title = f"{kind}: gradients on ready inputs, beside torch's layer in both directions"
        goal = 0.8 if kind == "gru" else None
        found.append(common.row(title, *rates, unit="points/s", goal=goal, device=name))
    return found


def whole_fits(device: torch.device, name: str, n: int, epochs: int) -> list[dict]:
    """Objects a second of whole fits, and the memory that they take on the card: an ensemble of 100
    on a table, and captions.
    """
    draws = np.random.default_rng(0)
    X, y = draws.normal(size=(4 * n, 13)), draws.integers(0, 5, 4 * n)
    pixels = draws.integers(0, 255, (n, 1, SIDE, SIDE), dtype=np.uint8)
    said = ["one two", "two one"]
    common_options: dict[str, Any] = {
        "device": str(device),
        "max_epochs": epochs,
        "random_state": 0,
    }
    fits: dict[str, tuple[Callable[[], Any], int]] = {
        "ensemble of 100 networks 13:13:5": (
            lambda: EnsembleClassifier(**common_options).fit(X, y),
            4 * n * epochs,
        ),
        "captions of two tokens": (
            lambda: CaptionClassifier(**common_options, warm_up=0.5).fit(
                pixels, [said[i % 2] for i in range(n)]
            ),
            n * epochs,
        ),
    }
    found = []
    for title, (fit, amount) in fits.items():
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        rates = per_second(fit, amount, device, 1)
        peak = torch.cuda.max_memory_allocated() / 2**20 if device.type == "cuda" else None
        found.append(
            common.row(
                f"whole fit: {title}", rates, None, unit="objects/s", peak_mib=peak, device=name
            )
        )
    return found
