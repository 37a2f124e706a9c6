"""What the posteriors of one classifier are worth: before and after calibration, as sets, under
another mix of classes.

Everything here is measured on test objects; temperatures and thresholds were learned elsewhere and
come with the predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from astronn.posteriors.coverage import coverage
from astronn.statistics import metrics
from reports.measures import reliability
from reports.measures.output_sums import OutputCheck, check_outputs
from reports.measures.reliability import ReliabilityBin
from reports.predictions import Predictions

PARTS = 5  # equal parts of the test objects, by mutual information


@dataclass(frozen=True)
class SetCoverage:
    """Prediction sets on the test objects: how often they held the reference class, with its 95 per
    cent interval.

    `kind` says how the thresholds were made, `level` is the coverage that was asked for; `by_class`
    and `by_size` (0 to K classes) are None where there was no such object."""

    kind: str
    level: float
    coverage: float
    low: float
    high: float
    mean_size: float
    empty: float
    single: float
    by_class: tuple[float | None, ...]
    by_size: tuple[float | None, ...]


@dataclass(frozen=True)
class AgreementPart:
    """Test objects on which an ensemble differs by so much (nats): how many, their mean, the
    fraction right.
    """

    low: float
    high: float
    n: int
    mean: float
    fraction_right: float


@dataclass(frozen=True)
class ClassMix:
    """Shares of the classes in training, in the test part, and as found from the posteriors alone,
    with what the last are worth: log loss and accuracy with the posteriors shifted to them (Saerens
    et al. 2002).
    """

    training: tuple[float, ...]
    test: tuple[float, ...]
    found: tuple[float, ...]
    p_value: float  # that the training's mix holds in the test part
    log_loss: float
    log_loss_shifted: float
    accuracy: float
    accuracy_shifted: float


@dataclass(frozen=True)
class PosteriorReport:
    """All of it: the calibration as the predictions describe it, and what was measured; () or None
    where there is none.
    """

    temperature: float | None = None
    n_calibration: int | None = None
    how: str = ""
    calibrated: tuple[ReliabilityBin, ...] = ()
    sets: tuple[SetCoverage, ...] = ()
    outputs: OutputCheck | None = None
    normalised: OutputCheck | None = None
    agreement: tuple[AgreementPart, ...] = ()
    mix: ClassMix | None = None


def report_on(p: Predictions) -> PosteriorReport | None:
    """The PosteriorReport of one classifier's predictions; None without posteriors."""
    if p.posteriors is None:
        return None
    about = p.calibration or {}
    best = p.posteriors if p.calibrated is None else p.calibrated
    return PosteriorReport(
        temperature=about.get("temperature"),
        n_calibration=about.get("n"),
        how=about.get("how", ""),
        calibrated=(
            ()
            if p.calibrated is None
            else reliability.reliability(p.reference, p.calibrated, p.classes)
        ),
        sets=tuple(_covered(p, kind, held, about["level"]) for kind, held in p.sets.items()),
        outputs=(
            None
            if p.outputs is None
            else check_outputs("outputs as they are", p.reference, p.outputs, p.classes)
        ),
        normalised=check_outputs("posteriors", p.reference, p.posteriors, p.classes),
        agreement=(
            ()
            if p.mutual_information is None
            else agreement(p.mutual_information, p.predicted == p.reference)
        ),
        mix=class_mix(p, best) if p.class_n_train and len(p) else None,
    )


def quality(p: Predictions, posteriors: np.ndarray) -> dict[str, float]:
    """Calibration error, its mean over classes, Brier score and log loss of posteriors (N, K), by
    key of reports.measures.statistics.
    """
    bins = reliability.reliability(p.reference, posteriors, p.classes)
    each = reliability.classwise_reliability(p.reference, posteriors, p.classes)
    return {
        "log_loss": metrics.log_loss(p.reference, posteriors, p.classes),
        "brier": metrics.brier_score(p.reference, posteriors, p.classes),
        "calibration_error": reliability.calibration_error(bins),
        "classwise_ece": reliability.classwise_calibration_error(each),
    }


def stage_error(p: Predictions) -> float:
    """The root mean square of (T predicted - T of the reference); NaN without stages.

    T predicted is the mean of the classes' stages weighted by the (calibrated) posteriors, or the
    stage of the class where there are none; a class's stage is the mean T of its training objects.
    """
    if p.stage is None or not p.class_stage or np.isnan(np.asarray(p.class_stage, float)).any():
        return float("nan")
    of_class = np.asarray(p.class_stage, float)
    best = p.posteriors if p.calibrated is None else p.calibrated
    guess = (
        of_class[metrics.encode(p.predicted, p.classes)]
        if best is None
        else np.asarray(best, float) @ of_class
    )
    known = np.isfinite(p.stage)
    return float(np.sqrt(np.mean((guess - p.stage)[known] ** 2))) if known.any() else float("nan")


def agreement(
    mutual_information: np.ndarray, right: np.ndarray, parts: int = PARTS
) -> tuple[AgreementPart, ...]:
    """Test objects in equal parts from those on which an ensemble agrees to those on which it
    differs the most; both (N,).
    """
    rows = np.argsort(mutual_information, kind="stable")
    return tuple(
        AgreementPart(
            float(mutual_information[own].min()),
            float(mutual_information[own].max()),
            len(own),
            float(mutual_information[own].mean()),
            float(right[own].mean()),
        )
        for own in np.array_split(rows, parts)
        if len(own)
    )


def class_mix(p: Predictions, posteriors: np.ndarray) -> ClassMix | None:
    """The ClassMix of the test objects; None where a class was absent from training.

    Parameters
    ----------
    p : Predictions
        Of the test objects.
    posteriors : ndarray (N, K)
        The best that there are.

    Returns
    -------
    ClassMix or None
        What they say of the mix.
    """
    from astronn.posteriors import prior_shift  # takes scipy, which loads slowly

    counts = np.asarray(p.class_n_train, float)
    if not (counts > 0).all():
        return None
    found = prior_shift.find_priors(posteriors, counts)
    shifted = prior_shift.shift(posteriors, counts, found.priors)
    codes = metrics.encode(p.reference, p.classes)
    return ClassMix(
        training=tuple(float(share) for share in counts / counts.sum()),
        test=tuple(
            float(share) for share in np.bincount(codes, minlength=len(p.classes)) / len(codes)
        ),
        found=tuple(float(share) for share in found.priors),
        p_value=found.p_value,
        log_loss=metrics.log_loss(p.reference, posteriors, p.classes),
        log_loss_shifted=metrics.log_loss(p.reference, shifted, p.classes),
        accuracy=float((np.asarray(posteriors).argmax(1) == codes).mean()),
        accuracy_shifted=float((shifted.argmax(1) == codes).mean()),
    )


def _covered(p: Predictions, kind: str, held: np.ndarray, level: float) -> SetCoverage:
    found = coverage(held, p.reference, p.classes)
    numbers = (found.coverage, found.low, found.high, found.mean_size, found.empty, found.single)
    return SetCoverage(
        kind,
        level,
        *numbers,
        *(tuple(map(_known, found)) for found in (found.by_class, found.by_size)),
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
