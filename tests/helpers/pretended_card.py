"""A card that pretends: tensors say cuda:0, are computed on the processor, refuse to meet tensors
of the processor as a real card's do, and every wait of the processor for the card is counted.

What it cannot show is time, memory, and what kernels of a card round differently."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import PurePath
from typing import Any
from unittest import mock

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

CARD = torch.device("cuda", 0)
PACKAGE = "astronn"
ops = torch.ops.aten
COPIES = (ops._to_copy.default, ops.copy_.default)
INDEXED = (ops.index.Tensor, ops.index_put_.default, ops.index_put.default)


class MixedDevices(RuntimeError):
    """An operation was given tensors of the card and of the processor."""


class OnCard(torch.Tensor):
    """A tensor that says it lies on the card; ``held`` has its numbers."""

    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> OnCard:
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            held.shape,
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=torch.device("meta"),  # there is no memory of a card to stand for
        )
        made.held = held
        return made

    device = property(lambda self: CARD)
    is_cuda = property(lambda self: True)
    is_meta = property(lambda self: False)
    is_cpu = property(lambda self: False)

    def __repr__(self, **_: Any) -> str:  # type: ignore[override]
        return f"OnCard({self.held})"

    def tolist(self) -> Any:
        Card.now.wait("tolist")
        return self.held.tolist()

    def numpy(self, **_: Any) -> Any:
        raise TypeError("can't convert cuda:0 device type tensor to numpy; use Tensor.cpu() first")

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):  # type: ignore[override]
        return Card.now.run(function, args, kwargs or {})


class Card(TorchDispatchMode):
    """The card while it is pretended: where the processor waited for it, and how often."""

    now: Card

    def __init__(self) -> None:
        super().__init__()
        self.waits: Counter[str] = Counter()  # "file:line what" -> times
        self.launches = 0
        self.pinned: set[int] = set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return self.run(function, args, kwargs or {})

    def wait(self, what: str) -> None:
        """Count one."""
        self.waits[f"{_line()} {what}"] += 1

    def within(self, folder: str) -> int:
        """Waits of lines in modules whose path holds ``folder``."""
        return sum(n for place, n in self.waits.items() if folder in place)

    def run(self, function: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        """The operation on the processor, its results where they belong."""
        tensors = [x for x in tree_flatten((args, kwargs))[0] if isinstance(x, torch.Tensor)]
        cards = [x for x in tensors if isinstance(x, OnCard)]
        asked = kwargs.get("device")
        to_card = asked is not None and torch.device(asked).type in ("cuda", "meta")
        away = function is ops._to_copy.default and asked is not None and not to_card
        self._look(function, args, kwargs, tensors, cards)
        given = kwargs | ({"device": torch.device("cpu")} if to_card else {})
        result = function(*tree_map(_held, args), **tree_map(_held, given))
        if function is ops.copy_.default:
            return args[0]
        if away or function is ops._local_scalar_dense.default or not (to_card or cards):
            return result
        known = {id(x.held): x for x in cards} if function._schema.is_mutable else {}
        return tree_map(
            lambda x: known.get(id(x), OnCard(x)) if isinstance(x, torch.Tensor) else x, result
        )

    def _look(
        self, function: Any, args: tuple, kwargs: dict[str, Any], tensors: list, cards: list
    ) -> None:
        """Refuse tensors of two devices; count a launch, and a wait where there is one."""
        plain = [x for x in tensors if not isinstance(x, OnCard) and x.ndim]
        self.launches += bool(cards)
        if cards and plain and function not in COPIES:
            if not (function in INDEXED and isinstance(args[0], OnCard)):
                shapes = [(type(x).__name__, tuple(x.shape)) for x in tensors]
                raise MixedDevices(f"{function} at {_line()} was given {shapes}")
            self.wait("index of the processor")
        if cards and function in (ops._local_scalar_dense.default, ops.nonzero.default):
            self.wait(str(function))
        if function is ops._to_copy.default:
            self._look_at_copy(tensors[0], kwargs)
        elif function is ops.copy_.default and cards and plain:
            self.wait("copy_")

    def _look_at_copy(self, tensor: torch.Tensor, kwargs: dict[str, Any]) -> None:
        asked = kwargs.get("device")
        if asked is None:
            return
        onto, off = torch.device(asked).type in ("cuda", "meta"), isinstance(tensor, OnCard)
        free = kwargs.get("non_blocking") and id(tensor) in self.pinned
        if onto != off and not free and tensor.numel():
            self.wait("copy to the card" if onto else "copy to the processor")


def _held(x: Any) -> Any:
    return x.held if isinstance(x, OnCard) else x


def _line() -> str:
    """The line of the package that is at work."""
    for frame in reversed(traceback.extract_stack()):
        parts = PurePath(frame.filename).parts
        if PACKAGE in parts and "tests" not in parts and "site-packages" not in parts:
            last = len(parts) - 1 - parts[::-1].index(PACKAGE)
            return f"{'/'.join(parts[last + 1 :])}:{frame.lineno}"
    return "torch"


def _tensor(real: Callable[..., torch.Tensor], card: Card) -> Callable[..., torch.Tensor]:
    def tensor(data: Any, *, device: Any = None, **more: Any) -> torch.Tensor:
        if device is None or torch.device(device).type != "cuda":
            return real(data, device=device, **more)
        card.wait("torch.tensor")
        return OnCard(real(data, **more))

    return tensor


class _Recurrent:
    """torch's recurrent layers with time first: with the batch first they ask for the memory of
    the card.
    """

    def __getattr__(self, name: str) -> Any:
        real = getattr(torch._VF, name)
        return real if name not in ("gru", "lstm", "rnn_tanh") else time_first(real)


def time_first(real: Callable[..., Any]) -> Callable[..., Any]:
    """The layer of the same arguments that turns a batch by itself."""

    def layer(x: torch.Tensor, *others: Any) -> Any:
        if not isinstance(x, OnCard) or others[-1] is not True:
            return real(x, *others)
        found, *states = real(x.transpose(0, 1), *others[:-1], False)
        return found.transpose(0, 1), *states

    return layer


@contextmanager
def pretended(capability: tuple[int, int] = (8, 0)) -> Iterator[Card]:
    """Within the block there is one card of that compute capability."""
    card = Card()
    fork = torch.random.fork_rng

    def pin(tensor: torch.Tensor, *_: Any) -> torch.Tensor:
        if isinstance(tensor, OnCard):
            raise RuntimeError("cannot pin a tensor of the card")
        copy = tensor.clone()
        card.pinned.add(id(copy))
        copies.append(copy)  # so that its id stays its own
        return copy

    copies: list[torch.Tensor] = []
    cuda: dict[str, Any] = {
        "is_available": lambda: True,
        "device_count": lambda: 1,
        "current_device": lambda: 0,
        "get_device_capability": lambda device=None: capability,
        "get_device_name": lambda device=None: "pretended card",
        "manual_seed_all": lambda seed: None,
        "_lazy_init": lambda: None,
        "synchronize": lambda device=None: card.wait("synchronize"),
        "max_memory_allocated": lambda device=None: 0,
        "reset_peak_memory_stats": lambda device=None: None,
    }
    with (
        mock.patch.multiple(torch.cuda, **cuda),
        mock.patch.object(Card, "now", card, create=True),
        mock.patch.object(torch.random, "fork_rng", lambda devices=(), **k: fork([], **k)),
        mock.patch.object(torch, "autocast", _autocast_beside),
        mock.patch.object(torch, "tensor", _tensor(torch.tensor, card)),
        mock.patch.object(torch, "rnn_tanh", time_first(torch.rnn_tanh)),
        mock.patch.object(torch.nn.modules.rnn, "_VF", _Recurrent()),
        mock.patch.object(torch.Tensor, "pin_memory", pin),
        card,
    ):
        yield card


_autocast = torch.autocast


def _autocast_beside(kind: str, *args: Any, **kwargs: Any) -> Any:
    """The pretended card computes in float32 within blocks of bfloat16."""
    return nullcontext() if kind == "cuda" else _autocast(kind, *args, **kwargs)
