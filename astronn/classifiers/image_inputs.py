"""What classifiers of single images share beside their options: how images come in, what prepares
them, and what is written of it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from astronn import options, saving
from astronn.classifiers.base import NetworkClassifier
from astronn.classifiers.shared_options import ImageOptions, NetworkOptions
from astronn.errors import AstronnError
from astronn.inputs.augmentation import Augmentation
from astronn.inputs.images import BLOCK, Preparation, check_shape, check_stack
from astronn.inputs.labels import as_tensor
from astronn.inputs.symmetry import View
from astronn.networks import images as families
from astronn.training.images import ImageSet, ImageTraining, channels_last
from astronn.training.loop import TrainingConfig


@options.declared
class ImageClassifier(ImageOptions, NetworkOptions, NetworkClassifier):
    """Stacks of images (N, C, H, W), uint8 or float, with NaN where a pixel was not measured; a
    memory map is read where it lies.

    Attributes
    ----------
    As of NetworkClassifier, and
    image_shape_ : (channels, height, width) of the training images.
    preparation_ : astronn.inputs.images.Preparation.
    """

    input_kind = "images"
    families: ClassVar[Any] = families

    @abstractmethod
    def views(self) -> tuple[View, ...]:
        """The views of an image that are averaged in classifying it."""

    def check_images(self, X: Any) -> torch.Tensor:
        """X as a stack of images of the shape that the classifier was trained on.

        Parameters
        ----------
        X : (N, C, H, W) array, memory map or tensor, uint8 or float.

        Returns
        -------
        Tensor (N, C, H, W) over the same memory.

        Raises
        ------
        NotFittedError : before fit. AstronnError : images of another shape, infinite pixels.
        """
        check_is_fitted(self)
        return self._read(X)

    def _read(self, X: Any, name: str = "X", **further: Any) -> torch.Tensor:
        stack = check_stack(X, name)
        if not hasattr(self, "image_shape_"):
            self.image_shape_ = tuple(stack.shape[1:])
        check_shape(stack.shape[1:], self.image_shape_, name)
        return stack

    def _bytes_of(self, inputs: torch.Tensor) -> Iterable[bytes | np.ndarray]:
        yield repr([list(inputs.shape), str(inputs.dtype)]).encode()
        for part in inputs.split(BLOCK):
            yield part.contiguous().cpu().view(torch.uint8).numpy()

    def _prepare(
        self, inputs: torch.Tensor, rows: np.ndarray, device: torch.device, **further: Any
    ) -> torch.Tensor:
        stack = self._place(inputs, device)
        self._check_size(Preparation.size_of(stack, self.crop))
        self.preparation_ = Preparation.learn(
            stack, as_tensor(rows, device), self.crop, self.scaling, self.detail
        )
        return stack

    def _check_size(self, size: tuple[int, int]) -> None:
        """Refuse options that the view's ``size`` (height, width) does not allow."""
        if self.detail >= min(size):
            raise AstronnError(
                f"detail must be below the images' side, {min(size)} pixels, not {self.detail}"
            )
        if size[0] != size[1] and any(view.turns % 2 for view in self.views()):
            raise AstronnError(
                f"test_views={self.test_views} needs square images, not {size}; use 1 or crop"
            )

    def _place(self, inputs: torch.Tensor, device: torch.device) -> torch.Tensor:
        """The stack in its own type; float32 for float64, which only preparation would want."""
        kind = torch.float32 if inputs.dtype == torch.float64 else inputs.dtype
        return inputs.to(device, kind)

    def _set(
        self, placed: torch.Tensor, rows: np.ndarray, codes: np.ndarray, weights: np.ndarray
    ) -> ImageSet:
        return ImageSet.of(placed, rows, codes, weights)

    def _how(self, views: tuple[View, ...]) -> ImageTraining:
        """All that fixes a training but images and network; ``views`` of one image are one
        input.
        """
        return ImageTraining(
            prepare=self.preparation_,
            augmentation=Augmentation(
                self.rotation, self.mirror, self.zoom, self.shift, self.colour
            ),
            views=views,
            swap=self.swap_,
            label_smoothing=self.label_smoothing,
            batch_size=self.batch_size,
            seed=self.seed_,
            config=TrainingConfig.of(self),
        )

    def _inputs_of(self, stack: torch.Tensor, block: int) -> Iterable[tuple[slice, torch.Tensor]]:
        """What the network is shown of the stack, ``block`` images at once, on its device."""
        for start in range(0, len(stack), block):
            part = stack[start : start + block].to(self._home)
            rows = torch.arange(len(part), device=self._home)
            yield slice(start, start + block), self.preparation_.central(part, rows)

    def _put(self, network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
        return channels_last(network, device)

    def _learned(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        prepared, arrays = self.preparation_.plain()
        document = {"image_shape": list(self.image_shape_), "preparation": prepared}
        named = {f"preparation.{name}": array for name, array in arrays.items()}
        return document, named | {"swap": self.swap_}

    def _restore(self, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        self.image_shape_, self.swap_ = tuple(document["image_shape"]), arrays["swap"]
        numbers = saving.section(arrays, "preparation")
        self.preparation_ = Preparation.restored(document["preparation"], numbers)
