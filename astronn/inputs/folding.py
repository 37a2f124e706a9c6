"""From light curves to a network's inputs: what is standardised, in which order epochs come, and
which ones are taken.

In order of time an epoch's inputs are log10 of the days since the epoch before, the standardised
magnitude, log10 of its error in the same units, and 0 or 1 for each band where there are several.
Folded, epochs come in order of phase, and instead of the days there are the step in phase, in mean
steps of that curve, and cosines and sines of the phase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from astronn.compute import devices
from astronn.errors import AstronnError
from astronn.inputs.encoding import PiecewiseLinear
from astronn.inputs.light_curves import Curves
from astronn.networks.sequences._shared import mask

DAY_FLOOR = 1e-3  # days added before the logarithm of a time step: a minute and a half
SCALE_FLOOR = 1e-3  # magnitudes; a curve without scatter has this scale
CLIPPED = 5.0  # standardised magnitudes beyond this are set to it: an outlier says no more


class CurveStore(NamedTuple):
    """Light curves on a device, as flat arrays with one row more than epochs, which stands for
    padding.
    """

    start: torch.Tensor  # (N,) int64, the first row of each curve
    n_epochs: torch.Tensor  # (N,) int64, of each curve
    order: (
        torch.Tensor
    )  # (n + 1, 2) float32: whole days since its first epoch and the rest; or phase and 0
    value: torch.Tensor  # (n + 1,) float32, standardised magnitude; in survey units for ``causal``
    error: torch.Tensor  # (n + 1,) float32, error in the units of ``value``
    band: torch.Tensor  # (n + 1,) int64
    scalar_features: torch.Tensor  # (N, A) float32


class Part(NamedTuple):
    """Some rows of a store with the number of epochs to take of each, and how they are taken."""

    rows: torch.Tensor  # (B,) int64
    lengths: torch.Tensor  # (B,) int64, at most the curve's number of epochs
    draws: torch.Generator | None = (
        None  # for training; without it the same epochs are taken each time
    )
    # in [0, 1): which epochs are taken without draws, and the phase that the curve starts at
    view: float = 0.5


@dataclass(frozen=True)
class CurvePreparation:
    """What turns curves into inputs; its numbers are learned from the training curves."""

    folded: bool  # epochs in order of phase
    cycles: int  # periods that the folded curve spans
    harmonics: int  # cosines and sines of 1, 2, ... times the phase
    causal: bool  # standardise by the epochs so far, for answers that know nothing that comes later
    shift: bool  # training draws begin the folded curve anywhere
    noise: float  # training adds normal noise of this many errors
    n_bands: int
    survey: np.ndarray  # (2,) mean and scale of the training magnitudes
    step: np.ndarray  # (2,) mean and scale of log10 of the time steps, days
    log_error: np.ndarray  # (2,) mean and scale of log10 of the error in units of ``value``
    encoding: PiecewiseLinear | None  # of the scalar features; None: the network gets none

    @classmethod
    def learn(
        cls, curves: Curves, *, scalar_features: bool, bins: int, causal: bool, **how: Any
    ) -> CurvePreparation:
        """The preparation whose numbers are those of ``curves``."""
        n_bands = int(curves.band.max()) + 1 if len(curves.band) else 1
        survey = _mean_and_scale(curves.magnitude)
        steps = np.diff(curves.time_days)[np.diff(curves.owner) == 0]
        ratio = curves.error / (survey[1] if causal else _scales(curves, n_bands)[curves.owner])
        ratio = ratio[np.isfinite(ratio)]
        numbers = scalar_features_of(curves, n_bands) if scalar_features else None
        return cls(
            causal=causal,
            n_bands=n_bands,
            survey=survey,
            step=_mean_and_scale(np.log10(steps + DAY_FLOOR)),
            log_error=_mean_and_scale(np.log10(ratio)),
            encoding=None if numbers is None else PiecewiseLinear.learn(numbers, bins),
            **how,
        )

    @property
    def n_inputs(self) -> int:
        """Numbers that the network gets for each epoch, C."""
        bands = self.n_bands if self.n_bands > 1 else 0
        return 3 + bands + (2 * self.harmonics if self.folded else 0) + (2 if self.causal else 0)

    @property
    def n_scalar_features(self) -> int:
        """Numbers that it gets for each curve, A."""
        return 0 if self.encoding is None else self.encoding.n_outputs

    def check(self, curves: Curves, name: str) -> None:
        """Raise AstronnError where curves have other bands or scalar features than those it was
        learned on, or no period.
        """
        faults = []
        if len(curves.band) and curves.band.max() >= self.n_bands:
            faults.append(
                f"band {curves.band.max()} was not in the training curves, which have bands 0 to"
                f" {self.n_bands - 1}"
            )
        if self.folded and curves.period_days is None:
            faults.append(
                "folded=True needs period_days of every curve (NaN where it is not known); see"
                " Curves.of"
            )
        if self.encoding is not None:
            own = 0 if curves.scalar_features is None else curves.scalar_features.shape[1]
            given = self.n_bands + 1 + (curves.period_days is not None) + own
            if given != self.encoding.n_features:
                learned = f"but the network learned on {self.encoding.n_features}"
                faults.append(
                    f"{given} scalar features per curve, {learned}: give the same periods and"
                    " scalar features as in training"
                )
        if faults:
            raise AstronnError(f"{name}: " + "; ".join(faults))

    def store(self, curves: Curves, device: torch.device) -> CurveStore:
        """The curves on ``device``, standardised and in order of time or phase."""
        owner = curves.owner
        if self.causal:
            value, scale = (curves.magnitude - self.survey[0]) / self.survey[1], self.survey[1]
        else:
            scale = _scales(curves, self.n_bands)[owner]
            value = np.clip(_residuals(curves, self.n_bands) / scale, -CLIPPED, CLIPPED)
        error = curves.error / scale
        error = np.where(np.isfinite(error), error, 10.0 ** self.log_error[0])
        order, sequence = self._order(curves, owner)
        flat = [order, value[sequence], error[sequence], curves.band[sequence]]
        kinds = [torch.float32, torch.float32, torch.float32, torch.int64]
        padded = [torch.from_numpy(_one_more(array)).to(kind) for array, kind in zip(flat, kinds)]
        numbers = np.zeros((len(curves), 0), np.float32)
        if self.encoding is not None:
            numbers = self.encoding.transform(scalar_features_of(curves, self.n_bands))
        ends = torch.from_numpy(curves.offsets.astype(np.int64))
        tensors = (ends[:-1].clone(), ends.diff(), *padded, torch.from_numpy(numbers))
        return CurveStore(*(tensor.to(device) for tensor in tensors))

    def _order(self, curves: Curves, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The (n, 2) places of epochs, already in order, and the row of each among the curves' own
        rows.
        """
        first = curves.offsets[:-1][owner]  # the row of each curve's first epoch
        elapsed = curves.time_days - curves.time_days[first]
        if not self.folded:
            day = np.floor(elapsed)
            return np.stack([day, elapsed - day], 1), np.arange(len(owner))
        phase = _phases(curves, elapsed, owner, self.cycles)
        sequence = np.lexsort((phase, owner))
        return np.stack([phase[sequence], np.zeros_like(phase)], 1), sequence

    def __call__(
        self, store: CurveStore, part: Part
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Inputs (B, T, C), zero in the padding, the lengths (B,), and scalar features (B, A)."""
        there = mask(part.lengths, max(1, int(part.lengths.max())))
        rows = self._taken(store, part, there)  # (B, T)
        flat = rows.flatten()
        place = store.order.index_select(0, flat).view(*rows.shape, 2)
        channels = []
        if self.folded:
            rows, phase = self._turned(rows, place[..., 0], there, part)
            flat = rows.flatten()
            channels += _phase_inputs(phase, part.lengths, self.harmonics)
        else:
            channels.append(self._days(place))
        value = store.value.index_select(0, flat).view(rows.shape)
        error = store.error.index_select(0, flat).view(rows.shape)
        if part.draws is not None and self.noise:
            drawn = devices.sent(torch.randn(rows.shape, generator=part.draws), value.device)
            value = value + self.noise * error * drawn
        channels += self._so_far(value, error, there) if self.causal else [value, self._log(error)]
        x = torch.stack(channels, 2)
        if self.n_bands > 1:
            bands = store.band.index_select(0, flat).view(rows.shape)
            x = torch.cat([x, torch.nn.functional.one_hot(bands, self.n_bands)], 2)
        return x * there[:, :, None], part.lengths, store.scalar_features.index_select(0, part.rows)

    def _taken(self, store: CurveStore, part: Part, there: torch.Tensor) -> torch.Tensor:
        """The rows of the epochs taken, (B, T): one from each of ``length`` neighbouring stretches
        of the curve, in order.

        ``causal``: ``length`` successive ones, beginning anywhere in training and with the first
        otherwise, so that the time steps are those of a curve that grows."""
        counts, lengths = store.n_epochs[part.rows][:, None], part.lengths.clamp(min=1)[:, None]
        i = torch.arange(there.shape[1], device=counts.device)
        if self.causal:
            begin = (
                devices.sent(torch.rand(len(counts), 1, generator=part.draws), counts.device)
                if part.draws is not None
                else 0.0
            )
            rows = (
                store.start[part.rows][:, None]
                + (begin * (counts - lengths + 1).clamp(min=0)).long()
                + i
            )
            return torch.where(there, rows, len(store.value) - 1)
        low = i * counts // lengths
        width = (i + 1) * counts // lengths - low
        at = (
            devices.sent(torch.rand(there.shape, generator=part.draws), counts.device)
            if part.draws is not None
            else part.view
        )
        rows = store.start[part.rows][:, None] + low + (at * width).long()
        return torch.where(there, rows, len(store.value) - 1)

    def _turned(
        self, rows: torch.Tensor, phase: torch.Tensor, there: torch.Tensor, part: Part
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The folded curves begun at another phase: their rows (B, T) in the new order and the
        phases from there.
        """
        if part.draws is not None and self.shift:
            shift = devices.sent(torch.rand(len(rows), 1, generator=part.draws), phase.device)
        else:
            shift = torch.full(
                (len(rows), 1),
                0.0 if part.draws is not None else (part.view + 0.5) % 1.0,
                device=phase.device,
            )
        wrapped = ((phase + shift < 1.0) & there).sum(1, keepdim=True)  # epochs that now come last
        lengths = part.lengths.clamp(min=1)[:, None]
        i = torch.arange(rows.shape[1], device=rows.device).expand_as(rows)
        place = torch.where(there, (i + wrapped) % lengths, i)
        return rows.gather(1, place), (phase.gather(1, place) + shift) % 1.0

    def _days(self, place: torch.Tensor) -> torch.Tensor:
        """Standardised log10 of the days since the epoch before, (B, T); 0, the mean, for the
        first.
        """
        days = place.diff(dim=1).sum(2).clamp(min=0.0)
        logs = (torch.log10(days + DAY_FLOOR) - self.step[0]) / self.step[1]
        return torch.nn.functional.pad(logs, (1, 0))

    def _log(self, error: torch.Tensor) -> torch.Tensor:
        return (torch.log10(error.clamp(min=1e-6)) - self.log_error[0]) / self.log_error[1]

    def _so_far(
        self, value: torch.Tensor, error: torch.Tensor, there: torch.Tensor
    ) -> list[torch.Tensor]:
        """Magnitudes and errors standardised by the epochs so far, and the mean and log10 scale of
        those, four (B, T).
        """
        n = there.cumsum(1).clamp(min=1)
        d = (value - value[:, :1]) * there  # near 0, so that squares lose no digits
        mean = d.cumsum(1) / n
        floor = (SCALE_FLOOR / self.survey[1]) ** 2
        scale = ((d.square().cumsum(1) / n - mean.square()).clamp(min=0.0) + floor).sqrt()
        z = ((d - mean) / scale).clamp(-CLIPPED, CLIPPED)
        return [
            z,
            self._log(error / scale).clamp(-CLIPPED, CLIPPED),
            value[:, :1] + mean,
            torch.log10(scale) + 1.0,
        ]


def scalar_features_of(curves: Curves, n_bands: int) -> np.ndarray:
    """Scalar features of each curve, (N, n_bands + 1 + 1 + F): mean magnitudes, log10 scale,
    log10 period, its own.

    The period's column is there where periods are given, its own where it has some. NaN where
    a curve has no epoch."""
    means, counts = _band_means(curves, n_bands)
    log_scale = np.where(counts.sum(1) > 0, np.log10(_scales(curves, n_bands)), np.nan)
    columns = [means, log_scale[:, None]]
    if curves.period_days is not None:
        columns.append(np.log10(curves.period_days)[:, None])
    return np.concatenate(
        columns + ([] if curves.scalar_features is None else [curves.scalar_features]), axis=1
    )


def _band_means(curves: Curves, n_bands: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean magnitude of each curve in each band, NaN without an epoch there, and the number of
    epochs, both (N, bands).
    """
    key, size = curves.owner * n_bands + curves.band, len(curves) * n_bands
    counts = np.bincount(key, minlength=size).reshape(-1, n_bands)
    sums = np.bincount(key, curves.magnitude, minlength=size).reshape(-1, n_bands)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan), counts


def _residuals(curves: Curves, n_bands: int) -> np.ndarray:
    """Magnitudes minus the mean of their curve in their band, (n,)."""
    return curves.magnitude - _band_means(curves, n_bands)[0][curves.owner, curves.band]


def _scales(curves: Curves, n_bands: int) -> np.ndarray:
    """The root mean square of each curve's residuals, at least SCALE_FLOOR, (N,), magnitudes."""
    squares = np.bincount(curves.owner, _residuals(curves, n_bands) ** 2, minlength=len(curves))
    return np.maximum(np.sqrt(squares / np.maximum(curves.counts, 1)), SCALE_FLOOR)


def _phases(curves: Curves, elapsed: np.ndarray, owner: np.ndarray, cycles: int) -> np.ndarray:
    """Phases in [0, 1) of a fold that spans ``cycles`` periods; a curve without a period is laid
    out once over its span.
    """
    spans = np.zeros(len(curves))
    np.maximum.at(spans, owner, elapsed)
    whole = np.maximum(spans, DAY_FLOOR) * (1 + 1e-6)  # the last epoch has a phase just below 1
    known = np.full(len(curves), np.nan) if curves.period_days is None else curves.period_days
    period = np.where(np.isnan(known), whole, known * cycles)
    return (elapsed / period[owner]) % 1.0


def _phase_inputs(phase: torch.Tensor, lengths: torch.Tensor, harmonics: int) -> list[torch.Tensor]:
    """The step in phase since the epoch before, in mean steps, and cosines and sines of the phase,
    each (B, T).
    """
    before = torch.nn.functional.pad(phase[:, :-1], (1, 0))
    steps = ((phase - before) * lengths[:, None]).clamp(0.0, CLIPPED)
    angles = [2 * torch.pi * k * phase for k in range(1, harmonics + 1)]
    return [steps, *(torch.cos(a) for a in angles), *(torch.sin(a) for a in angles)]


def _one_more(array: np.ndarray) -> np.ndarray:
    """The array with a row of zeros after its last."""
    return np.concatenate([array, np.zeros((1, *array.shape[1:]), array.dtype)])


def _mean_and_scale(values: np.ndarray) -> np.ndarray:
    """(mean, standard deviation) of values, 0 and 1 of none, and a deviation of 1 where they are
    all the same.
    """
    if not len(values):
        return np.array([0.0, 1.0])
    mean, scale = float(values.mean(dtype=np.float64)), float(values.std(dtype=np.float64))
    return np.array([mean, scale if scale > 1e-9 * max(1.0, abs(mean)) else 1.0])
