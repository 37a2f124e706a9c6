"""What a network is made of, layer by layer: its kind, what comes out of it, and how many weights
it learns.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn


class Layer(NamedTuple):
    """One layer without layers inside: ``shape`` of what it gives for one object, and its learned
    numbers.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    n_parameters: int


@torch.no_grad()
def layers(network: nn.Module, shape: tuple[int, ...], *others: torch.Tensor) -> list[Layer]:
    """The layers of ``network`` in the order in which an input of ``shape`` (without the batch
    axis) passes them.

    ``others`` are further arguments of a network that has more than one input.
    """
    found: list[Layer] = []

    def note(name: str):
        def hook(module: nn.Module, _inputs, output: torch.Tensor | tuple) -> None:
            output = (
                output[0] if isinstance(output, tuple) else output
            )  # a recurrent layer also gives its last state
            n = sum(p.numel() for p in module.parameters())
            found.append(Layer(name, type(module).__name__, tuple(output.shape[1:]), n))

        return hook

    leaves = [
        (name, module) for name, module in network.named_modules() if not list(module.children())
    ]
    handles = [module.register_forward_hook(note(name)) for name, module in leaves]
    training, parameter = network.training, next(network.parameters())
    try:
        network.eval()(
            torch.zeros(1, *shape, device=parameter.device, dtype=parameter.dtype), *others
        )
    finally:
        network.train(training)
        for handle in handles:
            handle.remove()
    return found


def text(network: nn.Module, shape: tuple[int, ...], *others: torch.Tensor) -> str:
    """The layers as a table of plain text, inputs first and the number of all parameters last."""
    size = " x ".join
    rows = [("layer", "kind", "output", "parameters"), ("", "inputs", size(map(str, shape)), "")]
    rows += [
        (name, kind, size(map(str, out)), f"{n:,}" if n else "")
        for name, kind, out, n in layers(network, shape, *others)
    ]
    rows.append(("", "all", "", f"{sum(p.numel() for p in network.parameters()):,}"))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    left, right = slice(0, 2), slice(2, 4)
    return "\n".join(
        "  ".join(
            [cell.ljust(w) for cell, w in zip(row[left], widths[left])]
            + [cell.rjust(w) for cell, w in zip(row[right], widths[right])]
        ).rstrip()
        for row in rows
    )
