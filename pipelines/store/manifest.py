"""The record of how a result was made: parameters, inputs, versions, seed, times."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from pipelines.errors import PipelineError
from pipelines.store.keys import file_digest

NAME = "manifest.json"
FIELDS: dict[str, Any] = {  # of every manifest, and what they hold
    "task": str,
    "key": str,
    "parameters": dict,
    "inputs": dict,
    "upstream": dict,
    "outputs": dict,
    "started": str,
    "duration_s": (int, float),
}
PACKAGES = (
    "astronn-pipelines",
    "astropy",
    "luigi",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "torch",
)


def write(folder: Path, record: dict) -> None:
    """Write ``record`` with the digests of the folder's files, the versions and the machine to
    ``folder/manifest.json``.
    """
    outputs = {
        path.relative_to(folder).as_posix(): {
            "sha256": file_digest(path),
            "bytes": path.stat().st_size,
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    full = {
        **record,
        "outputs": outputs,
        "versions": versions(),
        "git_commit": git_commit(),
        "machine": machine(),
    }
    (folder / NAME).write_text(json.dumps(full, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a published folder; PipelineError if it is damaged or none of ours."""
    path = folder / NAME
    try:
        found = json.loads(path.read_bytes())
        known = all(isinstance(found[name], kind) for name, kind in FIELDS.items())
        known &= all(
            isinstance(each["sha256"], str) and isinstance(each["bytes"], int)
            for each in found["outputs"].values()
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        known = False
    if not known:
        raise PipelineError(
            f"{path}: damaged, or no manifest of astronn's; remove the folder and make it again"
        )
    return found


def damage(folder: Path, files: Iterable[str], key: str) -> list[str]:
    """What is not as it was made, a few words a file: of the declared ``files`` (a name that ends
    in '/' is a folder) and of all that the manifest names.
    """
    try:
        record = read(folder)
        outputs = {name: about["sha256"] for name, about in record["outputs"].items()}
    except FileNotFoundError:
        return [f"{NAME} is missing"]
    except (OSError, PipelineError):
        return [f"{NAME} is damaged"]
    if record.get("key") != key:
        return [f"{NAME} is of something else"]
    undeclared = [name for name in files if not name.endswith("/") and name not in outputs]
    found = dict.fromkeys(undeclared, "is missing") | changed(folder, outputs)
    return [f"{name} {what}" for name, what in found.items()]


def changed(folder: Path, outputs: Mapping[str, str]) -> dict[str, str]:
    """Of the files with these SHA-256, those that are missing or have other bytes: what is
    wrong.
    """
    found = {}
    for name, sha256 in outputs.items():
        path = folder / name
        if not path.is_file():
            found[name] = "is missing"
        elif file_digest(path) != sha256:
            found[name] = "has other bytes"
    return found


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """The installed version of Python and of each package that can change a number; nothing is
    imported for it.
    """
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed as a distribution"
    return found


@lru_cache(maxsize=1)
def git_commit() -> str | None:
    """The commit of the working copy this code runs from, with '+changes' if it was edited; None
    outside a checkout.
    """
    here = Path(__file__).resolve().parents[2]
    if not (here / ".git").exists():
        return None
    try:
        commit = _git(here, "rev-parse", "HEAD")
        return commit + (
            "+changes" if _git(here, "status", "--porcelain", "--untracked-files=no") else ""
        )
    except (OSError, subprocess.SubprocessError):
        return None


def _git(here: Path, *words: str) -> str:
    command = ["git", "-C", str(here), *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=10, check=True
    ).stdout.strip()


def cost() -> dict[str, float]:
    """Processor-seconds of this process and of its children that have ended, and the most memory
    that it held (MiB, what it shares with the process that it was forked from included); {} where
    the system does not tell.
    """
    try:
        import resource
    except ImportError:  # Windows
        return {}
    times, unit = os.times(), 2**20 if platform.system() == "Darwin" else 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    return {"processor_s": round(sum(times[:4]), 2), "peak_mib": round(peak, 1)}


def machine() -> dict[str, str | int | None]:
    """The operating system, processor and number of cores."""
    return {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()}
