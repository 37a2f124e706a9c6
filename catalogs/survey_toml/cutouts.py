"""The pictures of a survey.toml that come from a service, fetched into its folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from catalogs.errors import CatalogueError
from catalogs.images.remote import Account, Progress, fetch_cutouts
from catalogs.survey_toml.survey import checked_spec, ingest, survey_of


def fetch(path: Path | str, *, again: bool = False, progress: Progress | None = None) -> Account:
    """Bring the cutouts of all objects of a survey.toml to the folder of its [images].

    Parameters
    ----------
    path : Path or str
        Of the survey.toml.
    again : bool
        Ask anew for what the service did not have before.
    progress : callable, optional
        Called with the objects done and their number.

    Returns
    -------
    Account

    Raises
    ------
    CatalogueError
        If the survey.toml has faults or names no service, no object has a position, or the
        service does not answer.
    """
    spec = checked_spec(path)
    if spec.images is None or spec.images.cutouts is None:
        raise CatalogueError(
            f"{path}: images.from: missing; remedy: name a service, such as from = 'hips'"
        )
    catalogue = ingest(spec, survey_of(spec).toml_files)
    if not np.isfinite(catalogue.ra_deg + catalogue.dec_deg).any():
        raise CatalogueError(
            f"{path}: objects.ra, objects.dec: no object has a position, by which pictures are"
            " asked for; remedy: name the columns of both"
        )
    return fetch_cutouts(
        spec.images.cutouts,
        catalogue.object_id.tolist(),
        catalogue.ra_deg,
        catalogue.dec_deg,
        spec.images.path,
        again=again,
        progress=progress,
    )
