"""The options that classifiers share, each once: its rule, and what it is for in one line.

A class of options checks in ``option_faults`` what one option asks of another; the classifier that
takes it on gives the defaults that were measured for it."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Annotated, Any, ClassVar

import numpy as np
import torch

from astronn import options
from astronn.errors import AstronnError
from astronn.inputs.images import SCALINGS
from astronn.inputs.symmetry import VIEWS
from astronn.options import FLAG, NOT_NEGATIVE, SHARE, Rule, optional, real, whole

CLASS_WEIGHT = Rule(
    lambda v: v is None or v == "balanced" or isinstance(v, Mapping) or NOT_NEGATIVE.holds(v),
    "None, 'balanced', a dictionary or a number >= 0",
)
RANDOM_STATE = Rule(
    lambda v: v is None or isinstance(v, np.random.RandomState) or whole(0).holds(v),
    "None, an integer >= 0 or a RandomState",
)
VERBOSE = Rule(lambda v: isinstance(v, bool | np.bool_ | numbers.Integral), "True or False")
ROTATION = Rule(lambda v: NOT_NEGATIVE.holds(v) and v <= 180, "a number from 0 to 180")
FAMILY = Rule(lambda v: isinstance(v, str), "the name of a family of networks")
PAIRS = Rule(lambda v: isinstance(v, list | tuple), "a list of pairs of labels")


# whether this machine has the device is asked when training begins
DEVICE = Rule(lambda v: isinstance(v, str | torch.device), "'auto', 'cpu' or another torch device")


def positional(default: Any) -> Any:
    """The option that may be given without its name, as the first."""
    return field(default=default, kw_only=False)


def said_of(check: Callable[[], object]) -> list[str]:
    """What a check that raises AstronnError says, or nothing."""
    try:
        check()
    except AstronnError as fault:
        return [str(fault)]
    return []


@options.declared
class Options:
    """The root: what asks one option of another is gathered by ``option_faults``."""

    def option_faults(self) -> list[str]:
        """What one option asks of another and does not get, one sentence each."""
        return []


@options.declared
class TrainingOptions(Options):
    """Of every classifier."""

    class_weight: Annotated[
        Mapping | str | float | None,
        CLASS_WEIGHT,
        "None, 'balanced', a dictionary from class to the weight of its objects, or an exponent e:"
        " weights proportional to (number of objects in the class) ** -e",
    ] = None
    learning_rate: Annotated[
        float, real(0), "of Adam; falls to zero along a half cosine over max_epochs"
    ] = 0.004
    batch_size: Annotated[int, whole(1), "objects of one step of Adam"] = 64
    max_epochs: Annotated[int, whole(1), "epochs of training; early stopping may end it before"] = (
        30
    )
    early_stopping: Annotated[
        bool, FLAG, "keep a part aside, return the weights with the lowest loss on it"
    ] = False
    validation_fraction: Annotated[
        float, real(0, 1), "that part, of the training objects; whole groups where fit has groups"
    ] = 0.15
    patience: Annotated[int, whole(1), "epochs without a lower loss on it before training ends"] = (
        10
    )
    device: Annotated[
        str | torch.device,
        DEVICE,
        "'auto' (cuda, then mps, then cpu; cpu for tables and networks so small that they train"
        " faster there) or a torch device",
    ] = "auto"
    random_state: Annotated[
        int | np.random.RandomState | None,
        RANDOM_STATE,
        "an integer gives the same bytes in every process of one machine",
    ] = None
    verbose: Annotated[bool, VERBOSE, "print ten lines of progress"] = False


@options.declared
class EnsembleOptions(Options):
    """Of classifiers that average several networks."""

    ensemble_size: Annotated[
        int, whole(1), "networks trained from different starting weights and averaged"
    ] = 1


@options.declared
class NetworkOptions(TrainingOptions):
    """Of classifiers whose network is a family found by name, trained by AdamW."""

    network: Annotated[str, FAMILY, "family of the network"] = ""
    network_options: Annotated[
        Mapping[str, Any] | None, options.MAPPING, 'the family\'s own options: {"maps": 24}'
    ] = None
    label_smoothing: Annotated[
        float, SHARE, "share of each training label that is spread evenly over the classes"
    ] = 0.0
    weight_decay: Annotated[
        float, NOT_NEGATIVE, "of AdamW: decoupled from the loss; of weights, not of biases"
    ] = 0.05
    warm_up: Annotated[
        float, NOT_NEGATIVE, "epochs in which the rate first rises; fewer than max_epochs"
    ] = 2.0
    averaging: Annotated[
        float, SHARE, "decay of the running mean of the weights, which classifies; 0: the last ones"
    ] = 0.99

    families: ClassVar[
        Any
    ]  # set by the class: the package of network families: names, own_options, restore

    def option_faults(self) -> list[str]:
        """A rate that would never fall; a network or an option of it that there is not."""
        found = super().option_faults()
        numbers_hold = NOT_NEGATIVE.holds(self.warm_up) and whole(1).holds(self.max_epochs)
        if numbers_hold and self.warm_up >= self.max_epochs:
            said = f"not {self.warm_up} with max_epochs={self.max_epochs}"
            found.append(f"warm_up must be < max_epochs, {said}")
        if FAMILY.holds(self.network) and options.MAPPING.holds(self.network_options):
            found += said_of(lambda: self.families.own_options(self.network, self.network_options))
        return found


@options.declared
class ImageOptions(Options):
    """Of classifiers of single images; allow only views that leave an image in its class."""

    crop: Annotated[
        int | None,
        optional(whole(8)),
        "side in pixels of the central square that is seen; None: all",
    ] = None
    scaling: Annotated[
        str,
        options.one_of(SCALINGS),
        "'image': each image to mean 0, variance 1; 'survey': each channel by the training images'",
    ] = "image"
    detail: Annotated[
        int, whole(0), "radius in pixels of a channel that shows arms and edges; 0: none"
    ] = 0
    rotation: Annotated[float, ROTATION, "training views turn so many degrees to either side"] = 0.0
    mirror: Annotated[bool, FLAG, "half of the training views are mirrored"] = False
    zoom: Annotated[float, SHARE, "training views zoom by exp(u), |u| <= zoom"] = 0.1
    shift: Annotated[
        float, SHARE, "training views shift by this share of half the field of view"
    ] = 0.05
    colour: Annotated[float, SHARE, "channels are multiplied by exp(colour * normal)"] = 0.0
    mirror_pairs: Annotated[
        Sequence[Sequence], PAIRS, "pairs of labels (tokens) that a mirror turns into each other"
    ] = ()
    test_views: Annotated[
        int,
        options.one_of(VIEWS),
        "views averaged in classifying: 1, 4 (quarter turns) or 8 (and mirrored)",
    ] = 1

    def option_faults(self) -> list[str]:
        """Views in classifying that training has not shown."""
        found = super().option_faults()
        if self.test_views not in (4, 8):
            return found
        if self.rotation != 180:
            found.append(
                "rotation must be 180 with test_views > 1: a quarter turn must be a valid view,"
                f" not {self.rotation!r}"
            )
        if self.test_views == 8 and not (self.mirror or getattr(self, "symmetric", False)):
            said = ", or symmetric=True" if hasattr(self, "symmetric") else ""
            found.append(f"mirror must be True with test_views=8{said}, not {self.mirror!r}")
        return found
