"""Families of networks on sequences of any length, one a file, found by its name (see
astronn.networks.families).

A ``Network(config)`` maps x (B, T, C), of which row b has ``lengths[b]`` true entries and padding
after them, and auxiliary numbers (B, A) of each sequence, to logits (B, K); what is in the padding
never matters. ``over_time(x)`` gives the logits after every entry, (B, T, K), where the network
looks only backwards. ``make(name, (n_inputs, n_auxiliary), n_outputs, options)`` starts one."""

from astronn.networks.families import Families
from astronn.networks.sequences._shared import SequenceNetwork

_families: Families[SequenceNetwork] = Families(
    __name__, given=("n_inputs", "n_auxiliary", "n_outputs")
)
names, family, own_options, make, restore = (
    _families.names,
    _families.family,
    _families.own_options,
    _families.make,
    _families.restore,
)
