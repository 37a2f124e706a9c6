"""A caption classifier as a JSON document and named arrays, for astronn.saving, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from astronn import saving
from astronn.compute import devices
from astronn.inputs.grammar import Grammar
from astronn.inputs.images import Preparation
from astronn.networks import captions as attentions
from astronn.training.loop import History

if TYPE_CHECKING:
    from astronn.classifiers.caption import CaptionClassifier


def options(model: CaptionClassifier) -> dict[str, Any]:
    """The options of its constructor as JSON values."""
    given = model.get_params(deep=False)
    own = {
        name: None if given[name] is None else dict(given[name])
        for name in ("network_options", "attention_options")
    }
    return saving.plain_options(
        given | own | {"grammar": None if model.grammar is None else model.grammar.plain()}
    )


def state(model: CaptionClassifier) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Options and all that was learned."""
    prepared = asdict(model.preparation_)
    document = {
        "options": options(model),
        "classes": saving.plain_labels(model.classes_),
        "grammar": model.grammar_.plain(),
        "longest": model.longest_,
        "image_shape": list(model.image_shape_),
        "network": attentions.plain(model.network_),
        "preparation": {name: prepared[name] for name in ("size", "scaling", "detail")},
        "history": asdict(model.history_),
        "seed": model.seed_,
        "start": model.start_,
    }
    arrays = {f"preparation.{name}": prepared[name] for name in ("mean", "scale")} | {
        "swap": model.swap_
    }
    weights = {
        f"network.{name}": tensor.cpu().numpy()
        for name, tensor in model.network_.state_dict().items()
    }
    return document, arrays | weights


def restore(
    kind: type[CaptionClassifier],
    document: dict[str, Any],
    arrays: dict[str, np.ndarray],
    device: str,
) -> CaptionClassifier:
    """The classifier that ``state`` described, its network on ``device``."""
    given = saving.restored_options(document["options"]) | {"device": device}
    self = kind(
        **given | {"grammar": None if given["grammar"] is None else Grammar(**given["grammar"])}
    )
    self.classes_, self.grammar_ = (
        saving.restored_labels(document["classes"]),
        Grammar(**document["grammar"]),
    )
    self.tokens_, self.longest_ = np.array(self.grammar_.tokens), document["longest"]
    self.image_shape_, self.seed_ = tuple(document["image_shape"]), document["seed"]
    self.start_ = document.get(
        "start"
    )  # what was saved before there were starting weights had none
    prepared = document["preparation"] | {"size": tuple(document["preparation"]["size"])}
    self.preparation_, self.swap_ = (
        Preparation(**prepared, **saving.section(arrays, "preparation")),
        arrays["swap"],
    )
    self.history_ = History(**document["history"])
    self.n_iter_, network = len(self.history_.loss), attentions.restore(document["network"])
    weights = saving.section(arrays, "network")
    network.load_state_dict(
        {name: torch.from_numpy(np.array(array)) for name, array in weights.items()}
    )
    self.network_ = network.eval().to(devices.resolve(device), memory_format=torch.channels_last)
    self.grid_ = network.encoder.grid
    return self
