"""Beam search: the most probable sequences that a grammar allows, and where the network looked at
each token.

Width 1 is greedy decoding. Tokens that the grammar does not allow after what has been said get
probability 0 and the others share 1, so that the sequences' probabilities sum to 1 over all that
are allowed. Where an image is looked at in several views the mean of their log probabilities, made
to sum to 1, takes the place of one network's, and maps are turned back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch.nn import functional

from astronn.inputs.augmentation import centre
from astronn.inputs.grammar import Grammar
from astronn.inputs.symmetry import AS_IT_IS, View
from astronn.networks.captions._decoder import Memory, Network


class Found(NamedTuple):
    """The W best sequences of each of B images, best first, T steps long, the end among them."""

    tokens: torch.Tensor  # (B, W, T) int64, -1 behind the end
    log_p: torch.Tensor  # (B, W), -inf where the grammar has fewer than W sequences
    weights: torch.Tensor  # (B, W, T, h, w), alpha at each step; zeros behind the end
    token_log_p: torch.Tensor  # (B, W, T), of each token after those before it; 0 behind the end


class Walk(NamedTuple):
    """The grammar as tensors (see Grammar.table, Grammar.to_end), or leave to say anything."""

    table: torch.Tensor  # (S, V + 1)
    to_end: torch.Tensor  # (S,)

    @classmethod
    def of(cls, grammar: Grammar | None, n_tokens: int, device: torch.device) -> Walk:
        """The grammar's; None: every token and the end may follow every token."""
        table = np.zeros((1, n_tokens + 1), dtype=np.int64) if grammar is None else grammar.table
        to_end = np.zeros(1, dtype=np.int64) if grammar is None else grammar.to_end
        return cls(torch.from_numpy(table).to(device), torch.from_numpy(to_end).to(device))

    def allowed(self, state: torch.Tensor, left: int) -> torch.Tensor:
        """Which tokens may follow in ``state`` (...) when ``left`` more may come after them, (...,
        V + 1) bool.
        """
        after = self.table[state]
        in_time = self.to_end[after.clamp_min(0)] <= left
        in_time[..., -1] = True
        return (after >= 0) & in_time


@torch.no_grad()
def search(
    network: Network,
    images: torch.Tensor,
    grammar: Grammar | None,
    *,
    beam: int,
    longest: int,
    views: Sequence[View] = AS_IT_IS,
    swap: torch.Tensor | None = None,
    forced: torch.Tensor | None = None,
) -> Found:
    """Describe images (B, C, H, W) with at most ``longest`` tokens; ``swap`` (V + 2,) is the token
    of each in the mirror.

    ``forced`` (B, longest + 1), with beam 1, are tokens to be said whatever their probability, the
    end among them."""
    memory = _memory(network, images, views)
    n, width, end = len(images), beam, network.config.n_tokens
    walk = Walk.of(grammar, end, images.device)
    state = network.begin(memory, width)
    place = torch.zeros(n, width, dtype=torch.int64, device=images.device)
    last = torch.full_like(place, end + 1)
    score = torch.full((n, width), -torch.inf, device=images.device)
    score[:, 0] = 0.0
    tokens, weights, each = (
        torch.zeros(n, width, 0, *more, device=images.device)
        for more in ((), network.encoder.grid, ())
    )
    for left in range(longest - 1, -2, -1):
        said = torch.cat([_in_view(last, view, swap) for view in views])
        logits, looked, _, state = cast(
            "tuple[Any, Any, Any, Any]", network.step(said, state, memory)
        )
        log_p = _mean_log_p(logits, views, swap, walk.allowed(place, left))  # (n, W, V + 1)
        done = (last == end).unsqueeze(2)
        if forced is not None:
            must = forced[:, longest - 1 - left].view(-1, 1, 1)
            log_p = torch.where(
                torch.arange(end + 1, device=must.device) == must, log_p, -torch.inf
            )
        log_p = torch.where(
            done, torch.full_like(log_p, -torch.inf).index_fill(2, _index(end, place), 0.0), log_p
        )
        score, chosen = (score.unsqueeze(2) + log_p).flatten(1).topk(width, dim=1)
        parent, token = chosen // (end + 1), chosen % (end + 1)
        maps = _mean_map(looked, views, network.encoder.grid)  # (n, W, h, w)
        maps = torch.where(done.unsqueeze(3), 0.0, maps)
        rows = torch.arange(n, device=images.device).unsqueeze(1)
        said_now = torch.where(done[rows, parent].squeeze(2), -1, token)
        tokens = torch.cat([tokens[rows, parent], said_now.unsqueeze(2)], 2)
        weights = torch.cat([weights[rows, parent], maps[rows, parent].unsqueeze(2)], 2)
        each = torch.cat([each[rows, parent], log_p[rows, parent, token].unsqueeze(2)], 2)
        place = walk.table[place[rows, parent], token].clamp_min(0)
        state, last = state.pick(parent.repeat(len(views), 1)), token
        if bool((last == end).all()):
            break
    return Found(tokens.long(), score, weights, each)


def on_pixels(weights: torch.Tensor, seen: tuple[int, int], shape: tuple[int, int]) -> torch.Tensor:
    """Weights of cells (T, h, w) as maps on the pixels of an image, (T, *shape), each with the sum
    1.

    Between the middles of cells they are interpolated; around the central ``seen`` pixels, which
    the network saw, is nothing."""
    maps = functional.interpolate(
        weights.unsqueeze(1), seen, mode="bilinear", align_corners=False
    ).squeeze(1)
    whole = torch.zeros(len(weights), *shape)
    centre(whole, seen).copy_(maps)
    return whole / whole.sum((1, 2), keepdim=True).clamp_min(1e-30)


def _memory(network: Network, images: torch.Tensor, views: Sequence[View]) -> Memory:
    """The annotation vectors of all views of the images, (V n, L, D): view by view."""
    seen = torch.cat([view.apply(images) for view in views]) if tuple(views) != AS_IT_IS else images
    return network.annotate(seen.contiguous(memory_format=torch.channels_last))


def _in_view(tokens: torch.Tensor, view: View, swap: torch.Tensor | None) -> torch.Tensor:
    """What a view says where the image as it is says ``tokens``."""
    if swap is None or not view.mirrored:
        return tokens
    start = tokens == len(swap) - 1
    return torch.where(start, tokens, swap[tokens.clamp_max(len(swap) - 2)])


def _mean_log_p(
    logits: torch.Tensor, views: Sequence[View], swap: torch.Tensor | None, allowed: torch.Tensor
) -> torch.Tensor:
    """log p of each token from logits (V n, W, V + 1): the mean over views, 0 where not allowed,
    the others sharing 1.
    """
    parts = logits.float().log_softmax(2).unflatten(0, (len(views), -1))
    order = None if swap is None else swap[:-1]
    mean = sum(
        part[..., order] if view.mirrored and order is not None else part
        for view, part in zip(views, parts)
    )
    # Where nothing is allowed (behind a sequence of probability 0) log_softmax gives NaN: mask
    # again.
    return (
        (mean / len(views))
        .masked_fill(~allowed, -torch.inf)
        .log_softmax(2)
        .masked_fill(~allowed, -torch.inf)
    )


def _mean_map(weights: torch.Tensor, views: Sequence[View], grid: tuple[int, ...]) -> torch.Tensor:
    """The mean over views of the weights (V n, W, L), each turned back to the image as it is: (n,
    W, h, w).
    """
    maps = weights.unflatten(0, (len(views), -1)).unflatten(3, grid)
    return reduce(torch.add, (view.undo(part) for view, part in zip(views, maps))) / len(views)


def _index(value: int, like: torch.Tensor) -> torch.Tensor:
    return torch.tensor([value], device=like.device)
