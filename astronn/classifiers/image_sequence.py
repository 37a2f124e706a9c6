"""Image sequences: one class per object, and an answer after each of its images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from astronn import options
from astronn.classifiers.base import Given, NetworkClassifier
from astronn.classifiers.shared_options import EnsembleOptions, NetworkOptions, positional
from astronn.compute import devices
from astronn.errors import AstronnError
from astronn.inputs.image_sequences import (
    ImageSequences,
    SequencePreparation,
    Shown,
    check_sequences,
)
from astronn.inputs.images import check_shape
from astronn.inputs.labels import Targets, as_tensor
from astronn.inputs.symmetry import VIEWS
from astronn.networks import images as families
from astronn.networks.image_sequences import Config, Network
from astronn.training.checkpoints import Checkpoint
from astronn.training.image_sequences import (
    BLOCK,
    SequenceSet,
    SequenceTraining,
    train_on_sequences,
)
from astronn.training.loop import History, Progress, TrainingConfig


@options.declared
class ImageSequenceClassifier(EnsembleOptions, NetworkOptions, NetworkClassifier):
    """A convolutional network on each image, a recurrent one over time (see
    astronn.networks.image_sequences); posterior = mean over networks.

    X is (N, T, C, H, W), an image that was not taken all NaN; single NaN pixels are not measured.
    The loss is the mean over the images that exist. What a network sees of the pixels:
    astronn.inputs.image_sequences.

    Attributes
    ----------
    classes_ : (K,) array of the class labels, sorted.
    image_shape_ : (channels, height, width).
    preparation_ : astronn.inputs.image_sequences.SequencePreparation; its ``scale`` is ``scale_``.
    networks_ : list of ``ensemble_size`` torch modules, the first also as ``network_``.
    history_, n_iter_, seed_ : losses of each epoch, means over networks; epochs; the seed.
    """

    input_kind = "image_sequences"
    families: ClassVar[Any] = families
    old_methods: ClassVar[Mapping[str, str]] = {"predict_proba_steps": "predict_proba_over_time"}

    network: str = positional("pooled")
    memory: Annotated[
        str, options.one_of(["elman", "gru", "lstm"]), "family of the recurrent network"
    ] = "gru"
    hidden: Annotated[int, options.whole(1), "its units"] = 48
    dropout: Annotated[float, options.SHARE, "share of its outputs left out in training"] = 0.2
    # Turning by other angles would smooth the noise, and a network that learned from smooth noise
    # fails on stamps as they are.
    turns: Annotated[
        bool, options.FLAG, "training sequences are turned by quarter turns and mirrored, as one"
    ] = True
    learning_rate: float = 0.005
    weight_decay: float = 0.02
    batch_size: int = 32
    max_epochs: int = 20
    warm_up: float = 1.0

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        times: Any = None,
        groups: Any = None,
        validation: tuple[Any, ...] | None = None,
        checkpoint: str | Path | None = None,
        progress: Progress | None = None,
        sample_weight: Any = None,
    ) -> Self:
        """Train on sequences of images.

        Parameters
        ----------
        X : (N, T, C, H, W) numbers, NaN where nothing was measured.
        y : (N,) labels of at least two classes.
        times : (N, T) days, finite where there is an image; None for equal steps.
        groups, checkpoint, progress, sample_weight : as for NetworkClassifier.fit.
        validation : (X, y) or (X, y, times) of further sequences; needs early_stopping=True.

        Returns
        -------
        The classifier itself, fitted.

        Raises
        ------
        AstronnError : options, inputs, labels or groups with a fault, or a training that diverges.
        """
        given = Given(groups, validation, checkpoint, progress, sample_weight)
        return self._fit(X, y, given, times=times)

    def predict_proba(self, X: Any, times: Any = None) -> np.ndarray:
        """Posterior probability of each class after the last image.

        Parameters
        ----------
        X, times : as for ``fit``.

        Returns
        -------
        (N, K) float32 in the order of ``classes_``; NaN for a sequence without any image.

        Raises
        ------
        NotFittedError : before fit. AstronnError : images of another shape, or infinite pixels.
        """
        return self.predict_proba_over_time(X, times)[:, -1]

    @torch.no_grad()
    def predict_proba_over_time(self, X: Any, times: Any = None) -> np.ndarray:
        """Posterior after each image, from it and those before.

        Parameters
        ----------
        X, times : as for ``fit``.

        Returns
        -------
        (N, T, K) float32; NaN before the first image, and as it was where an image was not taken.

        Raises
        ------
        NotFittedError : before fit. AstronnError : images of another shape, or infinite pixels.
        """
        check_is_fitted(self)
        shown, parts = self.preparation_(self._read(X, times=times)), []
        with devices.exact(self._home), devices.threads_for(self.network_):
            for start in range(0, len(shown.there), BLOCK):
                block = [part[start : start + BLOCK].to(self._home) for part in shown]
                each = [network(*block).softmax(2) for network in self.networks_]
                parts.append(torch.stack(each).mean(0).cpu().numpy())
        steps, there = np.concatenate(parts), shown.there.numpy()
        steps[:, 0][~there[:, 0]] = np.nan
        for t in range(1, steps.shape[1]):
            steps[:, t] = np.where(there[:, t, None], steps[:, t], steps[:, t - 1])
        return steps

    def predict(self, X: Any, times: Any = None) -> np.ndarray:
        """The class with the highest posterior after the last image.

        Parameters
        ----------
        X, times : as for ``fit``.

        Returns
        -------
        (N,) labels.

        Raises
        ------
        NotFittedError : before fit. AstronnError : a sequence without any image, images of another
        shape, or infinite pixels.
        """
        posteriors = self.predict_proba(X, times)
        if np.isnan(posteriors).any():
            raise AstronnError(
                "X has sequences without any image; leave them out, or use predict_proba"
            )
        return self.classes_[posteriors.argmax(1)]

    def title(self) -> str:
        """'Convolutional network (pooled) with memory (gru)', or '2 convolutional networks ...'."""
        size = self.ensemble_size
        several = f"{size} convolutional networks" if size > 1 else "Convolutional network"
        return f"{several} ({self.network}) with memory ({self.memory})"

    @property
    def scale_(self) -> float:
        """The scale of the asinh that pixels pass, in their units."""
        return self.preparation_.scale

    def _read(
        self, X: Any, name: str = "X", *, times: Any = None, **further: Any
    ) -> ImageSequences:
        sequences = check_sequences(X, times, name)
        if not hasattr(self, "image_shape_"):
            self.image_shape_ = tuple(sequences.images.shape[2:])
        check_shape(sequences.images.shape[2:], self.image_shape_, name)
        return sequences

    def _read_validation(self, validation: tuple[Any, ...]) -> tuple[ImageSequences, Targets]:
        X, y, *times = validation
        held = self._read(X, "validation X", times=times[0] if times else None)
        return held, self._known_targets(y, len(held))

    def _bytes_of(self, inputs: ImageSequences) -> Iterable[bytes | np.ndarray]:
        return repr(inputs.images.shape).encode(), inputs.images, inputs.days

    def _prepare(
        self, inputs: ImageSequences, rows: np.ndarray, device: torch.device, **further: Any
    ) -> Shown:
        height, width = self.image_shape_[1:]
        if self.turns and height != width:
            raise AstronnError(
                f"turns=True needs square images, not {height} x {width}; set turns=False"
            )
        self.preparation_ = SequencePreparation.learn(inputs.images[rows])
        return self._place(inputs, device)

    def _place(self, inputs: ImageSequences, device: torch.device) -> Shown:
        return Shown(*(part.to(device) for part in self.preparation_(inputs)))

    def _set(
        self, placed: Shown, rows: np.ndarray, codes: np.ndarray, weights: np.ndarray
    ) -> SequenceSet:
        arrays = (as_tensor(array, placed.there.device) for array in (rows, codes, weights))
        return SequenceSet(placed, *arrays)

    def _train(
        self,
        training: SequenceSet,
        held: SequenceSet | None,
        member: int,
        progress: Progress,
        checkpoint: Checkpoint | None,
        **further: Any,
    ) -> tuple[torch.nn.Module, History]:
        how = SequenceTraining(
            views=VIEWS[8 if self.turns else 1],
            label_smoothing=self.label_smoothing,
            batch_size=self.batch_size,
            seed=self.seed_,
            config=TrainingConfig.of(self),
        )
        make = self._untrained
        return train_on_sequences(make, training, held, how, member, progress, checkpoint)

    def _untrained(self, **instead: Any) -> Network:
        own = tuple(sorted({**(self.network_options or {}), **instead}.items()))
        channels, height, width = self.image_shape_
        return Network(
            Config(
                channels=channels,
                height=height,
                width=width,
                n_outputs=len(self.classes_),
                network=self.network,
                network_options=own,
                memory=self.memory,
                hidden=self.hidden,
                dropout=self.dropout,
            )
        )

    def _example(self) -> tuple[Any, ...]:
        others = torch.ones(1, 1, dtype=torch.bool), torch.zeros(1, 1)
        return self.network_, (1, *self.image_shape_), *(other.to(self._home) for other in others)

    def _learned(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return {"image_shape": list(self.image_shape_), "scale": self.scale_}, {}

    def _restore(self, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        self.image_shape_ = tuple(document["image_shape"])
        self.preparation_ = SequencePreparation(document["scale"])

    def _restored_network(self, document: dict[str, Any]) -> Network:
        # what was learned before is among the weights: no file of them is read again
        given = self.network_options or {}
        return self._untrained(**({"pretrained": None} if "pretrained" in given else {}))
