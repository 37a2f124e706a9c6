"""The classifier of images: convolutional networks with scikit-learn's contract, arrays in,
posterior probabilities out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from astronn import options, saving
from astronn.classifiers.base import NetworkClassifier, integer_seed, printed
from astronn.classifiers.members import (
    CLASS_WEIGHT,
    FLAG,
    NOT_NEGATIVE,
    class_weights,
    labels_of,
    mean_history,
    member_progress,
)
from astronn.compute import devices, randomness
from astronn.errors import AstronnError
from astronn.inputs import symmetry
from astronn.inputs.augmentation import Augmentation
from astronn.inputs.images import BLOCK, SCALINGS, Preparation, check_stack
from astronn.inputs.normaliser import group_parts, stratified_parts
from astronn.networks import images as families
from astronn.networks import layers
from astronn.training.checkpoints import Checkpoint
from astronn.training.images import ImageSet, ImageTraining, train_on_images
from astronn.training.loop import History, Progress, TrainingConfig


class ConvolutionalClassifier(NetworkClassifier):
    """A convolutional network on images: posterior = mean over networks of softmax(mean over views
    of network(view)).

    Parameters
    ----------
    network : family, "residual", "lenet", or "timm:<encoder>"; see astronn.networks.images.
    network_options : the family's own options, for example {"maps": 24}.
    crop : side in pixels of the central square that the network sees; augmented views may look
        beyond it. None: all.
    scaling : "image": each image to mean 0 and variance 1; "survey": each channel by the training
        images' numbers.
    detail : radius in pixels of a channel that shows arms and edges (astronn.inputs.images.detail);
        0: none.
    rotation, mirror, zoom, shift, colour : what training views may differ in
        (astronn.inputs.augmentation.Augmentation); allow only what leaves an image in its class.
    mirror_pairs : pairs of labels that a mirror turns into each other, for example [("clockwise",
        "anticlockwise")].
    symmetric : build the mirror symmetry in: opposite answers for an image and its mirror image
        (astronn.inputs.symmetry).
    class_weight : None, "balanced", a dictionary from class to the weight of its objects, or an
        exponent e: weights proportional to (number of objects in the class) ** -e.
    label_smoothing : share of each training label that is spread evenly over the classes.
    learning_rate, weight_decay, batch_size : of AdamW; the rate rises over ``warm_up`` epochs, then
        falls to zero along a half cosine.
    max_epochs, warm_up : epochs of training, fewer where early stopping ends it, and of rising
        rate.
    averaging : decay of the running mean of the weights, which is the network that classifies; 0:
        the last weights.
    early_stopping : return the weights with the lowest loss on a validation part, and stop after
        ``patience`` epochs without a lower one. The part is ``validation_fraction`` of the training
        objects, or what ``fit`` is given.
    test_views : views averaged in classifying: 1, 4 (quarter turns) or 8 (and mirrored).
    n_networks : networks trained from different starting weights and averaged.
    device, random_state, verbose : as for FeedforwardClassifier.

    Learned: ``classes_``, ``image_shape_`` (channels, height, width), ``preparation_``,
        ``networks_``, ``history_`` (means
    over networks), ``n_iter_`` (epochs), ``seed_``. uint8 stacks are read where they lie, a memory
    map too."""

    sees = "images"
    rules = {  # noqa: RUF012
        "crop": options.Rule(
            lambda v: v is None or options.whole(8).holds(v), "None or an integer >= 8"
        ),
        "scaling": options.one_of(SCALINGS),
        "detail": options.whole(0),
        "rotation": options.Rule(
            lambda v: NOT_NEGATIVE.holds(v) and v <= 180, "a number from 0 to 180"
        ),
        "mirror": FLAG,
        "zoom": options.real(0, 1, include_low=True),
        "shift": options.real(0, 1, include_low=True),
        "colour": options.real(0, 1, include_low=True),
        "mirror_pairs": options.Rule(
            lambda v: isinstance(v, list | tuple), "a list of pairs of labels"
        ),
        "symmetric": FLAG,
        "class_weight": CLASS_WEIGHT,
        "label_smoothing": options.real(0, 1, include_low=True),
        "learning_rate": options.real(0),
        "weight_decay": options.real(0, include_low=True),
        "batch_size": options.whole(1),
        "max_epochs": options.whole(1),
        "warm_up": options.real(0, include_low=True),
        "averaging": options.real(0, 1, include_low=True),
        "early_stopping": FLAG,
        "validation_fraction": options.real(0, 1),
        "patience": options.whole(1),
        "test_views": options.one_of(symmetry.VIEWS),
        "n_networks": options.whole(1),
    }

    def __init__(
        self,
        network: str = "residual",
        *,
        network_options: Mapping[str, Any] | None = None,
        crop: int | None = None,
        scaling: str = "image",
        detail: int = 0,
        rotation: float = 0.0,
        mirror: bool = False,
        zoom: float = 0.1,
        shift: float = 0.05,
        colour: float = 0.0,
        mirror_pairs: Sequence[Sequence] = (),
        symmetric: bool = False,
        class_weight: Mapping | str | float | None = None,
        label_smoothing: float = 0.05,
        learning_rate: float = 0.004,
        weight_decay: float = 0.05,
        batch_size: int = 64,
        max_epochs: int = 30,
        warm_up: float = 2.0,
        averaging: float = 0.99,
        early_stopping: bool = False,
        validation_fraction: float = 0.15,
        patience: int = 10,
        test_views: int = 1,
        n_networks: int = 1,
        device: str | torch.device = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.network = network
        self.network_options = network_options
        self.crop = crop
        self.scaling = scaling
        self.detail = detail
        self.rotation = rotation
        self.mirror = mirror
        self.zoom = zoom
        self.shift = shift
        self.colour = colour
        self.mirror_pairs = mirror_pairs
        self.symmetric = symmetric
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.warm_up = warm_up
        self.averaging = averaging
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.test_views = test_views
        self.n_networks = n_networks
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        groups: Any = None,
        validation: tuple[Any, Any] | None = None,
        checkpoint: str | Path | None = None,
        progress: Progress | None = None,
    ) -> ConvolutionalClassifier:
        """Train on images X (N, C, H, W) and labels y (N,).

        ``groups`` (N,): objects of one group fall on one side of the validation part.
        ``validation`` (images, labels) is used in place of such a part, and needs
        early_stopping=True. ``checkpoint`` is a folder that the training is kept in after each
        epoch and goes on from, to the same bytes, when it was ended and ``fit`` is called again
        with the same images and options. ``progress`` is called as progress(epoch, epochs of all
        networks, loss)."""
        self.check_options()
        device = devices.resolve(self.device)
        stack, labels = check_stack(X), labels_of(y, len(X), "y", "image")
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise AstronnError(
                f"y holds one class, {self.classes_[0]!r}; a classifier needs at least two classes"
            )
        if self.symmetric and not len(self.mirror_pairs):
            raise AstronnError(
                "symmetric=True needs mirror_pairs: give the pairs of labels that a mirror"
                " exchanges"
            )
        self.swap_ = symmetry.swap_of(self.mirror_pairs, self.classes_)
        self.image_shape_, self.seed_ = tuple(stack.shape[1:]), integer_seed(self.random_state)
        identity = self._identity(stack, codes) if checkpoint is not None else ""
        training, held = self._parts(
            stack.to(device, _resident(stack.dtype)), codes, groups, validation
        )
        if self.detail >= min(stack.shape[-2:]):
            raise AstronnError(
                f"detail must be below the images' side, {min(stack.shape[-2:])} pixels, not"
                f" {self.detail}"
            )
        self.preparation_ = Preparation.learn(
            training.stack, training.rows, self.crop, self.scaling, self.detail
        )
        report, trained = progress or printed(self.verbose), []
        for member in range(self.n_networks):
            keep = (
                Checkpoint(Path(checkpoint) / f"network-{member}.safetensors", identity)
                if checkpoint is not None
                else None
            )
            shown = partial(member_progress, report, member, self.n_networks)
            trained.append(
                train_on_images(self._start, training, held, self._how(), member, shown, keep)
            )
        self.networks_ = [network for network, _ in trained]
        self.history_ = mean_history([history for _, history in trained])
        self.n_iter_ = len(self.history_.loss)
        return self

    def check_options(self) -> None:
        """Raise one AstronnError that names every option whose value breaks its rule."""
        rules = dict(self.rules)
        if self.test_views != 1:
            rules["rotation"] = options.Rule(
                lambda v: v == 180, "180 with test_views > 1: a quarter turn must be a valid view"
            )
        if self.test_views == 8:
            rules["mirror"] = options.Rule(
                lambda v: v or self.symmetric, "True with test_views=8, or symmetric=True"
            )
        options.check(self.get_params(deep=False), rules)
        if self.warm_up >= self.max_epochs:
            raise AstronnError(
                f"warm_up must be < max_epochs, not {self.warm_up} with"
                f" max_epochs={self.max_epochs}"
            )
        families.own_options(self.network, self.network_options)

    def title(self) -> str:
        """'Convolutional network (residual)', or '3 convolutional networks (lenet)'."""
        several = (
            f"{self.n_networks} convolutional networks"
            if self.n_networks > 1
            else "Convolutional network"
        )
        return f"{several} ({self.network})"

    @torch.no_grad()
    def predict_proba(self, X: Any) -> np.ndarray:
        """Posterior probability of each class, (N, K) float32 in the order of ``classes_``, rows
        summing to 1; computed in float32 on every device, so that a saved model answers alike.
        """
        stack, views = self.check_images(X), self.views()
        out = np.empty((len(stack), len(self.classes_)), dtype=np.float32)
        device = next(self.networks_[0].parameters()).device
        swap = torch.from_numpy(self.swap_).to(device)
        with devices.same_bytes(device), devices.threads_for(self.networks_[0]):
            for start in range(0, len(stack), BLOCK):
                block = stack[start : start + BLOCK].to(device)
                x = self.preparation_.central(block, torch.arange(len(block), device=device))
                logits = [
                    symmetry.mean_logits(network, x, views, swap) for network in self.networks_
                ]
                out[start : start + BLOCK] = torch.stack(logits).softmax(-1).mean(0).cpu().numpy()
        return out

    def check_images(self, X: Any) -> torch.Tensor:
        """X as a stack of images of the shape that the classifier was trained on."""
        check_is_fitted(self)
        stack = check_stack(X)
        if tuple(stack.shape[1:]) != tuple(self.image_shape_):
            got = tuple(stack.shape[1:])
            raise AstronnError(
                f"X has images of {got}, the classifier was trained on {self.image_shape_}; cut or"
                " scale them"
            )
        return stack

    def views(self) -> tuple[symmetry.View, ...]:
        """The views of an image that are averaged in classifying it; with a built-in symmetry
        always the mirrored one too.
        """
        if not self.symmetric:
            return symmetry.VIEWS[self.test_views]
        return symmetry.MIRROR if self.test_views == 1 else symmetry.VIEWS[8]

    def describe(self) -> str:
        """The table of layers with the shape of what each gives for one image and its number of
        parameters.
        """
        check_is_fitted(self)
        return layers.text(self.networks_[0], self.preparation_.shape)

    def _parts(
        self, stack: torch.Tensor, codes: np.ndarray, groups: Any, validation: Any
    ) -> tuple[ImageSet, ImageSet | None]:
        """The images to train on and those to validate on, if any."""
        if validation is not None and not self.early_stopping:
            raise AstronnError(
                "validation is given but early_stopping is False; set early_stopping=True to use it"
            )
        whole = ImageSet.of(stack, np.arange(len(codes)), codes, self._weights(codes))
        if not self.early_stopping:
            return whole, None
        if validation is not None:
            held = check_stack(validation[0], "validation X")
            labels = labels_of(validation[1], len(held), "validation y", "image")
            if (
                tuple(held.shape[1:]) != tuple(self.image_shape_)
                or not np.isin(labels, self.classes_).all()
            ):
                raise AstronnError(
                    "validation must hold images of the training images' shape and labels of their"
                    " classes"
                )
            held_codes = np.searchsorted(self.classes_, labels)
            weights = np.ones(len(self.classes_), dtype=np.float32)
            weights[codes] = self._weights(codes)
            held = held.to(stack.device, _resident(held.dtype))
            return whole, ImageSet.of(
                held, np.arange(len(held_codes)), held_codes, weights[held_codes]
            )
        draws = randomness.stream(self.seed_, "validation part")
        if groups is None:
            kept, aside = stratified_parts(
                codes, draws.permutation(len(codes)), self.validation_fraction
            )
        else:
            kept, aside = group_parts(
                labels_of(groups, len(codes), "groups", "image"), draws, self.validation_fraction
            )
        return tuple(
            ImageSet.of(stack, rows, codes, self._weights(codes)) for rows in (kept, aside)
        )

    def _weights(self, codes: np.ndarray) -> np.ndarray:
        """The weight of each object from that of its class, (N,) float32, mean 1 for an
        exponent.
        """
        return class_weights(self.class_weight, self.classes_, codes)

    def _how(self) -> ImageTraining:
        return ImageTraining(
            prepare=self.preparation_,
            augmentation=Augmentation(
                self.rotation, self.mirror, self.zoom, self.shift, self.colour
            ),
            views=symmetry.MIRROR if self.symmetric else symmetry.AS_IT_IS,
            swap=self.swap_,
            label_smoothing=self.label_smoothing,
            batch_size=self.batch_size,
            seed=self.seed_,
            config=TrainingConfig(
                learning_rate=self.learning_rate,
                max_epochs=self.max_epochs,
                patience=self.patience,
                warm_up=self.warm_up,
                weight_decay=self.weight_decay,
                averaging=self.averaging,
            ),
        )

    def _start(self) -> torch.nn.Module:
        return families.make(
            self.network, self.preparation_.shape, len(self.classes_), self.network_options
        )

    def _identity(self, stack: torch.Tensor, codes: np.ndarray) -> str:
        """A digest of images, labels, options and seed: all that fixes a training but the
        machine.
        """
        if not isinstance(self.random_state, int | np.integer):
            raise AstronnError(
                f"checkpoint needs an integer random_state, not {self.random_state!r}: other seeds"
                " never match"
            )
        said = self._plain_options() | {"device": None, "verbose": None}
        digest = hashlib.sha256(
            json.dumps(
                [said, list(stack.shape), str(stack.dtype)], sort_keys=True, default=str
            ).encode()
        )
        digest.update(np.ascontiguousarray(codes))
        for start in range(0, len(stack), BLOCK):
            digest.update(stack[start : start + BLOCK].contiguous().cpu().view(torch.uint8).numpy())
        return digest.hexdigest()

    def _plain_options(self) -> dict[str, Any]:
        own = dict(self.network_options) if self.network_options is not None else None
        return saving.plain_options(self.get_params(deep=False) | {"network_options": own})

    def _state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Options and all that was learned: a JSON document and named arrays, for
        astronn.saving.
        """
        prepared = asdict(self.preparation_)
        document = {
            "options": self._plain_options(),
            "classes": saving.plain_labels(self.classes_),
            "image_shape": list(self.image_shape_),
            "network": asdict(self.networks_[0].config),
            "preparation": {name: prepared[name] for name in ("size", "scaling", "detail")},
            "history": asdict(self.history_),
            "seed": self.seed_,
        }
        arrays = {f"preparation.{name}": prepared[name] for name in ("mean", "scale")} | {
            "swap": self.swap_
        }
        for member, network in enumerate(self.networks_):
            arrays |= {
                f"network.{member}.{name}": tensor.cpu().numpy()
                for name, tensor in network.state_dict().items()
            }
        return document, arrays

    @classmethod
    def _from_state(
        cls, document: dict[str, Any], arrays: dict[str, np.ndarray], device: str
    ) -> ConvolutionalClassifier:
        """The estimator that ``_state`` described, its networks on ``device``."""
        self = cls(**saving.restored_options(document["options"]) | {"device": device})
        self.classes_ = saving.restored_labels(document["classes"])
        self.image_shape_, self.seed_ = tuple(document["image_shape"]), document["seed"]
        prepared = document["preparation"] | {"size": tuple(document["preparation"]["size"])}
        self.preparation_, self.swap_ = (
            Preparation(**prepared, **saving.section(arrays, "preparation")),
            arrays["swap"],
        )
        self.history_ = History(**document["history"])
        self.n_iter_ = len(self.history_.loss)
        self.networks_ = []
        for member in range(self.n_networks):
            network = families.restore(self.network, document["network"])
            weights = saving.section(arrays, f"network.{member}")
            network.load_state_dict(
                {name: torch.from_numpy(array) for name, array in weights.items()}
            )
            self.networks_.append(
                network.eval().to(devices.resolve(device), memory_format=torch.channels_last)
            )
        return self


def _resident(kind: torch.dtype) -> torch.dtype:
    """The type that a stack has on the device: its own, float32 for float64."""
    return torch.float32 if kind == torch.float64 else kind
