"""One training by several processes under torchrun: each computes its share of every batch, and
their gradients are joined.

    # torchrun --nproc-per-node 2 train.py           (or --nnodes 4 --rdzv-backend c10d
    --rdzv-endpoint host:29400)
    with parallel.joined():
        model = FeedforwardClassifier(...).fit(X, y)
        if parallel.is_first():
            model.save("model")

Every process is given all objects and the same options; a batch is cut into equal shares in the
order of the processes, so that the loss and its gradient are those of the whole batch, and the
losses of a training are those of one process up to rounding. PyTorch's DistributedDataParallel
joins the gradients while they are still being computed (Li et al. 2020, VLDB 13, 3005): over NCCL
between cards, one a process, over gloo between processors. Without torchrun
nothing here does anything."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import Protocol, cast, runtime_checkable

import torch
from torch import distributed
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel

from astronn.errors import AstronnError

Batch = tuple[torch.Tensor, ...]


@runtime_checkable
class Divisible(Protocol):
    """Batches that say by ``axis`` along which dimension of their tensors the objects run."""

    axis: int

    def __iter__(self) -> Iterator[Batch]: ...


@contextmanager
def joined() -> Iterator[None]:
    """Within the block the processes that torchrun started train together; by itself a process is
    alone.
    """
    if "RANK" not in os.environ:
        yield
        return
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    local = int(os.environ["LOCAL_RANK"])
    if local < cards:
        torch.cuda.set_device(local)
    # without a card each, processes can join on processors alone: see replicated
    distributed.init_process_group("cpu:gloo,cuda:nccl" if _one_each(cards) else "gloo")
    try:
        yield
    finally:
        distributed.destroy_process_group()


def _one_each(cards: int) -> bool:
    """Whether so many cards are enough for the processes that torchrun started on this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1")) <= cards


def processes() -> int:
    """How many train together."""
    return (
        distributed.get_world_size()
        if distributed.is_available() and distributed.is_initialized()
        else 1
    )


def is_first() -> bool:
    """Whether this process is the one that writes files."""
    return processes() == 1 or distributed.get_rank() == 0


def replicated(network: torch.nn.Module) -> torch.nn.Module:
    """What to call in place of ``network`` in training, so that gradients are joined; ``network``
    itself where alone.

    Raises
    ------
    AstronnError
        For batch normalisation over several processes without CUDA devices, and for more processes
        of one machine on CUDA devices than it has.
    """
    if processes() == 1:
        return network
    device = next(network.parameters()).device
    if device.type == "cuda" and not _one_each(torch.cuda.device_count()):
        raise AstronnError(
            f"{os.environ.get('LOCAL_WORLD_SIZE')} processes of this machine cannot share"
            f" {torch.cuda.device_count()} CUDA devices; start at most so many by --nproc-per-node,"
            " or use device='cpu'"
        )
    if any(isinstance(module, _BatchNorm) for module in network.modules()):
        if device.type != "cuda":
            raise AstronnError(
                "batch normalisation over several processes needs CUDA devices; on processors use a"
                " network without it, such as 'lenet'"
            )
        torch.nn.SyncBatchNorm.convert_sync_batchnorm(network)
    return DistributedDataParallel(
        network, device_ids=[device.index] if device.type == "cuda" else None
    )


def mean(values: torch.Tensor) -> torch.Tensor:
    """The mean over all processes of what each has."""
    if processes() == 1:
        return values
    total = values.detach().clone()
    distributed.all_reduce(total)
    return total / processes()


def shared(
    batches: Iterable[Batch], objective: Callable[[Batch], torch.Tensor]
) -> tuple[Iterable[Batch], Callable[[Batch], torch.Tensor]]:
    """Batches cut down to this process's share, and the objective weighted so that the mean over
    processes is the whole's.

    ``batches`` say by ``axis`` along which dimension of their tensors the objects run.

    Raises
    ------
    AstronnError
        If several processes train and the batches do not say by `axis` how they are cut.
    """
    if processes() == 1:
        return batches, objective
    if not isinstance(batches, Divisible):
        raise AstronnError(
            "this network or optimiser cannot be trained by several processes; use one, without"
            " torchrun"
        )
    shares = Shares(batches)
    return shares, lambda batch: objective(batch) * shares.weight


class Shares:
    """The batches of an epoch, of each the share of this process; ``weight`` is that of the present
    one in the mean.
    """

    def __init__(self, batches: Divisible) -> None:
        self.batches, self.weight = batches, 1.0

    def __len__(self) -> int:
        return len(cast(Sized, self.batches))

    def __iter__(self) -> Iterator[Batch]:
        axis, size, rank = self.batches.axis, processes(), distributed.get_rank()
        for batch in self.batches:
            n = batch[0].shape[axis]
            if n < size:
                raise AstronnError(
                    f"a batch of {n} objects cannot be shared by {size} processes; raise batch_size"
                )
            mine = tuple(tensor.tensor_split(size, dim=axis)[rank] for tensor in batch)
            self.weight = mine[0].shape[axis] * size / n
            yield mine
