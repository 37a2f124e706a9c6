"""Machine facts: where results and downloads go, and how Luigi is to behave.

They come from the environment; for the ``luigi`` command, also from its own configuration. The
``astronn`` command reads none (see configuration). Nothing here changes a result. The Luigi
defaults are set because its own are unsafe for this work, each with the reason beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import luigi.configuration

from catalogs.files import cache

# defaults of parameters, typed
NOTHING: dict[str, Any] = {}
NO_NAMES: tuple[str, ...] = ()

LUIGI_DEFAULTS = {
    "worker": {
        "force_multiprocessing": (
            "true"
        ),  # in a process of its own: a task that is killed for its memory must not end the run
        "check_complete_on_run": "true",  # a task that wrote nothing has not succeeded
        "wait_interval": "0.2",
        "wait_jitter": "0.0",
    },
    "scheduler": {
        "retry_delay": "5",  # Luigi's 900 s is longer than most runs
        "worker_disconnect_delay": (
            "1e9"
        ),  # of the local scheduler, which cannot lose its worker: after 60 s of a machine
        # asleep, or a clock set forward, it would otherwise take its own worker for dead and the
        # run for failed
    },
    "resources": {"gpu": os.environ.get("ASTRONN_CARDS", "1")},  # trainings never share a card
    "retcode": {  # Luigi's own default is 0 for every failure
        "already_running": "10",
        "missing_data": "20",
        "not_run": "25",
        "task_failed": "30",
        "scheduling_error": "35",
        "unhandled_exception": "40",
    },
}


def apply_luigi_defaults() -> None:
    """Set the options above wherever the user's ``luigi.cfg`` says nothing."""
    config = luigi.configuration.get_config()
    for section, options in LUIGI_DEFAULTS.items():
        for option, value in options.items():
            if not config.has_option(section, option):
                config.set(section, option, value)


def default_results() -> str:
    """The results folder when none is given: ``ASTRONN_RESULTS`` or ``results`` in the working
    directory.
    """
    return os.environ.get("ASTRONN_RESULTS", "results")


def cache_folder() -> Path:
    """The folder of downloaded survey files: ``ASTRONN_CACHE``, ``[astronn] cache``, or the user's
    cache folder.
    """
    configured = os.environ.get(cache.VARIABLE) or _configured("cache")
    return Path(configured) if configured else cache.cache_folder()


def mirror() -> str | None:
    """A folder or URL that holds copies of the survey files: ``ASTRONN_MIRROR``, ``[astronn]
    mirror``, or None.
    """
    return os.environ.get("ASTRONN_MIRROR") or _configured("mirror")


def _configured(option: str) -> str | None:
    return luigi.configuration.get_config().get("astronn", option, None)
