"""A model on disk: model.json (what it is) beside weights-<digest>.safetensors (its arrays);
nothing is ever unpickled.

model.json names the weights by SHA-256 and carries a digest of itself, so a file that was swapped,
cut or edited is refused. It is written last and by one rename: a reader sees the old model or the
new one, never a mixture."""

from __future__ import annotations

import hashlib
import json
import numbers
import os
import platform
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
import safetensors.numpy
import torch
from torch.overrides import TorchFunctionMode

import astronn
from astronn.errors import AstronnError

FORMAT = "astronn model"
FORMAT_VERSION = 2  # of version 0.2; those of 0.1 have other names of options and weights
READABLE = (1, 2)
DOCUMENT = "model.json"


def save(estimator: Any, folder: str | Path) -> Path:
    """Write a fitted estimator into ``folder`` (made if missing; a model already there is
    replaced); return the folder.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    learned, arrays = estimator._state()
    weights = safetensors.numpy.save(
        {name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())}
    )
    digest = hashlib.sha256(weights).hexdigest()
    document = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "estimator": type(estimator).__name__,
        "versions": _versions(),
        "weights": {"file": f"weights-{digest[:16]}.safetensors", "sha256": digest},
        "learned": learned,
    }
    _write(folder / document["weights"]["file"], weights)
    _write(folder / DOCUMENT, _text(document | {"sha256": _digest(document)}).encode())
    for stale in set(folder.glob("weights-*.safetensors")) - {folder / document["weights"]["file"]}:
        stale.unlink()
    return folder


def load(folder: str | Path, *, device: str = "auto") -> Any:
    """The classifier that was saved in a folder.

    Parameters
    ----------
    folder : written by a classifier's ``save``, of this version of astronn or of 0.1.0.
    device : "auto" (cuda, then mps, then cpu) or a torch device, where its networks shall lie.

    Returns
    -------
    A fitted classifier that answers as the saved one did.

    Raises
    ------
    AstronnError : no model there, one that was changed after it was written or that a newer astronn
    wrote, weights that do not match, a device that there is not.
    """
    folder = Path(folder)
    document = _read_document(folder)
    name, weights = document.get("estimator"), document.get("weights")
    kind = kind_called(name)
    if kind is None:
        raise AstronnError(
            f"{folder / DOCUMENT}: unknown estimator {name!r}; install a newer astronn"
        )
    if not isinstance(weights, dict) or not _is_file_name(weights.get("file")):
        raise AstronnError(
            f"{folder / DOCUMENT}: names no file of weights beside it; save the model again"
        )
    arrays = _read_weights(folder / weights["file"], str(weights.get("sha256")))
    try:
        with _Bounded(sum(array.nbytes for array in arrays.values()), len(arrays)):
            return kind._from_state(document["learned"], arrays, device)
    except AstronnError:
        raise
    except Exception as fault:  # whatever a document that another hand wrote leads to
        reason = " ".join(f"{type(fault).__name__}: {fault}".split())
        raise AstronnError(
            f"{folder}: the weights do not match the network of {DOCUMENT}: {reason}; save it again"
        ) from fault


def kind_called(name: Any) -> Any:
    """The classifier of that name, of today or of an older version; None where there is none."""
    today = astronn.OLD_NAMES.get(name, name) if isinstance(name, str) else ""
    kind = getattr(astronn, today, None)
    return kind if hasattr(kind, "_from_state") else None


class _Bounded(TorchFunctionMode):
    """While a network is built: no more tensors than the file of weights accounts for, so that a
    document which describes a larger one is refused before there is memory for it.

    The sizes are found on torch's meta device, which has shapes and no numbers."""

    MAKING: ClassVar[tuple[Any, ...]] = (
        *(torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn, torch.eye),
        *(torch.arange, torch.linspace, torch.logspace, torch.randint, torch.randperm),
    )

    def __init__(self, n_bytes: int, n_arrays: int) -> None:
        super().__init__()
        self.bytes_left, self.calls_left = 4 * n_bytes + 2**26, 100 * n_arrays + 1000

    def __torch_function__(
        self, func: Any, types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in self.MAKING:
            self.bytes_left -= func(*args, **{**kwargs, "device": "meta"}).nbytes
            self.calls_left -= 1
            if self.bytes_left < 0 or self.calls_left < 0:
                raise AstronnError(
                    f"{DOCUMENT} describes a network far larger than its weights; save the model"
                    " again"
                )
        return func(*args, **kwargs)


def _is_file_name(name: Any) -> bool:
    """Whether it is the plain name of a file, of no other folder."""
    return (
        isinstance(name, str)
        and name not in ("", "..")
        and Path(name).name == name
        and "\0" not in name
        and len(name) < 200
    )


def _versions() -> dict[str, str]:
    return {
        "astronn": astronn.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
    }


def _read_document(folder: Path) -> dict[str, Any]:
    path = folder / DOCUMENT
    if folder.is_file():
        raise AstronnError(
            f"{folder} is a file; a model is a folder with {DOCUMENT} and weights (pickles are"
            " never read)"
        )
    if not path.is_file():
        raise AstronnError(f"{folder}: no {DOCUMENT} there; give a folder written by save()")
    try:
        document = json.loads(path.read_bytes())
        _text(
            document
        ).encode()  # refuses NaN and halves of characters, of which no digest can be made
    except (ValueError, RecursionError):  # also UnicodeDecodeError and UnicodeEncodeError
        raise AstronnError(f"{path} is not JSON; save the model again") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise AstronnError(
            f"{path} does not say format {FORMAT!r}; give a folder written by save()"
        )
    if document.get("format_version") not in READABLE:
        raise AstronnError(
            f"{path} has format version {document.get('format_version')!r}, this astronn reads"
            f" {FORMAT_VERSION} and older; install the astronn that wrote it"
        )
    if document.pop("sha256", None) != _digest(document):
        raise AstronnError(
            f"{path} was changed after it was written (digest differs); restore it or save the"
            " model again"
        )
    return document


def _read_weights(path: Path, sha256: str) -> dict[str, np.ndarray]:
    if not path.is_file():
        raise AstronnError(
            f"{path} is missing; a model needs the weights that its {DOCUMENT} names"
        )
    content = path.read_bytes()
    # A safetensors file starts with its header's length, whose low byte may be a pickle's 0x80, and
    # "{" follows at byte 8.
    if content[8:9] != b"{" and (content[:1] == b"\x80" or content[:4] == b"PK\x03\x04"):
        raise AstronnError(
            f"{path} is a pickle; pickles are never read, save the model with astronn"
        )
    if hashlib.sha256(content).hexdigest() != sha256:
        raise AstronnError(
            f"{path} was changed after it was written (SHA-256 differs); restore it or save the"
            " model again"
        )
    try:
        return safetensors.numpy.load(content)
    except Exception as fault:  # of the library, on bytes that another hand wrote
        raise AstronnError(
            f"{path} is not a file of weights ({fault}); save the model again"
        ) from fault


Named = TypeVar("Named")


def section(arrays: Mapping[str, Named], name: str) -> dict[str, Named]:
    """The arrays whose names start with ``name.``, under what follows it.

    Parameters
    ----------
    arrays : mapping of str to ndarray or tensor (...,)
        By their full names.
    name : str
        What they start with.

    Returns
    -------
    dict
        By what follows.
    """
    return {
        key.removeprefix(f"{name}."): array
        for key, array in arrays.items()
        if key.startswith(f"{name}.")
    }


def plain_options(options: dict[str, Any]) -> dict[str, Any]:
    """Constructor options as JSON values: weights of classes as pairs (their keys need not be
    text), RandomState as None, a Grammar by its ``plain``.
    """
    plain = {name: _plain_option(value) for name, value in options.items()}
    if isinstance(options["class_weight"], Mapping):
        plain["class_weight"] = [
            [_plain_scalar(label), float(w)] for label, w in options["class_weight"].items()
        ]
    if not isinstance(options["random_state"], numbers.Integral | None):
        plain["random_state"] = None
    return plain | {"device": str(options["device"])}


def _plain_option(value: Any) -> Any:
    if hasattr(value, "plain"):
        return value.plain()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else _plain_scalar(value)


def restored_options(plain: dict[str, Any]) -> dict[str, Any]:
    """The inverse of ``plain_options``; sequences come back as tuples."""
    options = {
        name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()
    }
    if isinstance(plain["class_weight"], list):
        options["class_weight"] = {label: weight for label, weight in plain["class_weight"]}
    return options


def plain_labels(labels: np.ndarray) -> dict[str, Any]:
    """Class labels as JSON: text, integers, booleans or floats, with their dtype.

    Parameters
    ----------
    labels : ndarray (K,)
        Text or numbers.

    Returns
    -------
    dict
        For JSON.

    Raises
    ------
    AstronnError
        For labels of another kind.
    """
    values = labels.tolist()
    if not all(isinstance(value, str | int | float) for value in values):
        raise AstronnError(
            f"class labels must be text or numbers to be saved, not {labels.dtype}: {values[:3]}"
        )
    return {"dtype": labels.dtype.str, "values": values}


def restored_labels(plain: dict[str, Any]) -> np.ndarray:
    """The inverse of ``plain_labels``.

    Parameters
    ----------
    plain : dict
        As `plain_labels` gives it.

    Returns
    -------
    ndarray (K,)
        The labels.
    """
    return np.array(plain["values"], dtype=np.dtype(plain["dtype"]))


def _plain_scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _text(document: dict[str, Any]) -> str:
    return (
        json.dumps(document, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"
    )


def _digest(document: dict[str, Any]) -> str:
    return hashlib.sha256(_text(document).encode()).hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Write ``content`` under a scratch name, push it to the disk, and rename."""
    scratch = path.with_name(f".{secrets.token_hex(8)}.{path.name}")
    try:
        with scratch.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)
