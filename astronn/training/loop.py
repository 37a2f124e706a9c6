"""The one training loop: minimise an objective over batches, keep the best weights, stop when
nothing improves.

It knows no network family. A network is a module with ``members`` networks in it (one, or a
ensemble side by side); ``objective(batch)`` gives the mean loss of each member, (M,); ``batches``
yields one epoch each time it is iterated. Adam: Kingma & Ba (2015, ICLR, algorithm 1); with
decoupled weight decay Loshchilov & Hutter (2019, ICLR, algorithm 2). L-BFGS: Nocedal & Wright
(2006, section 7.2) with a strong-Wolfe line search. Gradients shortened to a largest norm: Pascanu,
Mikolov & Bengio (2013, ICML, algorithm 1), for recurrent networks, whose gradients may grow without
bound."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, fields
from math import ceil, cos, isfinite, pi
from typing import Any

import torch

from astronn.compute import allocator, parallel
from astronn.errors import AstronnError
from astronn.training.averaging import RunningMean
from astronn.training.checkpoints import Checkpoint, Kept, KeptOptimizer, Snapshot
from astronn.training.orders import EpochOrder

Batch = tuple[torch.Tensor, ...]
Objective = Callable[[Batch], torch.Tensor]  # a batch -> the mean loss of each member, (M,)
Progress = Callable[[int, int, float], None]  # (epoch, max_epochs, loss)
Epoch = Callable[[Any, int], float]  # (batches, number of the epoch) -> mean loss
# (network, objective, config) -> what a checkpoint keeps of the optimiser, and one epoch of it.
Descend = Callable[[torch.nn.Module, Objective, "TrainingConfig"], tuple[Kept, Epoch]]


@dataclass(frozen=True)
class TrainingConfig:
    """How to minimise; the defaults are measured ones (see FeedforwardClassifier)."""

    optimizer: str = "adam"
    learning_rate: float = 0.005  # of Adam; falls to zero along a half cosine, epoch by epoch
    max_epochs: int = 200
    patience: int | None = (
        None  # epochs without a better validation loss before stopping; None: never
    )
    warm_up: float = (
        0.0  # epochs in which the rate first rises from zero; above 0 it changes with every batch
    )
    weight_decay: float = (
        0.0  # decoupled from the loss; of weights, not of biases and normalisations
    )
    clip: float = (
        0.0  # largest norm of the gradient of a step, longer ones are shortened to it; 0: any
    )
    # decay of the running mean of the weights that is validated and kept; 0: the weights themselves
    averaging: float = 0.0

    @classmethod
    def of(cls, options: Any) -> TrainingConfig:
        """The training that a classifier's options ask for, of those that have these names."""
        names = [one.name for one in fields(cls) if hasattr(options, one.name)]
        return cls(**{name: getattr(options, name) for name in names})

    def rate(self, epochs: float) -> float:
        """The learning rate after that many epochs."""
        if epochs < self.warm_up:
            return self.learning_rate * epochs / self.warm_up
        return (
            self.learning_rate
            * 0.5
            * (1 + cos(pi * (epochs - self.warm_up) / (self.max_epochs - self.warm_up)))
        )


@dataclass
class History:
    """What happened in each epoch; means over members where there are several."""

    loss: list[float] = field(default_factory=list)  # of the objective, penalty included
    validation_loss: list[float] = field(default_factory=list)  # empty without a validation part
    best_epoch: list[int] = field(
        default_factory=list
    )  # one a member, from 1; empty without a validation part


class TableBatches:
    """Shuffled batches of tensors that all lie on one device, gathered by index_select; each member
    has its own order.

    ``tensors`` have N rows; a batch holds (M, B, ...) tensors. Batch sizes of one epoch differ by
    at most 1."""

    axis = 1  # of a batch's tensors, along which the objects run

    def __init__(
        self, tensors: Batch, batch_size: int, generators: Sequence[torch.Generator]
    ) -> None:
        self.tensors, self.order = tensors, EpochOrder(len(tensors[0]), generators)
        self.n_batches = max(1, ceil(len(tensors[0]) / batch_size))

    def begin(self, epoch: int) -> None:
        """Set the order of that epoch."""
        self.order.skip_to(epoch)

    def __iter__(self) -> Iterator[Batch]:
        order = self.order.draw()  # (M, N)
        for part in order.to(self.tensors[0].device).tensor_split(self.n_batches, dim=1):
            yield tuple(
                t.index_select(0, part.reshape(-1)).unflatten(0, part.shape) for t in self.tensors
            )


@allocator.keeping()
def train(
    network: torch.nn.Module,
    objective: Objective,
    batches: Iterable[Batch],
    config: TrainingConfig,
    *,
    validate: Callable[[], torch.Tensor] | None = None,
    progress: Progress | None = None,
    begin: Callable[[int], None] | None = None,
    checkpoint: Checkpoint | None = None,
    descend: Descend | None = None,
) -> History:
    """Train ``network`` in place and return the losses of each epoch.

    With ``validate`` (the validation loss of each member, (M,)) every member ends with the weights
    of its own best epoch. ``begin`` is called with the number of each epoch before it. With a
    ``checkpoint`` the training goes on after the last epoch saved there; the bytes are the same
    where an epoch's batches depend on nothing but its number. ``descend`` takes the place of the
    optimiser of ``config`` where a network has a faster one of its own.
    Under torchrun each process does its share (see astronn.compute.parallel). A loss that is not
    finite raises AstronnError."""
    batches, objective = parallel.shared(batches, objective)
    kept, step = (descend or OPTIMIZERS[config.optimizer])(network, objective, config)
    best, average = (
        _Best(network),
        (RunningMean(network, config.averaging) if config.averaging else None),
    )
    if average is not None:
        _update_after_each_step(kept, average)
    everything = Snapshot(network, kept, best, average)
    history = History() if checkpoint is None else History(**everything.resume(checkpoint))
    for epoch in range(len(history.loss) + 1, config.max_epochs + 1):
        if config.patience is not None and best.waited(epoch - 1) >= config.patience:
            break
        if begin is not None:
            begin(epoch)
        history.loss.append(step(batches, epoch))
        if not isfinite(history.loss[-1]):
            raise AstronnError(
                f"training diverged: the loss of epoch {epoch} is {history.loss[-1]}; lower"
                f" learning_rate (now {config.learning_rate}) or scale the inputs"
            )
        if validate is not None:
            with torch.no_grad(), nullcontext() if average is None else average.in_place():
                history.validation_loss.append(best.update(validate(), epoch))
        if progress is not None:
            progress(epoch, config.max_epochs, history.loss[-1])
        if (
            checkpoint is not None
            and parallel.is_first()
            and (epoch % checkpoint.every == 0 or epoch == config.max_epochs)
        ):
            everything.keep(checkpoint, asdict(history))
    if validate is not None:
        history.best_epoch = best.restore()
    elif average is not None:
        average.apply()
    return history


def _update_after_each_step(kept: Kept, average: RunningMean) -> None:
    if not isinstance(kept, KeptOptimizer):
        raise AstronnError("averaging needs an optimiser of torch; use averaging=0")
    kept.optimizer.register_step_post_hook(lambda *_: average.update())


def _adam(
    network: torch.nn.Module, objective: Objective, config: TrainingConfig
) -> tuple[Kept, Epoch]:
    """Adam, and one epoch of it."""
    optimizer = _adam_for(network, config)

    def epoch_of(batches: Collection[Batch], epoch: int) -> float:
        losses = []
        for number, batch in enumerate(batches):
            part = (number + 0.5) / len(batches) if config.warm_up else 0.0
            for group in optimizer.param_groups:
                group["lr"] = config.rate(epoch - 1 + part)
            losses.append(_gradient(optimizer, objective, batch).mean())
            if config.clip:
                torch.nn.utils.clip_grad_norm_(network.parameters(), config.clip)
            optimizer.step()
        return float(parallel.mean(torch.stack(losses)).mean())

    return KeptOptimizer(optimizer), epoch_of


def _adam_for(network: torch.nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    rate, fused = config.learning_rate, _can_fuse(network)
    if not config.weight_decay:
        return torch.optim.Adam(network.parameters(), lr=rate, fused=fused)
    weights = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [
        {"params": weights, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, fused=fused)


def _lbfgs(
    network: torch.nn.Module, objective: Objective, config: TrainingConfig
) -> tuple[Kept, Epoch]:
    """L-BFGS, and one epoch of it: ten iterations on each batch (use one batch that holds
    everything).
    """
    optimizer = torch.optim.LBFGS(
        network.parameters(), max_iter=10, history_size=20, line_search_fn="strong_wolfe"
    )

    def epoch_of(batches: Iterable[Batch], epoch: int) -> float:
        losses = []
        for batch in batches:
            optimizer.step(lambda batch=batch: _gradient(optimizer, objective, batch).sum())
            losses.append(_gradient(optimizer, objective, batch).mean())
        return float(torch.stack(losses).mean())

    return KeptOptimizer(optimizer), epoch_of


def _gradient(optimizer: torch.optim.Optimizer, objective: Objective, batch: Batch) -> torch.Tensor:
    """Set the parameters' gradients to that of the loss on ``batch``; return the loss of each
    member, (M,).
    """
    optimizer.zero_grad()
    loss = objective(batch)
    loss.sum().backward()  # members share no weights, so each gets the gradient of its own loss
    return loss.detach()


OPTIMIZERS = {"adam": _adam, "lbfgs": _lbfgs}


def _can_fuse(network: torch.nn.Module) -> bool:
    return all(p.device.type in ("cpu", "cuda") for p in network.parameters())


class _Best:
    """The best weights of each member so far; every parameter's leading axis is the member, or
    there is one member.
    """

    def __init__(self, network: torch.nn.Module) -> None:
        self.parameters = [*network.parameters(), *network.buffers()]
        self.kept: list[torch.Tensor] = []
        self.loss, self.epoch = torch.empty(0), torch.empty(0)  # (M,) each, none before an update

    @torch.no_grad()
    def update(self, loss: torch.Tensor, epoch: int) -> float:
        """Keep the weights of the members whose ``loss`` (M,) is their lowest; return the mean
        loss.
        """
        if not self.kept:
            self.kept = [p.detach().clone() for p in self.parameters]
            self.loss, self.epoch = loss.clone(), torch.full_like(loss, epoch)
        better = loss < self.loss
        if better.any():
            for kept, now in zip(self.kept, self.parameters):
                mask = better.view(-1, *[1] * (now.ndim - 1)) if now.ndim else better[0]
                kept.copy_(torch.where(mask, now, kept))
            self.loss, self.epoch = (
                torch.where(better, loss, self.loss),
                torch.where(better, epoch, self.epoch),
            )
        return float(loss.mean())

    def waited(self, epoch: int) -> int:
        """Epochs since any member last improved."""
        return epoch - int(self.epoch.max()) if self.kept else 0

    def state(self) -> dict[str, torch.Tensor]:
        """All of it by name; empty before the first update."""
        if not self.kept:
            return {}
        return {"loss": self.loss, "epoch": self.epoch} | {
            str(n): kept for n, kept in enumerate(self.kept)
        }

    def resume(self, state: dict[str, torch.Tensor]) -> None:
        """The inverse of ``state``."""
        if state:
            self.kept = [
                torch.empty_like(p).copy_(state[str(n)]) for n, p in enumerate(self.parameters)
            ]
            self.loss, self.epoch = (
                state[name].to(self.kept[0].device) for name in ("loss", "epoch")
            )

    @torch.no_grad()
    def restore(self) -> list[int]:
        """Put the best weights back; return the epoch of each member's."""
        for parameter, kept in zip(self.parameters, self.kept):
            parameter.copy_(kept)
        return [int(e) for e in self.epoch.tolist()]
