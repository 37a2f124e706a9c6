"""What a bulk classification is: everything that decides its bytes, checked before the first object
is read.

torch is loaded where a model is, not before: the tasks of the pipeline all import this file.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import astronn
from catalogs import bulk
from catalogs.errors import CatalogueError, listed
from catalogs.recipes import recipe as recipes
from pipelines.errors import PipelineError
from pipelines.store.keys import digest, file_digest

DOCUMENT = "model.json"  # astronn.saving.DOCUMENT
CODE_VERSION = 3  # raised whenever the same job would give other bytes
MOST_CLASSES = 64  # a set is a number with a bit for each
ROWS_PER_PART = 2**20  # what is lost when a part is interrupted: a second's work


@dataclass(frozen=True)
class Job:
    """A model, what it classifies, and where the answers go."""

    model: str  # a folder written by save(), or a folder that holds such a "model"
    inputs: tuple[str, ...]  # files, folders of files, image stacks, HATS catalogues
    output: str
    identifier: str = ""  # a column; "": as the model's recipe says, else "object_id"
    features: tuple[str, ...] = ()  # in the order of the model's; (): the names it was trained with
    keep: tuple[str, ...] = ()  # columns of the input that are carried along
    format: str = ""  # of the input; "": told from each file's content
    options: tuple[tuple[str, Any], ...] = ()  # of the format: hdu, table, ...
    rows_per_part: int = ROWS_PER_PART
    # predictions.parquet of objects the model was not trained on: adds sets that hold the true
    # class
    calibration: str = ""
    alpha: float = 0.1  # how often such a set may miss it
    device: str = "auto"  # for networks that see images; tables are classified on the processor


@dataclass(frozen=True)
class Plan:
    """A checked job: its parts, and all that a worker needs to do any of them."""

    job: Job
    key: str
    wanted: bulk.Wanted
    identifier: str  # the name of the column of identifiers in the output
    classes: tuple[str, ...]
    thresholds: tuple[float, ...]  # of each class's conformal score; () where no sets are wanted
    about: dict[str, Any]  # goes into every file
    parts: tuple[bulk.Part, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The inputs, in the model's order."""
        return self.wanted.names

    @property
    def n_objects(self) -> int:
        return sum(part.rows for part in self.parts)

    def path(self, number: int) -> Path:
        """Where the answers for part ``number`` go."""
        return Path(self.job.output) / f"part-{number:05d}.parquet"


def key(job: Job) -> str:
    """The digest of all that decides the bytes of the output; nothing is loaded for it."""
    decides = {
        "code_version": CODE_VERSION,
        "model": _document(job)["sha256"],
        "inputs": [[str(path), bulk.fingerprint(path)] for path in bulk.files(job.inputs)],
        "calibration": file_digest(_existing(job.calibration)) if job.calibration else "",
        "recipe": file_digest(path) if (path := _recipe_path(job)).is_file() else "",
        "options": {name: value for name, value in job.options},
        **{
            name: getattr(job, name)
            for name in ("identifier", "features", "keep", "format", "rows_per_part", "alpha")
        },
    }
    return digest(decides)


def _recipe_path(job: Job) -> Path:
    return model_folder(job.model) / recipes.NAME


def plan(job: Job) -> Plan:
    """Check ``job`` against its model and all its files; every fault is one error, before any work.

    Raises
    ------
    PipelineError
        If model, files or options do not belong together; all faults at once.
    """
    if job.rows_per_part < 1:
        raise PipelineError(f"rows per part must be at least 1, not {job.rows_per_part}")
    if not 0 < job.alpha < 1:  # false for NaN
        raise PipelineError(f"alpha must be between 0 and 1, not {job.alpha}")
    document, own_key = _document(job), key(job)
    model = astronn.load(model_folder(job.model), device="cpu")
    files = bulk.files(job.inputs)
    columns = (bulk.PIXELS,) if sees_images(model) else features(model, job)
    read = wanted(job, columns)
    _check_files(files, read)
    classes = tuple(map(str, model.classes_))
    thresholds = conformal_thresholds(job, classes) if job.calibration else ()
    about = {
        "kind": "bulk predictions",
        "key": own_key,
        "model": {
            "sha256": document["sha256"],
            "estimator": document["estimator"],
            "versions": document["versions"],
        },
        "classes": classes,
        "identifier": list(read.identifier),
        "features": columns,
        "kept": list(read.keep),
        "sets": (
            {"score": "lac", "alpha": job.alpha, "thresholds": thresholds} if thresholds else None
        ),
        "versions": _versions(),
    }
    return Plan(
        job,
        own_key,
        read,
        output_name(read, classes),
        classes,
        thresholds,
        about,
        tuple(bulk.parts(files, job.rows_per_part, read)),
    )


def wanted(job: Job, columns: tuple[str, ...]) -> bulk.Wanted:
    """What is read of each file: by the model's recipe where it has one and no columns are named in
    place of it.
    """
    recipe = None if job.features or columns == (bulk.PIXELS,) else recipes.read(_folder(job))
    identifier = (job.identifier,) if job.identifier else recipe.identifier if recipe else None
    return bulk.Wanted(
        ("object_id",) if identifier is None else identifier,
        columns,
        job.keep,
        job.format,
        job.options,
        json.dumps(recipe.about(), sort_keys=True) if recipe else "",
    )


def _folder(job: Job) -> Path:
    return model_folder(job.model)


def output_name(wanted: bulk.Wanted, classes: tuple[str, ...]) -> str:
    """The name of the column of identifiers in the output: the file's own, or object_id for several
    columns or the row's number.
    """
    name = wanted.identifier[0] if len(wanted.identifier) == 1 else "object_id"
    return free_name(name, classes)


def free_name(name: str, classes: tuple[str, ...]) -> str:
    """A column of the input under a name that no column of the answers has."""
    own = {"predicted", "second", "conformal_set", *(f"posterior_{each}" for each in classes)}
    return f"input_{name}" if name in own else name


def _document(job: Job) -> dict[str, Any]:
    """The model's own description; what is wrong with it is said when it is loaded."""
    path = model_folder(job.model) / DOCUMENT
    if not path.is_file():
        raise PipelineError(
            f"model {job.model!r}: no {DOCUMENT} in it; give a folder that save() or `astronn"
            " report` wrote"
        )
    try:
        document = json.loads(path.read_bytes())
        return {name: document[name] for name in ("sha256", "estimator", "versions")}
    except (ValueError, TypeError, KeyError, RecursionError):
        raise PipelineError(
            f"{path}: damaged, or not the description of a model; save the model again"
        ) from None


def marked(path: Path) -> str:
    """The key in a mark that a job left, '' where it is damaged or somebody else's."""
    try:
        return str(json.loads(path.read_bytes())["key"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ""


def _existing(path: str) -> str:
    if not Path(path).is_file():
        raise PipelineError(
            f"calibration {path!r} does not exist; give the predictions.parquet of a report"
        )
    return path


def model_folder(path: str) -> Path:
    """The folder of a saved model: the one given, or the "model" in it, as a training task of the
    pipeline leaves it.
    """
    inside = Path(path) / "model"
    return inside if (inside / DOCUMENT).is_file() else Path(path)


def sees_images(model: Any) -> bool:
    """Whether the model, or the one that it calibrates, classifies images with posteriors."""
    kind = getattr(getattr(model, "estimator_", model), "input_kind", "features")
    return kind == "images" and hasattr(model, "predict_proba")


def features(model: Any, job: Job) -> tuple[str, ...]:
    """The columns to read, in the model's order; PipelineError for a model that reads none, or of
    more or fewer.
    """
    from astronn.classifiers import feature_major

    if not feature_major.supports(model):
        raise PipelineError(
            f"{job.model}: a {type(model).__name__} classifies neither tables nor images in bulk;"
            " use Python"
        )
    names = job.features or tuple(getattr(model, "feature_names_in_", ()))
    if len(names) != model.n_features_in_:
        has = f"{len(names)} were given" if job.features else "it was trained without names"
        raise PipelineError(
            f"{job.model}: the model has {model.n_features_in_} features, but {has}; give them all,"
            " in order"
        )
    return names


def _check_files(files: list[Path], wanted: bulk.Wanted) -> None:
    """Raise PipelineError with what each file lacks, the first few."""
    faults = []
    for path in files:
        try:
            bulk.check(path, wanted)
        except CatalogueError as fault:
            faults.append(str(fault))
    if faults:
        raise PipelineError(
            f"{listed(faults)}; name the columns with --id and --feature, or give other files"
        )


def conformal_thresholds(job: Job, classes: tuple[str, ...]) -> tuple[float, ...]:
    """Of the score 1 - p, from labelled objects that were not in the training part
    (astronn.posteriors.conformal, "lac"); PipelineError where the predictions are not of these
    classes.
    """
    from astronn.posteriors.conformal import ConformalSets
    from pipelines.store import predictions

    found, _ = predictions.read([Path(job.calibration)], "test")
    if len(classes) > MOST_CLASSES:
        raise PipelineError(
            f"sets need at most {MOST_CLASSES} classes, not {len(classes)}; leave --calibration out"
        )
    if tuple(found[0].classes) != classes or found[0].posteriors is None:
        raise PipelineError(
            f"{job.calibration}: predictions of other classes or without posteriors; give this"
            " model's"
        )
    sets = ConformalSets(list(classes), score="lac", alpha=job.alpha).fit(
        found[0].posteriors, found[0].reference
    )
    return tuple(map(float, sets.thresholds_))


def _versions() -> dict[str, str]:
    import pyarrow
    import torch

    return {
        "astronn": astronn.__version__,
        "numpy": np.__version__,
        "pyarrow": pyarrow.__version__,
        "torch": torch.__version__,
    }


def record(plan: Plan) -> dict[str, Any]:
    """What is known of a job before the work, for people: its options, files' digests and parts."""
    return {
        "key": plan.key,
        "job": asdict(plan.job),
        "model_sha256": plan.about["model"]["sha256"],
        "n_parts": len(plan.parts),
        "n_objects": plan.n_objects,
        **{name: plan.about[name] for name in ("classes", "features", "sets")},
    }
