"""A training on disk after each epoch: one safetensors file that says whose it is, replaced by one
rename.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
        scratch = self.path.with_name(f".{os.getpid()}.{self.path.name}")
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


class Snapshot:
    """All that one epoch of a training hands to the next: weights, optimiser, running mean, best
    weights so far.

    ``best`` has ``state()`` -> tensors by name and ``resume(tensors)``; ``average`` may be None.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        best: Any,
        average: RunningMean | None,
    ) -> None:
        self.network, self.optimizer, self.best, self.average = network, optimizer, best, average

    def keep(self, checkpoint: Checkpoint, history: dict[str, Any]) -> None:
        """Save it, and the history so far, which says how many epochs are done."""
        parts: dict[str, dict] = {"network": self.network.state_dict(), "best": self.best.state()}
        state = self.optimizer.state_dict()["state"]
        parts["optimizer"] = {
            f"{n}.{key}": tensor for n, kept in state.items() for key, tensor in kept.items()
        }
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
        self._resume_optimizer(section(tensors, "optimizer"))
        if self.average is not None:
            self.average.steps = document["averaged_steps"]
            for number, mean in enumerate(self.average.mean):
                mean.copy_(tensors[f"average.{number}"])
        return document["history"]

    def _resume_optimizer(self, tensors: dict[str, torch.Tensor]) -> None:
        parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in tensors.items():
            number, _, key = name.partition(".")
            like = parameters[int(number)]
            # The optimiser's tensors must lie in memory as its parameter does.
            kept = torch.empty_like(like).copy_(tensor) if tensor.shape == like.shape else tensor
            state.setdefault(int(number), {})[key] = kept
        self.optimizer.load_state_dict(
            {"state": state, "param_groups": self.optimizer.state_dict()["param_groups"]}
        )
