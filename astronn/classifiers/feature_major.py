"""Posteriors of very many objects: the network that `predict_proba` runs, with objects side by side
in memory.

Everything is (features or classes, objects), block by block in the processor's cache, so that
transfer functions and softmax run at its vector width and nothing grows with the number of objects.
A test holds it to `predict_proba`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.nn.functional import logsigmoid

from astronn.classifiers.feedforward import FeedforwardClassifier
from astronn.errors import AstronnError
from astronn.networks.mlp import ACTIVATIONS, Feedforward
from astronn.posteriors.calibrated import CalibratedClassifier

# objects times networks at once: what a 13:13:5 network needs of them stays in a core's own cache
BLOCK = 16_384
# Transfer functions f(a) as functions of gain * a, in place. tanh(a) = 2 logistic(2 a) - 1, the
# rest is drawn into the weights above: torch's logistic is vectorised, its tanh several times
# slower on a CPU.
IN_PLACE = {
    "tanh": (2, torch.Tensor.sigmoid_),
    "logistic": (1, torch.Tensor.sigmoid_),
    "relu": (1, torch.Tensor.relu_),
}
SMALLEST = torch.finfo(
    torch.float32
).eps  # a posterior of 0 counts as this much where a temperature asks for its logarithm


def supports(model: Any) -> bool:
    """Whether ``model`` is a fitted feedforward classifier or ensemble, calibrated or not."""
    inner = (
        getattr(model, "estimator_", model) if isinstance(model, CalibratedClassifier) else model
    )
    return isinstance(inner, FeedforwardClassifier)


class FeatureMajor:
    """Posteriors (K, n) float32 of a fitted classifier from F columns of n features each, on one
    thread of the CPU.

    Not to be shared by threads: it computes in memory of its own.
    """

    def __init__(self, model: Any) -> None:
        if not supports(model):
            raise AstronnError(
                f"{type(model).__name__} is no feedforward classifier; use its predict_proba"
            )
        self.temperature = None
        if isinstance(model, CalibratedClassifier):
            self.temperature, model = model.scaling_.temperature_, model.estimator_
        self.classes = model.classes_
        self.normaliser, self.loss = model.normaliser_, model.loss
        config = model.network_.config
        self.activation, self.members = config.activation, config.members
        first, *self.later = self._layers(model.network_)
        self.first = first[0].flatten(0, 1), first[1].flatten(0, 1)  # (M out, F + G), (M out, 1)
        self.clipped = bool(np.isfinite(self.normaliser.clip))
        to_clips = 1 / (self.normaliser.scale * self.normaliser.clip)
        self.to_clips = torch.from_numpy(to_clips.astype(np.float32)[:, None])  # (F, 1)
        self.rows = max(256, BLOCK // self.members)
        self.shift = self.normaliser.mean
        self.shift_32 = self.shift.astype(np.float32)
        self.inputs = np.empty((self.normaliser.n_outputs, self.rows), np.float32)

    def _layers(self, network: Feedforward) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Weights (M, out, in) and biases (M, out, 1) into which all that multiplies an input or a
        unit is drawn.

        The division by the features' scale (where they are clipped, the clip), the gain of a
        transfer function, and of tanh(a) = 2 logistic(2 a) - 1 all but the logistic function: each
        would be a pass over every object."""
        weights = [w.detach().cpu().double().mT.clone() for w in network.weights]
        biases = [b.detach().cpu().double().mT.clone() for b in network.biases]
        clip, scale = torch.as_tensor(self.normaliser.clip), torch.as_tensor(self.normaliser.scale)
        of_features = weights[0][:, :, : self.normaliser.n_features]
        of_features *= clip if torch.isfinite(clip) else 1 / scale
        self.functions = []
        for k in range(len(weights) - 1):
            gain, function = IN_PLACE.get(
                self.activation, (1, ACTIVATIONS[self.activation].function)
            )
            self.functions.append(function)
            weights[k] *= gain
            biases[k] *= gain
            if self.activation == "tanh":
                biases[k + 1] -= weights[k + 1].sum(2, keepdim=True)
                weights[k + 1] *= 2
        return [(w.float().contiguous(), b.float().contiguous()) for w, b in zip(weights, biases)]

    @torch.inference_mode()
    def __call__(self, columns: Sequence[np.ndarray]) -> np.ndarray:
        """Posteriors (K, n) float32 from one array (n,) a feature, NaN where it was not measured.

        float32 columns are shifted as such, all others in float64. Infinite values raise
        AstronnError."""
        if len(columns) != self.normaliser.n_features:
            raise AstronnError(
                f"there are {len(columns)} columns, the classifier has {self.normaliser.n_features}"
                " features"
            )
        n = len(columns[0])
        out = np.empty((len(self.classes), n), np.float32)
        with _one_thread():
            for start in range(0, n, self.rows):
                part = slice(start, min(start + self.rows, n))
                out[:, part] = self._posteriors(
                    self._inputs([column[part] for column in columns])
                ).numpy()
        return out

    def _inputs(self, columns: list[np.ndarray]) -> torch.Tensor:
        """What the network sees of m objects, (F + G, m): the mean taken off, NaN filled, flags
        last.
        """
        m, n_features = len(columns[0]), self.normaliser.n_features
        x = self.inputs[:, :m]
        for i, values in enumerate(columns):
            if values.dtype == np.float32:
                np.subtract(values, self.shift_32[i], out=x[i])
            else:
                x[i] = values.astype(np.float64) - self.shift[i]
        features = torch.from_numpy(x)[:n_features]
        if not torch.isfinite(features.sum()):
            self._fill(x, columns)
        elif len(self.normaliser.flagged):
            x[n_features:] = 0
        if self.clipped:
            self._clip(features)
        return torch.from_numpy(x)

    def _clip(self, x: torch.Tensor) -> None:
        """x -> z / clip / sqrt(1 + (z / clip)^2) with z = x / scale, in place. Beyond 1e15 squares
        would become infinite, and the result is 1 long before.
        """
        x.mul_(self.to_clips).clamp_(-1e15, 1e15)
        x.mul_(x.square().add_(1).rsqrt_())

    def _fill(self, x: np.ndarray, columns: list[np.ndarray]) -> None:
        """Medians in place of NaN, and the flags."""
        infinite = [i for i, values in enumerate(columns) if np.isinf(values).any()]
        if infinite:
            raise AstronnError(
                f"column {infinite[0]} has infinite values; use NaN for what was not measured"
            )
        n_features = self.normaliser.n_features
        missing = np.isnan(x[:n_features])
        typical = (self.normaliser.median - self.shift).astype(np.float32)
        np.copyto(x[:n_features], typical[:, None], where=missing)
        x[n_features:] = missing[self.normaliser.flagged]

    def _posteriors(self, x: torch.Tensor) -> torch.Tensor:
        """(F + G, m) -> (K, m)."""
        z = torch.addmm(self.first[1], self.first[0], x).view(self.members, -1, x.shape[1])
        for function, (w, b) in zip(self.functions, self.later):
            z = torch.baddbmm(b, w, function(z))  # (M, out, m)
        if self.loss == "squared_error":  # see astronn.training.losses
            z = logsigmoid(z)
        p = torch.softmax(z, 1)
        p = p[0] if self.members == 1 else p.mean(0)
        return (
            p
            if self.temperature is None
            else torch.softmax(p.clamp_min(SMALLEST).log_().div_(self.temperature), 0)
        )


@contextmanager
def _one_thread() -> Iterator[None]:
    """Within the block the calling thread's matrix products are not cut up: cut elsewhere, they
    differ in the last bit.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def top_two(posteriors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the most probable class and of the next, (n,) uint8 or uint16 each, from
    posteriors (K, n), K >= 2.

    Equal posteriors rank in the order of the classes, as argmax does. Classes are compared with the
    largest value: on feature-major arrays that is many times faster than argmax."""
    n_classes = len(posteriors)
    best, runner_up = (
        np.maximum(posteriors[0], posteriors[1]),
        np.minimum(posteriors[0], posteriors[1]),
    )
    for p in posteriors[2:]:
        np.maximum(runner_up, np.minimum(best, p), out=runner_up)
        np.maximum(best, p, out=best)
    last, kind = n_classes - 1, np.uint8 if n_classes <= 256 else np.uint16
    first, second = (
        np.zeros(len(best), kind),
        np.zeros(len(best), kind),
    )  # counted from the last class
    for k in range(last):
        np.maximum(first, np.multiply(posteriors[k] == best, kind(last - k), dtype=kind), out=first)
        also = (posteriors[k] == runner_up) & (first != last - k)
        np.maximum(second, np.multiply(also, kind(last - k), dtype=kind), out=second)
    return np.subtract(last, first, dtype=kind), np.subtract(last, second, dtype=kind)
