"""A fitted classifier as a JSON document and named arrays, and back; see astronn.saving."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from astronn import options, saving
from astronn.compute import devices
from astronn.training.loop import History


class Saved:
    """What every classifier is on disk: options, classes, history, seed, the weights of its
    networks, and what the class adds by ``_learned``.
    """

    classes_: np.ndarray
    networks_: list[Any]
    history_: History
    n_iter_: int
    seed_: int

    def save(self, folder: str | Path) -> Path:
        """Write model.json and a safetensors file of weights, atomically; see astronn.saving.

        Parameters
        ----------
        folder : made if missing; a model already there is replaced.

        Returns
        -------
        The folder.

        Raises
        ------
        NotFittedError : before fit.
        """
        check_is_fitted(self)
        return saving.save(self, folder)

    def _state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Options and all that was learned: a JSON document and named arrays, for
        astronn.saving.
        """
        learned, arrays = self._learned()
        document = {
            "options": self._plain_options(),
            "classes": saving.plain_labels(self.classes_),
            "history": asdict(self.history_),
            "seed": self.seed_,
            **learned,
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
    ) -> Self:
        """The classifier that ``_state`` described, its networks on ``device``."""
        self = cls(**cls._restored_options(document["options"]) | {"device": device})
        self.classes_, self.seed_ = saving.restored_labels(document["classes"]), document["seed"]
        self._keep_history(History(**document["history"]))
        self._restore(document, arrays)
        self.networks_ = []
        for member in range(self._n_trainings):
            network = self._restored_network(document)
            # version 0.1.0 wrote a single network without its number
            saved = saving.section(arrays, f"network.{member}") or saving.section(arrays, "network")
            network.load_state_dict({name: torch.tensor(array) for name, array in saved.items()})
            self.networks_.append(self._put(network.eval(), devices.resolve(device)))
        return self

    @classmethod
    def _restored_options(cls, plain: dict[str, Any]) -> dict[str, Any]:
        """Options of a document, whatever their names were when it was written."""
        return options.renamed(saving.restored_options(plain), cls, warn=False)

    def _plain_options(self) -> dict[str, Any]:
        """The options as JSON values."""
        return saving.plain_options(options.values_of(self))

    def _keep_history(self, history: History) -> None:
        self.history_, self.n_iter_ = history, len(history.loss)

    @property
    def _n_trainings(self) -> int:
        """How many networks are trained one after the other."""
        return int(getattr(self, "ensemble_size", 1))

    def _put(self, network: torch.nn.Module, device: torch.device) -> torch.nn.Module:
        return network.to(device)

    @abstractmethod
    def _learned(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What was learned beside classes and weights: a JSON document and named arrays."""

    @abstractmethod
    def _restore(self, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """The inverse of ``_learned``."""

    @abstractmethod
    def _restored_network(self, document: dict[str, Any]) -> torch.nn.Module:
        """A network of the saved shape, its weights still to be loaded."""
