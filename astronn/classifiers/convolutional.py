"""Convolutional networks on images: scikit-learn's contract, arrays in, posteriors out."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import numpy as np
import torch

from astronn import options
from astronn.classifiers.image_inputs import ImageClassifier
from astronn.classifiers.shared_options import EnsembleOptions, positional
from astronn.compute import devices
from astronn.inputs import symmetry
from astronn.inputs.images import BLOCK
from astronn.inputs.labels import Targets
from astronn.networks import images as families
from astronn.training.checkpoints import Checkpoint
from astronn.training.images import ImageSet, train_on_images
from astronn.training.loop import History, Progress


@options.declared
class ConvolutionalClassifier(EnsembleOptions, ImageClassifier):
    """A convolutional network on images: posterior = mean over networks of softmax(mean over views
    of network(view)).

    X is (N, channels, height, width), uint8 or float, NaN where a pixel was not measured. uint8
    stacks are read where they lie, a memory map too. Families of networks: "residual", "pooled",
    "lenet", or "timm:<encoder>" (astronn.networks.images).

    Attributes
    ----------
    classes_ : (K,) array of the class labels, sorted.
    image_shape_ : (channels, height, width) of the training images.
    preparation_ : astronn.inputs.images.Preparation.
    swap_ : (K,) int64, the class that each class becomes in the mirror.
    networks_ : list of ``ensemble_size`` torch modules.
    history_, n_iter_, seed_ : losses of each epoch, means over networks; epochs; the seed.
    """

    network: str = positional("residual")
    symmetric: Annotated[
        bool,
        options.FLAG,
        "opposite answers for an image and its mirror image, built in (astronn.inputs.symmetry)",
    ] = False
    label_smoothing: float = 0.05

    def option_faults(self) -> list[str]:
        """A symmetry without the classes that it exchanges, beside those of all images."""
        found = super().option_faults()
        if self.symmetric and self.mirror_pairs in ((), []):
            found.append(
                "symmetric=True needs mirror_pairs: give the pairs of labels that a mirror"
                " exchanges"
            )
        return found

    def predict_proba(self, X: Any) -> np.ndarray:
        """Posterior probability of each class; computed in float32 on every device, so that a saved
        model answers alike.

        Parameters
        ----------
        X : (N, C, H, W), images of the shape of training.

        Returns
        -------
        (N, K) float32 in the order of ``classes_``, rows summing to 1.

        Raises
        ------
        NotFittedError : before fit. AstronnError : images of another shape, infinite pixels.
        """
        stack, views = self.check_images(X), self.views()
        out = np.empty((len(stack), len(self.classes_)), dtype=np.float32)
        swap = torch.from_numpy(self.swap_).to(self._home)
        with torch.no_grad(), devices.exact(self._home), devices.threads_for(self.network_):
            for rows, x in self._inputs_of(stack, BLOCK):
                logits = [
                    symmetry.mean_logits(network, x, views, swap) for network in self.networks_
                ]
                out[rows] = torch.stack(logits).softmax(-1).mean(0).cpu().numpy()
        return out

    def title(self) -> str:
        """'Convolutional network (residual)', or '3 convolutional networks (lenet)'."""
        size = self.ensemble_size
        several = f"{size} convolutional networks" if size > 1 else "Convolutional network"
        return f"{several} ({self.network})"

    def views(self) -> tuple[symmetry.View, ...]:
        """The views of an image that are averaged in classifying it; with a built-in symmetry
        always the mirrored one too.
        """
        if not self.symmetric:
            return symmetry.VIEWS[self.test_views]
        return symmetry.MIRROR if self.test_views == 1 else symmetry.VIEWS[8]

    def _learn_classes(self, labels: np.ndarray) -> Targets:
        targets = super()._learn_classes(labels)
        self.swap_ = symmetry.swap_of(self.mirror_pairs, self.classes_)
        return targets

    def _train(
        self,
        training: ImageSet,
        held: ImageSet | None,
        member: int,
        progress: Progress,
        checkpoint: Checkpoint | None,
        **further: Any,
    ) -> tuple[torch.nn.Module, History]:
        how = self._how(symmetry.MIRROR if self.symmetric else symmetry.AS_IT_IS)
        return train_on_images(self._untrained, training, held, how, member, progress, checkpoint)

    def _untrained(self) -> torch.nn.Module:
        return families.make(
            self.network, self.preparation_.shape, len(self.classes_), self.network_options
        )

    def _example(self) -> tuple[Any, ...]:
        return self.network_, self.preparation_.shape

    def _learned(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        document, arrays = super()._learned()
        return document | {"network": asdict(self.network_.config)}, arrays

    def _restored_network(self, document: dict[str, Any]) -> torch.nn.Module:
        return families.restore(self.network, document["network"])
