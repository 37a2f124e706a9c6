"""What has been made: the finished folders under a results folder, found by their manifests,
checked, and told in words.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from catalogs.names import shown
from catalogs.recipes import recipe as recipes
from pipelines.errors import PipelineError
from pipelines.store import manifest


@dataclass(frozen=True)
class Finished:
    """One finished folder: its place under ``results`` and its manifest."""

    results: Path
    place: str
    record: dict

    @property
    def folder(self) -> Path:
        return self.results / self.place

    def summary(self) -> dict:
        """What a list says of it: place, task, when it was begun, seconds."""
        return {
            "folder": self.place,
            **{name: self.record.get(name) for name in ("task", "started", "duration_s")},
        }

    def damaged(self) -> list[str]:
        """The files that are missing or have other bytes than the manifest says."""
        made = {name: about["sha256"] for name, about in self.record["outputs"].items()}
        return list(manifest.changed(self.folder, made))


def find(results: Path, what: str = "") -> list[Finished]:
    """The finished folders whose place holds ``what`` ('openngc', 'report-', a key), oldest first;
    a path names its own.

    PipelineError if there is none.
    """
    own = Path(what) if what and (Path(what) / manifest.NAME).is_file() else None
    found = (
        [Finished(own.parent, own.name, manifest.read(own))]
        if own
        else [f for f in _all(results) if what in f.place]
    )
    if not found:
        remedy = (
            "make one with `astronn report`"
            if not _all(results)
            else "`astronn show` lists what is there"
        )
        raise PipelineError(
            f"nothing finished under {str(results)!r} is named {what!r}; {remedy}, or give its path"
        )
    return sorted(found, key=lambda f: (str(f.record.get("started")), f.place))


def _all(results: Path) -> list[Finished]:
    found = []
    for folder, folders, files in os.walk(results):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if manifest.NAME in files:
            with contextlib.suppress(
                OSError, ValueError
            ):  # it may vanish meanwhile, or be no manifest of ours
                found.append(
                    Finished(
                        results,
                        Path(folder).relative_to(results).as_posix(),
                        manifest.read(Path(folder)),
                    )
                )
    return [f for f in found if {"task", "outputs", "started"} <= set(f.record)]


def in_words(finished: Finished) -> str:
    """A report as its text; of anything else what it was made from and what came out; then how to
    make it again.
    """
    report = finished.folder / "report.txt"
    body = report.read_text(encoding="utf-8") if report.is_file() else "\n".join(_facts(finished))
    repeat = finished.record.get("repeat")
    return body.rstrip() + (f"\n\nto repeat:   {repeat}" if repeat else "")


SAID_ELSEWHERE = {
    "inputs_seen",
    "outputs",
    "parameters",
    "inputs",
    "upstream",
    "versions",
    "machine",
    "repeat",
}


def model_in_words(folder: Path) -> str:
    """A model that was saved somewhere: what it is, and how its inputs are made."""
    return "\n".join([str(folder), *_model(folder / "model.json")])


def _facts(finished: Finished) -> list[str]:
    record = finished.record
    lines = [finished.place, f"  task         {record['task']}"]
    lines += [
        f"  {name:12} {value}"
        for name, value in record.items()
        if name not in SAID_ELSEWHERE | {"task"}
    ]
    lines += [
        f"  parameter    {name} = {json.dumps(value)}"
        for name, value in record["parameters"].items()
    ]
    lines += [f"  from         {name}" for name in record["upstream"]]
    lines += [
        f"  input file   {name}, SHA-256 {digest}" for name, digest in record["inputs"].items()
    ]
    lines += [
        f"  file         {name}, {about['bytes']:,} bytes"
        for name, about in record["outputs"].items()
    ]
    lines += _model(finished.folder / "model" / "model.json")
    return [shown(line) for line in lines]  # of whoever wrote the manifest


def _model(path: Path) -> list[str]:
    """The lines of a trained network: what it is, what it sees, how its training went."""
    if not path.is_file():
        return []
    try:
        document = json.loads(path.read_bytes())
        learned = document.get("learned", {})
    except (ValueError, AttributeError, RecursionError):
        return [f"  {path.name} is damaged"]
    classes, features = learned.get("classes", {}).get("values", []), learned.get("features") or []
    loss = (learned.get("history") or {}).get("loss") or []
    lines = [
        f"  estimator    {document.get('estimator')}",
        f"  classes      {', '.join(map(str, classes))}",
    ]
    if features:
        lines.append(
            f"  inputs       {len(features)}:"
            f" {', '.join(features[:8])}{', ...' if len(features) > 8 else ''}"
        )
    if (recipe := recipes.read(path.parent)) is not None:
        lines += [f"  {line}" for line in recipes.in_words(recipe).splitlines()]
    return lines + (
        [f"  training     {len(loss)} epochs, loss {loss[0]:.4g} to {loss[-1]:.4g}"] if loss else []
    )
