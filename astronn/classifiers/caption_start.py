"""Starting weights: a caption classifier goes on from what another one has learned.

Hard attention needs it: as long as nothing can be read, no place that is drawn earns more than
another, and as long as places are drawn at random, nothing can be read. Soft attention learns both
at once, and hard attention goes on from there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import torch

from astronn.errors import AstronnError
from astronn.inputs.images import Preparation

if TYPE_CHECKING:
    from astronn.classifiers.caption import CaptionClassifier

SHOWN = 3  # weights that one message lists


def digest(start: CaptionClassifier) -> str:
    """SHA-256 of the weights of a fitted classifier and of how its images are prepared; anything
    else is an AstronnError.
    """
    if not hasattr(start, "network_") or not hasattr(start, "preparation_"):
        raise AstronnError(
            f"start must be a fitted CaptionClassifier, not {start!r:.60}; fit it first"
        )
    found = hashlib.sha256(repr([start.tokens_.tolist(), _how(start.preparation_)]).encode())
    arrays = {"mean": start.preparation_.mean, "scale": start.preparation_.scale}
    arrays |= {name: tensor.cpu().numpy() for name, tensor in start.network_.state_dict().items()}
    for name, array in sorted(arrays.items()):
        found.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def preparation(start: CaptionClassifier, learned: Preparation, tokens: np.ndarray) -> Preparation:
    """How ``start`` prepares images, for its weights suit no other means and scales than those they
    were learned with.

    AstronnError where it says other tokens, or looks at images of another size or in another manner
    than ``learned``. ``tokens``: (T,) str, the vocabulary.
    """
    if start.tokens_.tolist() != tokens.tolist():
        raise AstronnError(
            f"start says {_few(start.tokens_)}; here the tokens are {_few(tokens)}; give both one"
            " grammar"
        )
    if _how(start.preparation_) != _how(learned):
        raise AstronnError(
            f"start sees images as {_how(start.preparation_)}, here they are {_how(learned)} (size,"
            " scaling, detail); give both the same crop, scaling and detail"
        )
    return start.preparation_


def copy_weights(start: torch.nn.Module, network: torch.nn.Module) -> torch.nn.Module:
    """``network`` with the weights of ``start``; what one kind of attention has and the other has
    not stays as it is.

    Raises
    ------
    AstronnError
        If weights of one name have other shapes in the two.
    """
    given, own = start.state_dict(), network.state_dict()
    attention = {name for name in given.keys() ^ own.keys() if name.startswith("attention.")}
    shapes = {
        name: [tuple(w[name].shape) if name in w else None for w in (given, own)]
        for name in given.keys() | own.keys()
    }
    wrong = sorted(
        name for name, (theirs, ours) in shapes.items() if theirs != ours and name not in attention
    )
    if wrong:
        listed = ", ".join("{} {}, here {}".format(name, *shapes[name]) for name in wrong[:SHOWN])
        raise AstronnError(
            f"start has {len(wrong)} weights of other shapes: {listed}; give both the same network,"
            " network_options, cell, hidden, embedding, attention_units and position"
        )
    network.load_state_dict({name: given[name] if name in given else own[name] for name in own})
    return network


def _how(prepared: Preparation) -> tuple:
    return tuple(prepared.size), prepared.scaling, prepared.detail


def _few(tokens: np.ndarray) -> str:
    said = tokens.tolist()
    return ", ".join(said[:12]) + (f" and {len(said) - 12} more" if len(said) > 12 else "")
