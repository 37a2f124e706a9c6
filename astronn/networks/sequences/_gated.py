"""Training of gated recurrent layers on a processor, with a backward pass of our own.

torch records about ten operations for each entry of a sequence. Here the state, the input and a 1
stand side by side in one row, (h(t-1), x(t), 1), and all that a layer knows in one matrix of four
blocks of columns, so that an entry costs one product on the way there and one on the way back, with
a few operations on the blocks. Two directions advance in one loop. The errors of the blocks (the
delta of a lecture on backpropagation; through time: Werbos 1990, Proc. IEEE 78, 1550) are kept for
a few entries alone: they stay in the cache until what they add to the gradients is added, and
memory is that of the blocks.

Families write tanh(a) as 2 s(2 a) - 1, s being the logistic function: torch takes a third of the
time for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import nn

from astronn.networks.sequences._shared import RecurrentLayer

CHUNK = 16  # entries that are taken together


class Ahead(Protocol):
    """The operations of a family after each product on the way there, for the entries of a
    chunk.
    """

    def __init__(
        self, blocks: torch.Tensor, states: torch.Tensor, kept: Sequence[torch.Tensor]
    ) -> None:
        """Blocks (D, k, B, 4 H), to be overwritten; states (D, k + 1, B, H) and ``kept``, alike,
        the first known.
        """

    def step(self, i: int) -> None:
        """From the products in the blocks of entry i, the state after it."""


class Back(Protocol):
    """The operations of a family before each product on the way back."""

    def __init__(self, last: torch.Tensor) -> None:
        """``last`` (D, B, H) is shaped as the error of the states after one entry."""

    def begin(
        self,
        blocks: torch.Tensor,
        states: torch.Tensor,
        kept: Sequence[torch.Tensor],
        factors: torch.Tensor,
        errors: torch.Tensor,
    ) -> None:
        """Take up a chunk: fill ``factors``, whatever of its errors (both D, k, B, 4 H) does not
        depend on later ones.
        """

    def step(self, i: int, error: torch.Tensor, before: torch.Tensor) -> None:
        """Fill the errors of entry i from the error of the state after it (D, B, H), and add to
        that of the state before it what reaches it by other ways than the product.
        """


class Gates(NamedTuple):
    """What a family of gated layers gives."""

    acting: int  # how many of the four blocks, the first ones, the state acts on
    n_kept: int  # how many arrays shaped as the states are kept besides them for the way back
    ahead: type[Ahead]
    back: type[Back]
    matrix: Callable[[nn.RNNBase], torch.Tensor]  # all that a layer knows, (H + C + 1, 4 H)


class Steps(torch.autograd.Function):
    """Inputs (B, T, C) for each of D directions -> their states (B, T, H), by all steps in all
    directions at once.

    No step is made for the sequences at the end of the batch that are over: batches in falling
    order of length cost least. States after a sequence's own entries are zero or mean nothing; no
    gradient may come from them."""

    @staticmethod
    def forward(
        ctx: Any,
        gates: Gates,
        lengths: torch.Tensor | None,
        matrix: torch.Tensor,
        *inputs: torch.Tensor,
    ) -> tuple[torch.Tensor, ...]:
        """``matrix`` (D, H + C + 1, 4 H); ``lengths`` (B,), None for T of all."""
        D, rows, columns = matrix.shape
        B, T, _ = inputs[0].shape
        H = columns // 4
        given, blocks = matrix.new_empty(D, T + 1, B, rows), matrix.new_empty(D, T, B, columns)
        kept = [matrix.new_empty(D, T + 1, B, H) for _ in range(gates.n_kept)]
        states = given[..., :H]
        for one in (states, *kept):
            one[:, 0] = 0
        given[..., -1] = 1
        for one, x in zip(given, inputs):
            one[:T, :, H:-1] = x.transpose(0, 1)
        ctx.gates, ctx.chunks = gates, _chunks(lengths, B, T)
        for start, stop, n in ctx.chunks:
            states[:, start + 1 : stop + 1, n:] = 0
            if not n:
                continue
            own, out = given[:, start : stop + 1, :n], blocks[:, start:stop, :n]
            ahead = gates.ahead(out, own[..., :H], [one[:, start : stop + 1, :n] for one in kept])
            products = list(
                zip(matrix, (one.unbind() for one in own), (one.unbind() for one in out))
            )
            for i in range(stop - start):
                for weights, one, result in products:
                    torch.mm(one[i], weights, out=result[i])
                ahead.step(i)
        ctx.save_for_backward(matrix, given, blocks, *kept)
        return tuple(one[1:].transpose(0, 1) for one in states)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        matrix, given, blocks, *kept = ctx.saved_tensors
        D, T, B, columns = blocks.shape
        H, acting = columns // 4, ctx.gates.acting * columns // 4
        error = matrix.new_empty(D, T + 1, B, H)  # of the states, the first of which is fixed
        error[:, 0] = 0
        torch.stack([grad.transpose(0, 1) for grad in grads], out=error[:, 1:])
        of_matrix, room = torch.zeros_like(matrix), matrix.new_empty(2, D * CHUNK * B, columns)
        of_inputs = [
            matrix.new_zeros(T, B, matrix.shape[1] - H - 1) if needed else None
            for needed in ctx.needs_input_grad[3:]
        ]
        to_states = [weights[:H, :acting].T.contiguous() for weights in matrix]
        way = ctx.gates.back(error[:, 0])
        for start, stop, n in reversed([chunk for chunk in ctx.chunks if chunk[2]]):
            own, size = given[:, start : stop + 1, :n], stop - start
            factors, errors = (one[: D * size * n].view(D, size, n, columns) for one in room)
            way.begin(
                blocks[:, start:stop, :n],
                own[..., :H],
                [one[:, start : stop + 1, :n] for one in kept],
                factors,
                errors,
            )
            deltas = list(zip(*(one.unbind() for one in errors[..., :acting])))
            of_states = error[:, start : stop + 1, :n].unbind(1)
            adding = list(zip(*(one.unbind() for one in error[:, start : stop + 1, :n])))
            for i in reversed(range(size)):
                way.step(i, of_states[i + 1], of_states[i])
                for into, delta, weights in zip(adding[i], deltas[i], to_states):
                    into.addmm_(delta, weights)
            for d, flat in enumerate(errors.flatten(1, 2)):
                of_matrix[d].addmm_(own[d, :size].flatten(0, 1).T, flat)
                if of_inputs[d] is not None:
                    of_inputs[d][start:stop, :n] = (flat @ matrix[d, H:-1].T).unflatten(
                        0, (size, n)
                    )
        return (
            None,
            None,
            of_matrix,
            *(None if one is None else one.transpose(0, 1) for one in of_inputs),
        )


def _chunks(
    lengths: torch.Tensor | None, n_sequences: int, size: int
) -> list[tuple[int, int, int]]:
    """(start, stop, n): entries from start to before stop, which the first n sequences have, or
    some of these.
    """
    spans = [(start, min(start + CHUNK, size)) for start in range(0, size, CHUNK)]
    if lengths is None:
        return [(*span, n_sequences) for span in spans]
    longest = lengths.flip(0).cummax(0).values  # of the sequences from the last to this one
    over = torch.searchsorted(longest, torch.tensor([start for start, _ in spans]), right=True)
    return [(*span, n_sequences - k) for span, k in zip(spans, over.tolist())]


class GatedLayer(RecurrentLayer):
    """A recurrent layer of torch that holds the weights, trained by Steps on a processor.

    On a card, and where no gradient is wanted, torch's layer is used.
    """

    gates: Gates

    def __init__(self, layer: nn.RNNBase) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.together([self], [x], None)[0]

    @staticmethod
    def together(
        layers: Sequence[GatedLayer], inputs: Sequence[torch.Tensor], lengths: torch.Tensor | None
    ) -> list[torch.Tensor]:
        if not torch.is_grad_enabled() or inputs[0].device.type != "cpu":
            return [one.layer(x)[0] for one, x in zip(layers, inputs)]
        gates = layers[0].gates
        return list(
            Steps.apply(
                gates, lengths, torch.stack([gates.matrix(one.layer) for one in layers]), *inputs
            )
        )
