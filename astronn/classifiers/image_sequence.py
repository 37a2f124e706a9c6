"""The classifier of image sequences: one class an object, and an answer after each of its
images.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch.nn import functional

from astronn import options, saving
from astronn.classifiers.base import NetworkClassifier, integer_seed, printed
from astronn.classifiers.members import CLASS_WEIGHT, FLAG, class_weights, labels_of
from astronn.compute import devices
from astronn.compute.randomness import generator, torch_seed, torch_stream
from astronn.errors import AstronnError
from astronn.inputs.symmetry import VIEWS, View
from astronn.networks.image_sequences import Config, Network
from astronn.training.checkpoints import Checkpoint
from astronn.training.loop import Batch, History, Progress, TrainingConfig, train

BLOCK = 64  # sequences classified at once


class Sequences(NamedTuple):
    """N sequences of T images: what the network is shown."""

    images: (
        torch.Tensor
    )  # (N, T, C, H, W) float32, asinh of the pixels in units of the noise, 0 where not measured
    there: torch.Tensor  # (N, T) bool, which images exist
    gaps: torch.Tensor  # (N, T) float32, log(1 + days since the image before)


class ImageSequenceClassifier(NetworkClassifier):
    """A convolutional network on each image, a recurrent one over time (see
    astronn.networks.image_sequences).

    X is (N, T, C, H, W), an image that was not taken all NaN; single NaN pixels are not measured.
    Pixels enter as asinh(x / s) with s the half width of the middle 68% of the training pixels, so
    that faint and bright sources both show and the sign of a difference stays.

    Parameters
    ----------
    network, network_options : of the images, a family of astronn.networks.images.
    memory, hidden, dropout : of the recurrent network, "gru", "lstm" or "elman".
    turns : training views are turned by quarter turns and mirrored, all images of a sequence alike.
        Turning by other angles would smooth the noise, and a network that learned from smooth noise
        fails on stamps as they are.
    class_weight, learning_rate, weight_decay, batch_size, max_epochs, warm_up, averaging, device,
        random_state, verbose : as for ConvolutionalClassifier. The loss is the mean over the images
        that exist.

    Learned: ``classes_``, ``image_shape_`` (channels, height, width), ``scale_``, ``network_``,
        ``history_``, ``seed_``.
    """

    sees: ClassVar[str] = "image_sequences"
    rules = {  # noqa: RUF012
        "memory": options.one_of(["elman", "gru", "lstm"]),
        "hidden": options.whole(1),
        "dropout": options.real(0, 1, include_low=True),
        "turns": FLAG,
        "class_weight": CLASS_WEIGHT,
        "learning_rate": options.real(0),
        "weight_decay": options.real(0, include_low=True),
        "batch_size": options.whole(1),
        "max_epochs": options.whole(1),
        "warm_up": options.real(0, include_low=True),
        "averaging": options.real(0, 1, include_low=True),
    }

    def __init__(
        self,
        network: str = "pooled",
        *,
        network_options: Mapping[str, Any] | None = None,
        memory: str = "gru",
        hidden: int = 48,
        dropout: float = 0.2,
        turns: bool = True,
        class_weight: Mapping | str | float | None = None,
        learning_rate: float = 0.005,
        weight_decay: float = 0.02,
        batch_size: int = 32,
        max_epochs: int = 20,
        warm_up: float = 1.0,
        averaging: float = 0.99,
        device: str | torch.device = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.network = network
        self.network_options = network_options
        self.memory = memory
        self.hidden = hidden
        self.dropout = dropout
        self.turns = turns
        self.class_weight = class_weight
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.warm_up = warm_up
        self.averaging = averaging
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        times: Any = None,
        checkpoint: str | Path | None = None,
        progress: Progress | None = None,
    ) -> ImageSequenceClassifier:
        """Train on X (N, T, C, H, W) and one label an object, y (N,); ``times`` (N, T) in days, or
        None for equal steps.

        ``checkpoint`` and ``progress`` as for ConvolutionalClassifier.fit.
        """
        options.check(self.get_params(deep=False), self.rules)
        if self.warm_up >= self.max_epochs:
            raise AstronnError(
                f"warm_up must be < max_epochs, not {self.warm_up} with"
                f" max_epochs={self.max_epochs}"
            )
        device, stack = devices.resolve(self.device), _checked(X)
        labels = labels_of(y, len(stack), "y", "sequence")
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise AstronnError(
                f"y holds one class, {self.classes_[0].item()!r}; a classifier needs at least two"
                " classes"
            )
        self.image_shape_, self.seed_ = tuple(stack.shape[2:]), integer_seed(self.random_state)
        if self.turns and stack.shape[3] != stack.shape[4]:
            raise AstronnError(
                f"turns=True needs square images, not {stack.shape[3]} x {stack.shape[4]}; set"
                " turns=False"
            )
        self.scale_ = _noise(stack)
        shown = self._shown(stack, times)
        weights = class_weights(self.class_weight, self.classes_, codes)
        targets = torch.from_numpy(codes), torch.from_numpy(weights)
        keep = self._checkpoint(checkpoint, shown, codes)
        with (
            torch_stream(device, torch_seed(self.seed_, "starting weights")),
            devices.same_bytes(device),
        ):
            self.network_ = self._start().to(device)
            images = Sequences(*(part.to(device) for part in shown))
            batches = Batches(
                images, targets, VIEWS[8 if self.turns else 1], self.batch_size, self.seed_
            )
            with devices.threads_for(self.network_):
                self.history_ = train(
                    self.network_,
                    self._loss,
                    batches,
                    self._config(),
                    progress=progress or printed(self.verbose),
                    begin=lambda epoch: (self.network_.train(), batches.begin(epoch)),
                    checkpoint=keep,
                )
        self.network_.eval()
        self.n_iter_ = len(self.history_.loss)
        return self

    def predict_proba(self, X: Any, times: Any = None) -> np.ndarray:
        """Posterior after the last image of each sequence, (N, K) float32 in the order of
        ``classes_``; NaN without any.
        """
        return self.predict_proba_steps(X, times)[:, -1]

    @torch.no_grad()
    def predict_proba_steps(self, X: Any, times: Any = None) -> np.ndarray:
        """Posterior after each image, (N, T, K) float32, from it and those before; NaN before the
        first.

        Where an image was not taken it stays as it was.
        """
        check_is_fitted(self)
        stack = _checked(X)
        if tuple(stack.shape[2:]) != tuple(self.image_shape_):
            raise AstronnError(
                f"X has images of {tuple(stack.shape[2:])}, the classifier was trained on"
                f" {self.image_shape_}"
            )
        shown, device = self._shown(stack, times), next(self.network_.parameters()).device
        parts = []
        with devices.same_bytes(device), devices.threads_for(self.network_):
            for start in range(0, len(stack), BLOCK):
                block = (part[start : start + BLOCK].to(device) for part in shown)
                parts.append(self.network_(*block).softmax(2).cpu().numpy())
        steps, there = np.concatenate(parts), shown.there.numpy()
        steps[:, 0][~there[:, 0]] = np.nan
        for t in range(1, steps.shape[1]):
            steps[:, t] = np.where(there[:, t, None], steps[:, t], steps[:, t - 1])
        return steps

    def predict(self, X: Any, times: Any = None) -> np.ndarray:
        """The class with the highest posterior after the last image, (N,); a sequence without any
        image is an error.
        """
        posteriors = self.predict_proba(X, times)
        if np.isnan(posteriors).any():
            raise AstronnError(
                "X has sequences without any image; leave them out, or use predict_proba"
            )
        return self.classes_[posteriors.argmax(1)]

    def title(self) -> str:
        """'Convolutional network (pooled) with memory (gru)'."""
        return f"Convolutional network ({self.network}) with memory ({self.memory})"

    def _loss(self, batch: Batch) -> torch.Tensor:
        """The mean over images of the cross-entropy, each object's times its weight: (1,)."""
        images, there, gaps, classes, weights = batch
        logits = self.network_(images, there, gaps)
        nll = functional.cross_entropy(
            logits.transpose(1, 2), classes[:, None].expand(-1, logits.shape[1]), reduction="none"
        )
        per_object = (nll * there).sum(1) / there.sum(1).clamp_min(1)
        return (per_object * weights).mean().view(1)

    def _config(self) -> TrainingConfig:
        names = ("learning_rate", "max_epochs", "warm_up", "weight_decay", "averaging")
        return TrainingConfig(patience=None, **{name: getattr(self, name) for name in names})

    def _start(self) -> Network:
        own = tuple(sorted((self.network_options or {}).items()))
        shape = (*self.image_shape_, len(self.classes_))
        return Network(Config(*shape, self.network, own, self.memory, self.hidden, self.dropout))

    def _shown(self, stack: np.ndarray, times: Any) -> Sequences:
        there = np.isfinite(stack).any((2, 3, 4))
        days = (
            np.tile(np.arange(stack.shape[1], dtype=float), (len(stack), 1))
            if times is None
            else np.asarray(times, float)
        )
        if days.shape != there.shape or not np.isfinite(days[there]).all():
            raise AstronnError(
                f"times must be {there.shape} numbers, finite where there is an image, not"
                f" {days.shape}"
            )
        gaps = np.zeros(there.shape, np.float32)
        before = np.full(len(stack), np.nan)
        for t in range(there.shape[1]):
            here = there[:, t]
            gaps[here, t] = np.log1p(np.clip(np.nan_to_num(days[here, t] - before[here]), 0, None))
            before[here] = days[here, t]
        pixels = np.arcsinh(np.nan_to_num(stack, nan=0.0) / self.scale_).astype(np.float32)
        return Sequences(torch.from_numpy(pixels), torch.from_numpy(there), torch.from_numpy(gaps))

    def _checkpoint(
        self, folder: str | Path | None, shown: Sequences, codes: np.ndarray
    ) -> Checkpoint | None:
        if folder is None:
            return None
        if not isinstance(self.random_state, int | np.integer):
            raise AstronnError(
                f"checkpoint needs an integer random_state, not {self.random_state!r}: other seeds"
                " never match"
            )
        digest = hashlib.sha256(
            json.dumps(
                self._plain_options() | {"device": None, "verbose": None}, sort_keys=True
            ).encode()
        )
        for array in (*(part.numpy() for part in shown), codes):
            digest.update(np.ascontiguousarray(array))
        return Checkpoint(Path(folder) / "network-0.safetensors", digest.hexdigest())

    def _plain_options(self) -> dict[str, Any]:
        own = None if self.network_options is None else dict(self.network_options)
        return saving.plain_options(self.get_params(deep=False) | {"network_options": own})

    def _state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        document = {
            "options": self._plain_options(),
            "classes": saving.plain_labels(self.classes_),
            "image_shape": list(self.image_shape_),
            "scale": self.scale_,
            "history": asdict(self.history_),
            "seed": self.seed_,
        }
        return document, {
            f"network.{name}": tensor.cpu().numpy()
            for name, tensor in self.network_.state_dict().items()
        }

    @classmethod
    def _from_state(
        cls, document: dict[str, Any], arrays: dict[str, np.ndarray], device: str
    ) -> ImageSequenceClassifier:
        self = cls(**saving.restored_options(document["options"]) | {"device": device})
        self.classes_, self.image_shape_ = (
            saving.restored_labels(document["classes"]),
            tuple(document["image_shape"]),
        )
        self.scale_, self.seed_ = document["scale"], document["seed"]
        self.history_ = History(**document["history"])
        self.n_iter_, self.network_ = len(self.history_.loss), self._start()
        weights = saving.section(arrays, "network")
        self.network_.load_state_dict(
            {name: torch.from_numpy(np.array(array)) for name, array in weights.items()}
        )
        self.network_.eval().to(devices.resolve(device))
        return self


@dataclass
class Batches:
    """Shuffled batches (images, there, gaps, classes, weights); order and views depend on (seed,
    epoch) alone.
    """

    shown: Sequences
    targets: tuple[torch.Tensor, torch.Tensor]
    views: tuple[View, ...]
    batch_size: int
    seed: int
    epoch: int = 1

    def begin(self, epoch: int) -> None:
        """Set what the next epoch draws from; dropout draws from torch's own stream, which is
        seeded here.
        """
        self.epoch = epoch
        torch.manual_seed(torch_seed(self.seed, f"dropout epoch {epoch}"))

    def __len__(self) -> int:
        return -(-len(self.targets[0]) // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        draws = generator(self.seed, f"sequences epoch {self.epoch}")
        for rows in torch.randperm(len(self.targets[0]), generator=draws).tensor_split(len(self)):
            images, there, gaps = (part[rows.to(part.device)] for part in self.shown)
            chosen = torch.randint(len(self.views), (len(rows),), generator=draws).to(images.device)
            for number, view in enumerate(
                self.views
            ):  # of whole sequences: all their images are turned alike
                here = (chosen == number).nonzero().squeeze(1)
                images[here] = view.apply(images[here])
            yield images, there, gaps, *(part[rows].to(images.device) for part in self.targets)


def _checked(X: Any) -> np.ndarray:
    """X as (N, T, C, H, W) float; infinite pixels, and other shapes, raise AstronnError."""
    stack = np.asarray(X.detach().cpu() if isinstance(X, torch.Tensor) else X)
    if stack.ndim != 5 or stack.dtype.kind not in "fiu" or not stack.size:
        raise AstronnError(
            f"X must be numbers (n, times, channels, height, width), not {stack.dtype}"
            f" {stack.shape}"
        )
    stack = stack if stack.dtype.kind == "f" else stack.astype(np.float32)
    if np.isinf(stack).any():
        raise AstronnError("X has infinite pixels; use NaN for what was not measured")
    return stack


def _noise(stack: np.ndarray) -> float:
    """Half the width of the middle 68% of the measured pixels, 1 where that is 0: the noise, where
    most pixels are sky.
    """
    low, high = np.nanpercentile(stack, (16, 84))
    return float(high - low) / 2 or 1.0
