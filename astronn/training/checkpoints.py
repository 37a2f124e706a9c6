"""A training on disk after each epoch: one safetensors file that says whose it is, replaced by one
rename.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import safetensors
import safetensors.torch
import torch

from astronn.errors import AstronnError
from astronn.saving import section

if TYPE_CHECKING:
    from astronn.training.averaging import RunningMean


class Checkpoint:
    """One file for one training; ``identity`` is text that two trainings share only if they would
    give the same bytes.
    """

    def __init__(self, path: str | Path, identity: str, *, every: int = 1) -> None:
        self.path, self.identity, self.every = Path(path), identity, every

    def save(self, tensors: dict[str, torch.Tensor], document: dict[str, Any]) -> None:
        """Write tensors and a JSON document under a scratch name, push them to the disk, and
        rename.
        """
        header = {"identity": self.identity, "document": json.dumps(document)}
        content = safetensors.torch.save(
            {k: t.detach().cpu().contiguous() for k, t in tensors.items()}, header
        )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self.path.with_name(f".{secrets.token_hex(8)}.{self.path.name}")
        try:
            with scratch.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(scratch, self.path)
        finally:
            scratch.unlink(missing_ok=True)

    def load(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
        """What was saved last, or None where nothing was; a file of another training raises
        AstronnError.
        """
        if not self.path.is_file():
            return None
        try:
            with safetensors.safe_open(self.path, framework="pt") as file:
                header = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            document = json.loads((header or {}).get("document", "null"))
        except (safetensors.SafetensorError, ValueError, RecursionError) as fault:
            raise AstronnError(
                f"{self.path} is not a checkpoint ({fault}); remove it or give another file"
            ) from None
        if not header or header.get("identity") != self.identity:
            raise AstronnError(
                f"{self.path} belongs to a training with other images, options or seed; remove it"
                " or give another file"
            )
        return tensors, document


class Kept(Protocol):
    """What an optimiser remembers from step to step, by name."""

    def tensors(self) -> dict[str, torch.Tensor]:
        """All of it."""

    def resume(self, tensors: dict[str, torch.Tensor]) -> None:
        """The inverse of ``tensors``, after the network was given its weights."""


class KeptOptimizer:
    """What one of torch's optimisers remembers. Adam keeps tensors; L-BFGS also numbers and lists
    of tensors, whose names then end in what they are.
    """

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer

    def tensors(self) -> dict[str, torch.Tensor]:
        """All of it, under "<number of the parameter>.<name>"."""
        found: dict[str, torch.Tensor] = {}
        for n, kept in self.optimizer.state_dict()["state"].items():
            for key, value in kept.items():
                found |= _flat(f"{n}.{key}", value)
        return found

    def resume(self, tensors: dict[str, torch.Tensor]) -> None:
        """Put it back, laid out in memory as the parameters are, or anew: sums over tensors
        that lie in a file's own memory differ in the last bit.
        """
        parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        state: dict[int, dict[str, Any]] = {}
        for name, tensor in sorted(tensors.items()):
            number, _, key = name.partition(".")
            own, like = state.setdefault(int(number), {}), parameters[int(number)]
            key, _, kind = key.partition(":")
            if kind in NUMBERS:
                own[key] = NUMBERS[kind](tensor.item())
            elif kind:
                own.setdefault(key, []).append(tensor.clone())
            elif tensor.shape == like.shape:
                own[key] = torch.empty_like(like).copy_(tensor)
            else:
                own[key] = tensor.clone()
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state, "param_groups": groups})


NUMBERS: dict[str, Callable[[Any], Any]] = {"int": int, "float": float}


def _flat(name: str, value: Any) -> dict[str, torch.Tensor]:
    """A tensor as it is, a number as "name:int" or "name:float", a list of tensors as "name:0000"
    and so on; what is not yet known, and the workspace of L-BFGS, not at all.
    """
    if isinstance(value, torch.Tensor):
        return {name: value}
    if isinstance(value, int | float):
        return {f"{name}:{type(value).__name__}": torch.tensor(value, dtype=torch.float64)}
    tensors = value if name.rpartition(".")[2] != "al" and value is not None else []
    return {f"{name}:{place:04}": tensor for place, tensor in enumerate(tensors)}


class Snapshot:
    """All that one epoch of a training hands to the next: weights, optimiser, running mean, best
    weights so far.

    ``best`` has ``state()`` -> tensors by name and ``resume(tensors)``; ``average`` may be None.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        kept: Kept,
        best: Any,
        average: RunningMean | None,
    ) -> None:
        self.network, self.kept, self.best, self.average = network, kept, best, average

    def keep(self, checkpoint: Checkpoint, history: dict[str, Any]) -> None:
        """Save it, and the history so far, which says how many epochs are done."""
        parts: dict[str, dict] = {"network": self.network.state_dict(), "best": self.best.state()}
        parts["optimizer"] = self.kept.tensors()
        parts["average"] = {} if self.average is None else dict(enumerate(self.average.mean))
        tensors = {
            f"{part}.{name}": tensor
            for part, named in parts.items()
            for name, tensor in named.items()
        }
        steps = 0 if self.average is None else self.average.steps
        checkpoint.save(tensors, {"history": history, "averaged_steps": steps})

    def resume(self, checkpoint: Checkpoint) -> dict[str, Any]:
        """Put everything back and return the history; an empty one, and nothing done, where nothing
        was saved.
        """
        saved = checkpoint.load()
        if saved is None:
            return {}
        tensors, document = saved
        self.network.load_state_dict(section(tensors, "network"))
        self.best.resume(section(tensors, "best"))
        self.kept.resume(section(tensors, "optimizer"))
        if self.average is not None:
            self.average.steps = document["averaged_steps"]
            for number, mean in enumerate(self.average.mean):
                mean.copy_(tensors[f"average.{number}"])
        return document["history"]
