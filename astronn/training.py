"""The one training loop: minimise an objective over batches, keep the best weights, stop when nothing improves.

It knows no network family. A network is a module with ``members`` networks in it (one, or a committee side by side);
``objective(batch)`` gives the mean loss of each member, (M,); ``batches`` yields one epoch each time it is iterated.
Adam: Kingma & Ba (2015, ICLR, algorithm 1). L-BFGS: Nocedal & Wright (2006, section 7.2) with a strong-Wolfe line search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, cos, isfinite, pi

import torch

from astronn.errors import AstronnError

Batch = tuple[torch.Tensor, ...]
Progress = Callable[[int, int, float], None]  # (epoch, max_epochs, loss)


@dataclass(frozen=True)
class TrainingConfig:
    """How to minimise; the defaults are measured ones (see FeedforwardClassifier)."""

    optimizer: str = "adam"
    learning_rate: float = 0.005  # of Adam; falls to zero along a half cosine
    max_epochs: int = 200
    patience: int | None = None  # epochs without a better validation loss before stopping; None: never


@dataclass
class History:
    """What happened in each epoch; means over members where there are several."""

    loss: list[float] = field(default_factory=list)  # of the objective, penalty included
    validation_loss: list[float] = field(default_factory=list)  # empty without a validation part
    best_epoch: list[int] = field(default_factory=list)  # one a member, from 1; empty without a validation part


class TableBatches:
    """Shuffled batches of tensors that all lie on one device, gathered by index_select; each member has its own order.

    ``tensors`` have N rows; a batch holds (M, B, ...) tensors. Batch sizes of one epoch differ by at most 1.
    """

    def __init__(self, tensors: Batch, batch_size: int, generators: Sequence[torch.Generator]) -> None:
        self.tensors, self.generators = tensors, generators
        self.n_batches = max(1, ceil(len(tensors[0]) / batch_size))

    def __iter__(self) -> Iterator[Batch]:
        n = len(self.tensors[0])
        order = torch.stack([torch.randperm(n, generator=g) for g in self.generators])  # (M, N)
        for part in order.to(self.tensors[0].device).tensor_split(self.n_batches, dim=1):
            yield tuple(t.index_select(0, part.reshape(-1)).unflatten(0, part.shape) for t in self.tensors)


def train(
    network: torch.nn.Module,
    objective: Callable[[Batch], torch.Tensor],
    batches: Iterable[Batch],
    config: TrainingConfig,
    *,
    validate: Callable[[], torch.Tensor] | None = None,
    progress: Progress | None = None,
) -> History:
    """Train ``network`` in place and return the losses of each epoch.

    With ``validate`` (the validation loss of each member, (M,)) every member ends with the weights of its own best epoch.
    A loss that is not finite raises AstronnError.
    """
    step = OPTIMIZERS[config.optimizer](network, objective, config)
    history, best = History(), _Best(network)
    for epoch in range(1, config.max_epochs + 1):
        history.loss.append(step(batches, epoch))
        if not isfinite(history.loss[-1]):
            raise AstronnError(
                f"training diverged: the loss of epoch {epoch} is {history.loss[-1]}; lower learning_rate "
                f"(now {config.learning_rate}) or scale the inputs"
            )
        if validate is not None:
            with torch.no_grad():
                history.validation_loss.append(best.update(validate(), epoch))
        if progress is not None:
            progress(epoch, config.max_epochs, history.loss[-1])
        if config.patience is not None and validate is not None and best.waited(epoch) > config.patience:
            break
    if validate is not None:
        history.best_epoch = best.restore()
    return history


def _adam(network, objective, config: TrainingConfig) -> Callable[[Iterable[Batch], int], float]:
    """One epoch of Adam: a function of (batches, epoch) that returns the epoch's mean loss."""
    optimizer = torch.optim.Adam(network.parameters(), lr=config.learning_rate, fused=_can_fuse(network))

    def epoch_of(batches: Iterable[Batch], epoch: int) -> float:
        optimizer.param_groups[0]["lr"] = config.learning_rate * 0.5 * (1 + cos(pi * (epoch - 1) / config.max_epochs))
        losses = []
        for batch in batches:
            optimizer.zero_grad()
            loss = objective(batch)  # (M,)
            loss.sum().backward()  # members share no weights, so each gets its own gradient
            optimizer.step()
            losses.append(loss.detach().mean())
        return float(torch.stack(losses).mean())

    return epoch_of


def _lbfgs(network, objective, config: TrainingConfig) -> Callable[[Iterable[Batch], int], float]:
    """One epoch of L-BFGS: ten iterations on each batch (use one batch that holds everything)."""
    optimizer = torch.optim.LBFGS(network.parameters(), max_iter=10, history_size=20, line_search_fn="strong_wolfe")

    def epoch_of(batches: Iterable[Batch], epoch: int) -> float:
        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            loss = objective(batch)  # (M,)
            loss.sum().backward()
            losses.append(loss.detach().mean())
            return loss.detach().sum()

        for batch in batches:
            losses: list[torch.Tensor] = []
            optimizer.step(closure)
        return float(losses[-1])

    return epoch_of


OPTIMIZERS = {"adam": _adam, "lbfgs": _lbfgs}


def _can_fuse(network: torch.nn.Module) -> bool:
    return all(p.device.type in ("cpu", "cuda") for p in network.parameters())


class _Best:
    """The best weights of each member so far; every parameter's leading axis is the member, or there is one member."""

    def __init__(self, network: torch.nn.Module) -> None:
        self.parameters = list(network.parameters())
        self.kept: list[torch.Tensor] = []
        self.loss: torch.Tensor | None = None  # (M,)
        self.epoch: torch.Tensor | None = None  # (M,)

    @torch.no_grad()
    def update(self, loss: torch.Tensor, epoch: int) -> float:
        """Keep the weights of the members whose ``loss`` (M,) is their lowest; return the mean loss."""
        if self.loss is None:
            self.kept = [p.detach().clone() for p in self.parameters]
            self.loss, self.epoch = loss.clone(), torch.full_like(loss, epoch)
        better = loss < self.loss
        if better.any():
            for kept, now in zip(self.kept, self.parameters):
                mask = better.view(-1, *[1] * (now.ndim - 1)) if now.ndim else better[0]
                kept.copy_(torch.where(mask, now, kept))
            self.loss, self.epoch = torch.where(better, loss, self.loss), torch.where(better, epoch, self.epoch)
        return float(loss.mean())

    def waited(self, epoch: int) -> int:
        """Epochs since any member last improved."""
        return epoch - int(self.epoch.max())

    @torch.no_grad()
    def restore(self) -> list[int]:
        """Put the best weights back; return the epoch of each member's."""
        for parameter, kept in zip(self.parameters, self.kept):
            parameter.copy_(kept)
        return [int(e) for e in self.epoch]
