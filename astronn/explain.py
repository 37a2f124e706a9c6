"""Where in an image a classifier finds a class: maps over the pixels, as arrays.

``class_maps``: Grad-CAM (Selvaraju et al. 2017, ICCV, eqs. 1 and 2); for a network whose head is a mean over the maps and
one linear layer it is the class activation map of Zhou et al. (2016, CVPR, eq. 2). ``gradient_maps``: Simonyan, Vedaldi &
Zisserman (2014, ICLR workshop, section 3.1). Both are means over the classifier's networks and over its views, each view's
map turned back, so that with 8 views the map of a turned or mirrored image is the map of the image, turned or mirrored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from astronn import devices
from astronn.convolutional import ConvolutionalClassifier
from astronn.errors import AstronnError, unknown

BLOCK = 64  # images explained at once
MapOf = Callable[[torch.nn.Module, torch.Tensor, torch.Tensor], torch.Tensor]  # network, inputs, classes -> (B, h, w)


def class_maps(model: ConvolutionalClassifier, X: Any, classes: Any = None) -> np.ndarray:
    """How much the feature maps at each pixel speak for a class, (N, H, W) float32 in 0..1, the largest of an image 1.

    ``classes`` (N,) are labels; None: the class that the model gives each image. Pixels outside the model's crop are 0, and
    so is an image that nothing speaks for its class in.
    """
    return _maps(model, X, classes, _class_map)


def gradient_maps(model: ConvolutionalClassifier, X: Any, classes: Any = None) -> np.ndarray:
    """The size of the change of a class's output with each input pixel, largest of the channels, (N, H, W), scaled as above."""
    return _maps(model, X, classes, _gradient_map)


def _class_map(network: torch.nn.Module, x: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        features = network.features(x)  # (B, F, h, w)
    if features.ndim != 4:
        got = tuple(features.shape)
        raise AstronnError(f"class_maps needs feature maps (B, F, h, w), this network has {got}; use gradient_maps")
    gradient = _gradient(network.head, features, classes)
    share = gradient.mean((2, 3), keepdim=True)  # eq. 1: the importance of each feature map
    found = functional.relu((share * features).sum(1, keepdim=True))  # eq. 2
    return functional.interpolate(found, size=x.shape[-2:], mode="bilinear", align_corners=False)[:, 0]


def _gradient_map(network: torch.nn.Module, x: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    return _gradient(network, x, classes).abs().amax(1)


@torch.enable_grad()
def _gradient(function: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """d z[class] / d inputs, each object's own."""
    inputs = inputs.detach().clone().requires_grad_()
    score = function(inputs).gather(1, classes.unsqueeze(1)).sum()
    return torch.autograd.grad(score, inputs)[0]


@torch.no_grad()
def _maps(model: ConvolutionalClassifier, X: Any, classes: Any, map_of: MapOf) -> np.ndarray:
    stack = model.check_images(X)
    codes = torch.from_numpy(_codes(model, stack, classes))
    swap, out = torch.from_numpy(model.swap_), np.zeros((len(stack), *stack.shape[-2:]), dtype=np.float32)
    device = next(model.networks_[0].parameters()).device
    height, width = model.preparation_.size
    top, left = (stack.shape[-2] - height) // 2, (stack.shape[-1] - width) // 2
    for start in range(0, len(stack), BLOCK):
        block, code = stack[start : start + BLOCK].to(device), codes[start : start + BLOCK]
        x = model.preparation_.central(block, torch.arange(len(block), device=device))
        with devices.threads_for(model.networks_[0]):
            found = sum(
                view.undo(map_of(network, view.apply(x), (swap[code] if view.mirrored else code).to(device)))
                for network in model.networks_
                for view in model.views()
            )
        found = found / found.amax((1, 2), keepdim=True).clamp_min(torch.finfo(found.dtype).tiny)
        out[start : start + BLOCK, top : top + height, left : left + width] = found.cpu().numpy()
    return out


def _codes(model: ConvolutionalClassifier, stack: torch.Tensor, classes: Any) -> np.ndarray:
    labels = model.predict(stack) if classes is None else np.asarray(classes)
    if len(labels) != len(stack):
        raise AstronnError(f"classes has {len(labels)} entries for {len(stack)} images; give one for each image")
    strangers = sorted(set(labels.tolist()) - set(model.classes_.tolist()), key=str)
    if strangers:
        raise unknown("class", strangers[0], map(str, model.classes_))
    return np.searchsorted(model.classes_, labels)
