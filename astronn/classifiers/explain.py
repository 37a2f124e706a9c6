"""Where in an image a classifier finds a class: maps over the pixels, as arrays.

``class_maps``: what each cell of the last feature maps adds to a class's lead over the others,
beyond what empty sky adds there: gradient times feature, cell by cell (HiResCAM: Draelos & Carin
2020, arXiv:2011.08891, eq. 4), of the difference from a reference (DeepLIFT: Shrikumar, Greenside &
Kundaje 2017, ICML, section 3). Grad-CAM averages the gradient over the cells first; behind a head
that takes the largest value of a map, the weight of the one cell that is largest then lights every
other. And what sky adds is part of every image's output, like a bias, but would be seen wherever
nothing is. ``gradient_maps``: Simonyan, Vedaldi & Zisserman (2014, ICLR workshop, section 3.1).
Both are means over the classifier's networks and over its views, each view's map turned back, so
that with 8 views the map of a turned or mirrored image is the map of the image, turned or mirrored.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from astronn.classifiers.convolutional import ConvolutionalClassifier
from astronn.compute import devices
from astronn.errors import AstronnError, unknown

BLOCK = 64  # images explained at once
MapOf = Callable[
    [torch.nn.Module, torch.Tensor, torch.Tensor], torch.Tensor
]  # network, inputs, classes -> (B, h, w)


def class_maps(model: ConvolutionalClassifier, X: Any, classes: Any = None) -> np.ndarray:
    """How much the feature maps at each pixel speak for a class, (N, H, W) float32 in 0..1, the
    largest of an image 1.

    ``classes`` (N,) are labels; None: the class that the model gives each image. Pixels outside the
    model's crop are 0, and so is an image that nothing speaks for its class in."""
    return _maps(model, X, classes, _class_map)


def gradient_maps(model: ConvolutionalClassifier, X: Any, classes: Any = None) -> np.ndarray:
    """The size of the change of a class's output with each input pixel, largest of the channels,
    (N, H, W), scaled as above.
    """
    return _maps(model, X, classes, _gradient_map)


def _class_map(network: Any, x: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    found = functional.relu(contributions(network, x, classes)).unsqueeze(1)
    return functional.interpolate(found, size=x.shape[-2:], mode="bilinear", align_corners=False)[
        :, 0
    ]


def contributions(network: Any, x: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """What each cell of the feature maps adds to z[class] - mean of the other z, beyond empty sky,
    (B, h, w), either sign.

    Where the head is linear in the maps' means and the sky's maps are flat, the cells' sum is the
    lead of the class over the others in the image less that in its sky.

    Raises
    ------
    AstronnError
        If the network gives no feature maps (B, F, h, w).
    """
    with torch.no_grad():
        features, empty = network.features(x), network.features(sky_of(x))  # (B, F, h, w)
    if features.ndim != 4:
        got = tuple(features.shape)
        raise AstronnError(
            f"class_maps needs feature maps (B, F, h, w), this network has {got}; use gradient_maps"
        )

    def lead(maps: torch.Tensor) -> torch.Tensor:
        z = network.head(maps)
        return z - (z.sum(1, keepdim=True) - z) / (z.shape[1] - 1)

    return (_gradient(lead, features, classes) * (features - empty)).sum(1)


def sky_of(x: torch.Tensor) -> torch.Tensor:
    """Images (B, C, H, W) that show in every pixel the median of the outermost pixels of x, channel
    by channel.
    """
    edge = torch.cat([x[..., 0, :], x[..., -1, :], x[..., 1:-1, 0], x[..., 1:-1, -1]], -1)
    return (
        edge.median(-1)
        .values[..., None, None]
        .expand_as(x)
        .contiguous(memory_format=torch.channels_last)
    )


def _gradient_map(network: Any, x: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    return _gradient(network, x, classes).abs().amax(1)


@torch.enable_grad()
def _gradient(
    function: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor, classes: torch.Tensor
) -> torch.Tensor:
    """d z[class] / d inputs, each object's own."""
    inputs = inputs.detach().clone().requires_grad_()
    score = function(inputs).gather(1, classes.unsqueeze(1)).sum()
    return torch.autograd.grad(score, inputs)[0]


@torch.no_grad()
def _maps(model: ConvolutionalClassifier, X: Any, classes: Any, map_of: MapOf) -> np.ndarray:
    stack = model.check_images(X)
    codes = torch.from_numpy(_codes(model, stack, classes))
    swap, out = (
        torch.from_numpy(model.swap_),
        np.zeros((len(stack), *stack.shape[-2:]), dtype=np.float32),
    )
    device = next(model.networks_[0].parameters()).device
    height, width = model.preparation_.size
    top, left = (stack.shape[-2] - height) // 2, (stack.shape[-1] - width) // 2
    for start in range(0, len(stack), BLOCK):
        block, code = stack[start : start + BLOCK].to(device), codes[start : start + BLOCK]
        x = model.preparation_.central(block, torch.arange(len(block), device=device))
        with devices.exact(model._home), devices.threads_for(model.networks_[0]):
            each = [
                view.undo(
                    map_of(
                        network, view.apply(x), (swap[code] if view.mirrored else code).to(device)
                    )
                )
                for network in model.networks_
                for view in model.views()
            ]
        found = reduce(torch.add, each)
        found = found / found.amax((1, 2), keepdim=True).clamp_min(torch.finfo(found.dtype).tiny)
        out[start : start + BLOCK, top : top + height, left : left + width] = found.cpu().numpy()
    return out


def _codes(model: ConvolutionalClassifier, stack: torch.Tensor, classes: Any) -> np.ndarray:
    labels = model.predict(stack) if classes is None else np.asarray(classes)
    if len(labels) != len(stack):
        raise AstronnError(
            f"classes has {len(labels)} entries for {len(stack)} images; give one for each image"
        )
    others = sorted(set(labels.tolist()) - set(model.classes_.tolist()), key=str)
    if others:
        raise unknown("class", others[0], map(str, model.classes_))
    return np.searchsorted(model.classes_, labels)
