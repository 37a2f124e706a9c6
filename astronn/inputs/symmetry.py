"""Outputs that keep the symmetries of the classes: a network's mean over views of an image, classes
swapped with the mirror.

z[k] = mean over views v of f(v x)[s_v(k)], where s_v exchanges the classes that a mirrored view
turns into each other and is the identity for all others. With the two views (as it is, mirrored)
and a pair of classes a, b this is the antisymmetric

    z[a] - z[b] = g(x) - g(mirrored x),    g = (f[a] - f[b]) / 2:

an image and its mirror image get opposite answers whatever was learned, and an image that is its
own mirror image gets none. The group average of Cohen & Welling (2016, ICML, section 4), over the
input instead of over every layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch

from astronn.errors import AstronnError


class View(NamedTuple):
    """An image mirrored (left and right exchanged) or not, then turned anticlockwise by quarter
    turns.
    """

    turns: int
    mirrored: bool

    def apply(self, images: torch.Tensor) -> torch.Tensor:
        """This view of images (..., H, W)."""
        return torch.rot90(images.flip(-1) if self.mirrored else images, self.turns, (-2, -1))

    def undo(self, maps: torch.Tensor) -> torch.Tensor:
        """Maps (..., H, W) that belong to this view, back in the geometry of the image."""
        back = torch.rot90(maps, -self.turns, (-2, -1))
        return back.flip(-1) if self.mirrored else back


AS_IT_IS = (View(0, False),)
MIRROR = (View(0, False), View(0, True))
VIEWS = {  # how many views of a test image are averaged
    1: AS_IT_IS,
    4: tuple(View(turns, False) for turns in range(4)),
    8: tuple(View(turns, mirrored) for mirrored in (False, True) for turns in range(4)),
}


def mean_logits(
    network: Callable[[torch.Tensor], torch.Tensor],
    images: torch.Tensor,
    views: Sequence[View],
    swap: torch.Tensor,
) -> torch.Tensor:
    """The mean over ``views`` of ``network``'s outputs for ``images`` (B, C, H, W), each in the
    image's classes: (B, K).

    All views pass the network as one batch, so that batch normalisation sees them together.
    """
    if tuple(views) == AS_IT_IS:
        return network(images)
    seen = torch.cat([view.apply(images) for view in views])
    seen = seen.contiguous(memory_format=torch.channels_last)
    logits = network(seen).unflatten(0, (len(views), -1))  # (V, B, K)
    return sum(z[:, swap] if view.mirrored else z for view, z in zip(views, logits)) / len(views)


def swap_of(pairs: Sequence[Sequence], classes: np.ndarray) -> np.ndarray:
    """The class number that each class becomes in the mirror, (K,) int64, from ``pairs`` of labels
    in ``classes``.

    Raises AstronnError for a label that is no class, one that stands in two pairs, or a pair that
    is not two labels."""
    known = {label: code for code, label in enumerate(classes.tolist())}
    flat = [label for pair in pairs for label in pair]
    faults = [f"{list(pair)} is not a pair" for pair in pairs if len(pair) != 2]
    faults += [
        f"{label!r} is not among the classes {list(known)}" for label in flat if label not in known
    ]
    faults += [
        f"{label!r} stands in two pairs"
        for label in sorted(set(flat), key=str)
        if flat.count(label) > 1
    ]
    if faults:
        raise AstronnError(
            f"mirror_pairs: {'; '.join(faults)}; give pairs of labels, each label once"
        )
    swap = np.arange(len(classes))
    for a, b in pairs:
        swap[known[a]], swap[known[b]] = known[b], known[a]
    return swap
