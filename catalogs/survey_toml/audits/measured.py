"""The pictures and light curves of a user's survey as `check` reads them: all of them where they
are few bytes or where that is asked for.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from catalogs.catalogue import Catalogue
from catalogs.errors import CatalogueError, Faults, listed
from catalogs.images.matching import Matching
from catalogs.images.plan import restricted as with_picture
from catalogs.images.planes import SUFFIXES
from catalogs.images.sources import folder_images
from catalogs.images.stack import ImageStack
from catalogs.lightcurves.plan import restricted as with_light_curve
from catalogs.survey_toml.images import build_stack
from catalogs.survey_toml.spec import SurveySpec
from catalogs.survey_toml.survey import picture_names, survey_of

FEW_BYTES = 200_000_000  # are always read
SAMPLE = 1000  # files of a folder of more are read unless all of them are asked for


def shown(
    spec: SurveySpec,
    catalogue: Catalogue,
    account: list[str],
    faults: Faults,
    *,
    thorough: bool,
) -> Catalogue:
    """The objects that have a picture and a light curve where the survey has such; what was set
    aside is told in `account`.
    """
    for what, places, looked in (
        ("images", [spec.images.path] if spec.images else [], _pictures),
        ("light_curves", list(spec.light_curves.files) if spec.light_curves else [], _curves),
    ):
        if not places:
            continue
        if what == "images" and not thorough and places[0].is_dir():
            looked = _sampled
        elif (size := sum(_bytes(place) for place in places)) > FEW_BYTES and not thorough:
            account.append(f"{what}: {size / 1e6:.0f} MB, not read; --thorough reads them")
            continue
        try:
            catalogue = looked(spec, catalogue, account)
        except CatalogueError as error:
            problem, _, remedy = str(error).partition("; remedy: ")
            faults.add(f"{what}: {problem}", remedy or "correct the files")
    return catalogue


def _bytes(path: Path) -> int:
    if path.is_dir():
        return sum(part.stat().st_size for part in path.rglob("*") if part.is_file())
    return path.stat().st_size if path.exists() else 0


def _sampled(spec: SurveySpec, catalogue: Catalogue, account: list[str]) -> Catalogue:
    """All names of a folder's files, and of SAMPLE files drawn from them what they hold."""
    own = spec.images
    assert own is not None
    paths = folder_images(own.path.resolve(), SUFFIXES)
    if len(paths) <= SAMPLE or own.file_name:  # several files show one object
        return _pictures(spec, catalogue, account)
    called = picture_names(spec, catalogue.object_id.tolist())
    match = Matching(called, own.name)
    shown = {path: match(path) for path in paths}
    known = np.isin(catalogue.object_id, list(shown.values()))
    _with_picture(catalogue, known, account)
    theirs = set(catalogue.object_id[known].tolist())
    ours = [path for path in paths if shown[path] in theirs]
    if len(ours) < len(paths):
        account.append(f"images: {len(paths) - len(ours)} pictures of no object in the table")
    drawn = np.random.default_rng([0, *b"check"]).permutation(len(ours))[:SAMPLE]
    only = {ours[i] for i in drawn}
    files = {f"{own.name}/{path}": own.path.resolve() / path for path in only}
    names = {shown[path]: called[shown[path]] for path in sorted(only)}
    with tempfile.TemporaryDirectory(prefix="astronn-check-") as folder:
        place = Path(folder) / "stack"
        if names:
            stack = build_stack(
                own, lambda _: names, files, place, size=own.size, crop=own.crop, only=only
            )
            _set_aside(stack, account)
        account.append(f"images: {len(names)} drawn were read; --thorough reads them all")
    return catalogue.select(known)


def _with_picture(catalogue: Catalogue, known: np.ndarray, account: list[str]) -> None:
    """Tell how many of the objects have a picture, as the mask (N,) says, and name some without."""
    account.append(f"images: {int(known.sum())} of {len(known)} objects have a picture")
    if not known.all():
        names = listed(catalogue.object_id[~known].tolist(), 3)
        account.append(f"images: {int((~known).sum())} objects without a picture: {names}")


def _set_aside(stack: ImageStack, account: list[str]) -> None:
    """Tell which pictures could not be used, and why."""
    aside = [f"{one.object_id}: {one.reason}" for one in stack.set_aside]
    if aside:
        account.append(f"images: {len(aside)} pictures set aside: {listed(aside, 3)}")


def _pictures(spec: SurveySpec, catalogue: Catalogue, account: list[str]) -> Catalogue:
    survey = survey_of(spec)
    plan = survey.images
    if plan is None:
        return catalogue
    with tempfile.TemporaryDirectory(prefix="astronn-check-") as folder:
        stack = plan.stack(
            {name: path.resolve() for name, path in survey.toml_files.items()},
            Path(folder) / "stack",
        )
        known = with_picture(catalogue, stack)
        _with_picture(catalogue, known, account)
        _set_aside(stack, account)
    return catalogue.select(known)


def _curves(spec: SurveySpec, catalogue: Catalogue, account: list[str]) -> Catalogue:
    survey = survey_of(spec)
    plan = survey.light_curves
    if plan is None:
        return catalogue
    with tempfile.TemporaryDirectory(prefix="astronn-check-") as folder:
        curves = plan.store(
            {name: path.resolve() for name, path in survey.toml_files.items()},
            Path(folder) / "light_curves",
        )
        known = with_light_curve(catalogue, curves, plan.fewest_epochs)
        account.append(f"light_curves: {int(known.sum())} of {len(known)} objects have one")
        if not known.all():
            theirs = sorted(set(np.asarray(curves.object_id).tolist()))
            strangers = listed(theirs, 3) if not known.any() else ""
            names = listed(catalogue.object_id[~known].tolist(), 3)
            spelled = f"; the light curves are of {strangers}" if strangers else ""
            account.append(f"light_curves: {int((~known).sum())} without: {names}{spelled}")
        removed = dict(curves.provenance.get("removed", {}))
        gone = [f"{name.replace('_', ' ')} {count}" for name, count in removed.items() if count]
        if gone:
            account.append(f"light_curves: epochs removed: {listed(gone, 10)}")
        if not known.any():
            raise CatalogueError(
                f"no object has a light curve of {plan.fewest_epochs} epochs or more:"
                f" {listed(catalogue.object_id.tolist(), 3)} here, {strangers} there; remedy: name"
                " the objects alike"
            )
    return catalogue.select(known)
