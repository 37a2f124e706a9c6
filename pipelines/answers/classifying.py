"""Classifying every object of a catalogue and writing what was said of it, calibrated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from catalogs import texts
from catalogs.catalogue import Catalogue
from pipelines.answers import calibration
from pipelines.answers.calibration import Calibrator
from pipelines.inputs._kind import Shown
from pipelines.store import predictions
from pipelines.tasks.ingest import CalibratedTask, FittedTask

# posteriors (N, K), None where there are none, and labels (N,), of objects not trained on
HeldOut = tuple[np.ndarray | None, np.ndarray]


def classify(
    task: CalibratedTask,
    path: Path,
    model: Any,
    shown: Shown,
    about: dict,
    held_out: HeldOut | None = None,
) -> dict:
    """Classify every object by what is ``shown`` of it and write the predictions with what
    ``about`` says of the classifier.

    ``held_out`` are posteriors out of fold, from copies of the classifier. An object that
    cannot be shown (one without an image) has no class, '', and NaN posteriors."""
    catalogue, part = task.catalogue(), parts(task, task.catalogue())
    known = shown.known(catalogue)
    some = catalogue.select(known)
    blocks = [some.select(rows) for rows in _blocks(len(some), shown.block)]
    found = [_answers(model, shown.of(block), catalogue.scheme.classes) for block in blocks]
    answers = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
    answers = {
        name: _spread(rows, known, "" if name == "predicted" else np.nan)
        for name, rows in answers.items()
    }
    predicted, posteriors = answers.pop("predicted"), answers.pop("posteriors", None)
    calibrator = _calibrator(task, catalogue, part, posteriors, held_out)
    if calibrator is not None and posteriors is not None:
        answers |= calibrator.columns(posteriors)
        about = about | {"calibration": calibrator.about()}
    about = about | classes_in_training(task)
    predictions.write(path, catalogue, part, predicted, posteriors, about, answers)
    return {
        "n_objects": len(catalogue),
        "not_shown": int((~known).sum()),
        "inputs_seen": about["inputs"],
    }


def _calibrator(
    task: CalibratedTask,
    catalogue: Catalogue,
    part: np.ndarray,
    posteriors: np.ndarray | None,
    held_out: HeldOut | None,
) -> Calibrator | None:
    """What is learned from the validation part, or from the training objects ``held_out``; None
    where there are neither.
    """
    how = calibration.OUT_OF_FOLD
    if posteriors is None or not task.calibrate:
        return None
    if held_out is None:
        rows = (part == "validation") & np.isfinite(posteriors).all(axis=1)
        held_out, how = (posteriors[rows], catalogue.labels[rows]), calibration.VALIDATION
    known, labels = held_out
    if known is None or not len(known):
        return None
    answered = np.isfinite(known).all(axis=1)
    known, labels = known[answered], labels[answered]
    return calibration.learn(known, labels, catalogue.scheme.classes, how, int(task.seed))


def classes_in_training(task: FittedTask) -> dict:
    """The mean stage T of each class in the training part, where every class has one; and how many
    objects each class has there, where the split does not give the test part the same mix of
    classes.
    """
    part, plan = task.training_part(), task.about().splits[task.split_name()]
    rows = [part.labels == name for name in part.scheme.classes]
    about: dict[str, list] = {}
    if not plan.same_mix:
        about["class_n_train"] = [int(own.sum()) for own in rows]
    if part.stage is not None and all(np.isfinite(part.stage[own]).any() for own in rows):
        about["class_stage"] = [float(np.nanmean(part.stage[own])) for own in rows]
    return about


def _blocks(n: int, size: int) -> list[np.ndarray]:
    """Masks (n,) bool of the first ``size`` rows, the next ones, and so on; one mask at least."""
    numbers = np.arange(n) // size
    return [numbers == block for block in range(max(1, -(-n // size)))]


def _spread(values: np.ndarray, known: np.ndarray, nothing: str | float) -> np.ndarray:
    """The rows of ``values`` where ``known`` (N,) is true, ``nothing`` elsewhere."""
    whole = np.full((len(known), *values.shape[1:]), nothing, dtype=values.dtype)
    whole[known] = values
    return whole


def parts(task: FittedTask, catalogue: Catalogue) -> np.ndarray:
    """The part of the split of each object of the catalogue, (N,): 'train', 'test' or ''."""
    split = task.split_task().read_split()  # of all its objects
    return split.part[texts.rows_of(split.object_id, catalogue.object_id)]


def _answers(model: Any, shown: Any, classes: tuple[str, ...]) -> dict[str, np.ndarray]:
    """What a classifier says of the objects ``shown``, one row each: the class 'predicted'; where
    it has them 'posteriors' (N, K) in the scheme's order, a class absent from training 0; of an
    ensemble 'spread' (N, K), 'mutual_information' and 'dissent' (N,), see
    astronn.classifiers.ensemble; of a network whose outputs need not sum to 1 its 'output' (N, K).
    """
    if not hasattr(model, "predict_proba"):
        return {"predicted": np.asarray(model.predict(shown)).astype(str)}

    def in_order(found: np.ndarray) -> np.ndarray:
        whole = np.zeros((len(found), len(classes)), dtype=np.float32)
        whole[:, [classes.index(name) for name in model.classes_]] = found
        return whole

    several = model.predict_ensemble(shown) if hasattr(model, "predict_ensemble") else None
    # (N, classes seen in training)
    found = model.predict_proba(shown) if several is None else several.posteriors
    answers = {
        "predicted": np.asarray(model.classes_)[found.argmax(axis=1)].astype(str),
        "posteriors": in_order(found),
    }
    if several is not None:
        answers |= {
            "spread": in_order(several.spread),
            "mutual_information": several.mutual_information,
            "dissent": several.dissent,
        }
    if getattr(model, "loss", "") == "squared_error":
        answers["output"] = in_order(model.raw_outputs(shown))
    return answers
