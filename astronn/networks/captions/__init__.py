"""Networks that describe an image token by token: a grid of annotation vectors, a recurrent
decoder, and one kind of attention.

Xu, Ba, Kiros, Cho, Courville, Salakhutdinov, Zemel & Bengio (2015, ICML, arXiv:1502.03044), whose
equation numbers stand at the code. The kinds of attention are ``soft`` and ``hard``, one a file,
found by its name (see astronn.networks.families): ``Config`` with ``RULES``, and ``Attention``.
What both share is in ``_encoder`` and ``_decoder``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from astronn.networks import images
from astronn.networks.captions import _decoder
from astronn.networks.families import Families

_families: Families[_decoder.Network] = Families(__name__, given=(), noun="attention")
names, kind, own_options = _families.names, _families.family, _families.own_options


def plain(network: _decoder.Network) -> dict[str, Any]:
    """What a network is made of, as JSON values: encoder, attention and decoder, each with its own
    fields.
    """
    return {
        "encoder": {"name": network.encoder.name, **asdict(network.encoder.config)},
        "attention": {"name": network.attention.name, **asdict(network.attention.config)},
        "decoder": asdict(network.config),
    }


def restore(described: Mapping[str, Any]) -> _decoder.Network:
    """The network that ``plain`` described, its weights still to be loaded."""
    encoder, attention = dict(described["encoder"]), dict(described["attention"])
    family, module = encoder.pop("name"), kind(attention.pop("name"))
    return _decoder.Network(
        _decoder.Config(**described["decoder"]),
        family,
        images.restore(family, encoder),
        module.Config(**attention),
    )
