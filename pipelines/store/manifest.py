"""The record of how a result was made: parameters, inputs, versions, seed, times."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from pipelines.store.keys import file_digest

NAME = "manifest.json"
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


def read(folder: Path) -> dict:
    """The manifest of a published folder."""
    return json.loads((folder / NAME).read_text(encoding="utf-8"))


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


def machine() -> dict[str, str | int | None]:
    """The operating system, processor and number of cores."""
    return {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()}
