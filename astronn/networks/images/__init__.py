"""Families of image networks, one a file, found by its name (see astronn.networks.families).

A ``Network(config)`` has ``features``: images (B, C, H, W) -> feature maps (B, F, h, w), and
``head``: feature maps -> logits (B, K). The forward pass is ``head(features(x))``; explanations
look at what lies between the two. ``make(name, (channels, height, width), n_outputs, options)``
starts one."""

from typing import Any

from astronn.networks.families import Families
from astronn.networks.images._network import ImageNetwork

_families: Families[ImageNetwork[Any]] = Families(
    __name__, given=("channels", "height", "width", "n_outputs")
)
names, family, own_options, make, restore = (
    _families.names,
    _families.family,
    _families.own_options,
    _families.make,
    _families.restore,
)
